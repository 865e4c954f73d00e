import { expect, test } from 'vitest';
import { refresh } from '../src/freshness.ts';
import { emptyState, reduce, view } from '../src/index.ts';
import { parse } from './notation.ts';
import { expectations } from './oracle.ts';
import { random } from './random.ts';
import { World } from './world.ts';

const rounds = Number(process.env.FUZZ_ROUNDS ?? 400);
const firstSeed = Number(process.env.FUZZ_SEED ?? 1);
const letters = ['p', 'q', 'r', 's', 'f', 'g'];

test(`R1 to R11: random notebooks show at rest what the oracle computes from scratch (seeds from ${firstSeed})`, () => {
  for (let seed = firstSeed; seed < firstSeed + rounds; seed += 1) {
    const log: string[] = [];
    try {
      play(seed, log);
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}\n${log.join('\n')}`, { cause: error });
    }
  }
});

function randomLine(pick: ReturnType<typeof random>): string {
  const one = (): string => pick.from(letters);
  const statements = Array.from({ length: 1 + pick.below(2) }, () => {
    const read = (): string => (pick.below(5) === 0 ? `@${one()}` : one());
    switch (pick.below(9)) {
      case 0:
        return `${one()}:{${read()}}`;
      case 1:
        return `${one()}:{=${one()}}`;
      case 2:
        return `${one()}:{~${one()}}`;
      case 3:
        return `${one()}+=1`;
      case 4:
        return read();
      case 5:
      case 6:
        return `${one()}=${read()}`;
      default:
        return `${one()}=${1 + pick.below(2)}`;
    }
  });
  const odd = pick.below(20);
  if (odd === 0) return '?';
  return odd < 3 ? `${statements.join(' ')} !` : statements.join(' ');
}

function play(seed: number, log: string[]): void {
  const pick = random(seed);
  const mode = pick.below(4) === 0 ? 'lazy' : 'auto';
  const world = new World(mode, (id) =>
    pick.lanes && id.charCodeAt(1) % 3 === 0 ? 'other' : 'python',
  );
  let made = 0;
  // An interrupt, a death and lazy mode leave cells stale on purpose: then only what claims to be right is compared, and
  // that all are right once they have run.
  let disturbed = mode === 'lazy';
  const act = (): void => {
    const ids = [...world.state.cells.keys()];
    const id = ids.length === 0 ? '' : pick.from(ids);
    const order = String(pick.below(1000)).padStart(6, '0');
    const kind = pick.below(ids.length < 3 ? 2 : 14);
    const say = (text: string): void => {
      log.push(text);
    };
    if (kind <= 1 || id === '') {
      const name = `c${String.fromCharCode(97 + (made % 26))}${made}`;
      made += 1;
      const line = randomLine(pick);
      say(`insert ${name} at ${order}: ${line}`);
      world.insert(name, order);
      world.commit(name, line);
    } else if (kind <= 6) {
      const line = randomLine(pick);
      say(`commit ${id}: ${line}`);
      world.commit(id, line);
    } else if (kind === 7) {
      say(`move ${id} to ${order}`);
      world.send({ type: 'move', cell: id, order });
    } else if (kind === 8) {
      say(`remove ${id}`);
      world.remove(id);
    } else if (kind === 9) {
      say(`run ${id}`);
      world.send({ type: 'run', cells: [id] });
    } else if (kind === 10 && pick.below(4) === 0) {
      say('interrupt');
      world.send({ type: 'interrupt' });
      disturbed = true;
    } else if (kind === 11 && pick.below(4) === 0) {
      const known = pick.below(2) === 0;
      say(known ? 'kill' : 'kill, nobody knows where');
      world.kill('python', known);
      disturbed = true;
    } else if (kind === 12) {
      const name = pick.from(letters);
      say(`spoil ${name} of ${id}`);
      world.spoil(id, name);
    } else {
      say('settle');
      world.settle();
      check(world, disturbed);
      if (disturbed && mode === 'auto') {
        say('run all');
        world.send({ type: 'run', cells: 'all' });
        world.settle();
        // A blocked one could not run, and may find again what it saw when it was cut off.
        const cutOff = new Set<string | undefined>(['interrupted', 'died']);
        disturbed = [...world.state.cells.values()].some(({ ran }) => cutOff.has(ran?.ending));
        check(world, disturbed);
      }
      if (pick.below(4) === 0) {
        say('restart, at rest');
        world.send({ type: 'restart' });
      }
    }
    for (let steps = pick.below(6); steps > 0; steps -= 1) {
      const lane = pick.below(2) === 0 ? 'python' : 'other';
      if (pick.below(3) === 0) world.stepQuietly(lane);
      else world.step(lane);
    }
  };
  for (let turn = 0; turn < 14; turn += 1) act();
  world.settle();
  check(world, disturbed);
  checkGraph(world);
}

function check(world: World, disturbed: boolean): void {
  // What is derived (R5.5) is what deriving it of all cells anew would give.
  const { state } = world;
  expect([...refresh(state, state.sequence, new Set())].map(({ id }) => id)).toEqual([]);
  const expected = expectations(world);
  for (const { id } of world.state.sequence) {
    const status = view(world.state, id)?.status;
    const should = expected.get(id);
    if (should === undefined) throw new Error(`the oracle lost ${id}`);
    if (status === 'success')
      expect([id, world.shown.get(id)]).toEqual([id, 'term' in should ? should.term : should.kind]);
    else if (status === 'stale' || status === 'idle')
      expect([id, status, disturbed]).toEqual([id, status, true]);
    else if (disturbed) continue;
    else if (status === 'blocked') expect([id, should.kind]).toEqual([id, 'blocked']);
    else
      expect([id, status, should.kind !== 'value' && should.kind !== 'blocked']).toEqual([
        id,
        'error',
        true,
      ]);
  }
}

/** The graph that grew edit by edit is the graph of the same cells loaded at once. */
function checkGraph(world: World): void {
  const fresh = reduce(emptyState(), {
    type: 'load',
    cells: [...world.state.cells.values()].map(({ id, order, lane }) => ({
      id,
      order,
      lane,
      analysed: parse(world.sound.get(id) ?? '').analysed,
      record: null,
      startedAt: null,
      durationMs: null,
    })),
    lastRun: 0,
  }).state;
  for (const [id, cell] of world.state.cells) {
    const other = fresh.cells.get(id);
    expect({ id, ...cell.program, cycle: cell.cycle !== null }).toEqual({
      id,
      ...other?.program,
      cycle: other?.cycle !== null,
    });
  }
}
