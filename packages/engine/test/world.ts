/**
 * A little world round the engine: a notebook in the notation, and a kernel that computes values as terms, so that
 * what a cell shows tells exactly which versions it saw. Nothing moves unless told to.
 */
import {
  atRest,
  type Effect,
  type Event,
  emptyState,
  type Program,
  reduce,
  type State,
  view,
} from '../src/index.ts';
import { type Line, parse } from './notation.ts';

interface Job {
  lane: string;
  batch: number;
  cells: { cell: string; run: number; program: Program; conditional: boolean; line: string }[];
  broken: Set<string>;
  cancelled: boolean;
  started: boolean;
  /** What the started cell saw, as bound at its start. */
  seen: string[];
  /** Runs that succeeded and of which the engine has not heard yet. */
  untold: { cell: string; run: number; startedAt: number; durationMs: number; kept: string[] }[];
  /** What the cells of `untold` showed before, which is what people still see. */
  seenBefore: [string, string | undefined][];
}

export class World {
  state: State;
  /** Committed lines by cell. */
  readonly lines = new Map<string, string>();
  /** The last line of each cell that parsed: what it defines while its present one does not. */
  readonly sound = new Map<string, string>();
  /** What each cell last showed: the term of all it saw and made. */
  readonly shown = new Map<string, string>();
  /** Cells in the order in which they ran since `ran` was last emptied. */
  ran: string[] = [];
  readonly effects: Effect[] = [];
  readonly jobs = new Map<string, Job>();
  #values = new Map<string, Map<string, string>>();
  /** Of cells whose last run succeeded: the line it was of and all that it saw. */
  #seenBy = new Map<string, string>();
  #lane: (id: string) => string;

  constructor(mode: 'auto' | 'lazy' = 'auto', lane: (id: string) => string = () => 'python') {
    this.state = emptyState(mode);
    this.#lane = lane;
  }

  send(event: Event): void {
    const { state, effects } = reduce(this.state, event);
    this.state = state;
    this.effects.push(...effects);
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    if (effect.type === 'run') {
      if (this.jobs.has(effect.lane)) throw new Error(`lane ${effect.lane} is busy`);
      this.jobs.set(effect.lane, {
        lane: effect.lane,
        batch: effect.batch,
        cells: effect.cells.map((job) => ({ ...job, line: this.lines.get(job.cell) ?? '' })),
        broken: new Set(),
        cancelled: false,
        started: false,
        seen: [],
        untold: [],
        seenBefore: [],
      });
    } else if (effect.type === 'cancel' || effect.type === 'interrupt') {
      const job = this.jobs.get(effect.lane);
      if (job !== undefined) job.cancelled = true;
      if (job?.started && effect.type === 'interrupt') job.broken.add('interrupt');
    } else if (effect.type === 'restart') {
      this.jobs.delete(effect.lane);
      this.#forgetLane(effect.lane);
    } else if (effect.type === 'forget') {
      for (const cell of effect.cells) this.#forget(cell);
    }
  }

  #forget(cell: string): void {
    this.#values.delete(cell);
    this.#seenBy.delete(cell);
  }

  #forgetLane(lane: string): void {
    for (const cell of [...this.#values.keys()]) if (this.#lane(cell) === lane) this.#forget(cell);
  }

  /** A cell's run has used up the value that another cell made: told after all that ran before. */
  spoil(cell: string, name: string): void {
    const job = this.jobs.get(this.#lane(cell));
    if (job?.started) return;
    if (job !== undefined && job.untold.length > 0) this.step(job.lane);
    if (this.#values.get(cell)?.delete(name) !== true) return;
    this.#seenBy.delete(cell);
    this.send({ type: 'spoiled', versions: [{ cell, names: [name] }] });
  }

  insert(id: string, order: string): void {
    this.send({
      type: 'insert',
      cell: {
        id,
        order,
        lane: this.#lane(id),
        analysed: parse('').analysed,
        record: null,
        startedAt: null,
        durationMs: null,
      },
    });
  }

  commit(id: string, line: string): void {
    if (!this.state.cells.has(id)) return;
    this.lines.set(id, line);
    if (parse(line).analysed.ok) this.sound.set(id, line);
    this.send({
      type: 'commit',
      cells: [{ cell: id, lane: this.#lane(id), analysed: parse(line).analysed }],
      run: true,
    });
  }

  remove(id: string): void {
    this.send({ type: 'remove', cell: id });
    this.lines.delete(id);
    this.sound.delete(id);
    this.shown.delete(id);
  }

  /** Whether it is known then which cell ran is up to the kernel; by default it is, once one has run. */
  kill(lane = 'python', known = true): void {
    const job = this.jobs.get(lane);
    const hasRun = job !== undefined && (job.started || job.untold.length > 0);
    const run = known && hasRun ? (job.cells[0]?.run ?? null) : null;
    for (const [cell, term] of job?.seenBefore.reverse() ?? []) {
      if (term === undefined) this.shown.delete(cell);
      else this.shown.set(cell, term);
    }
    this.jobs.delete(lane);
    this.#forgetLane(lane);
    this.send({ type: 'kernel_lost', lane, why: 'died', run });
  }

  /** The kernel of a lane does its next small thing. False when it has nothing to do. */
  step(lane = 'python'): boolean {
    const job = this.jobs.get(lane);
    if (job === undefined) return false;
    if (job.untold.length > 0) {
      const runs = job.untold;
      job.untold = [];
      job.seenBefore = [];
      this.send({ type: 'ran', runs });
      return true;
    }
    const next = job.cells[0];
    if (next === undefined) {
      this.jobs.delete(lane);
      this.send({ type: 'batch_done', lane, batch: job.batch });
      return true;
    }
    const { cell, run, program } = next;
    const waits = Object.values(program.bindings).some((owner) => job.broken.has(owner));
    if (!job.started && (job.cancelled || waits)) {
      job.cells.shift();
      job.broken.add(cell);
      this.send({ type: 'done', cell, run, outcome: 'skipped', durationMs: null });
      return true;
    }
    if (!job.started && !this.#isBound(program)) {
      this.jobs.delete(lane);
      this.send({ type: 'batch_done', lane, batch: job.batch });
      return true;
    }
    if (!job.started && next.conditional && this.#seesNothingNew(cell, next.line, program)) {
      job.cells.shift();
      this.send({ type: 'unchanged', runs: [{ cell, run }] });
      return true;
    }
    if (!job.started) {
      job.started = true;
      job.seen = this.#bind(cell, program);
      this.send({ type: 'started', cell, run, at: 0 });
      return true;
    }
    job.started = false;
    job.cells.shift();
    this.ran.push(cell);
    if (job.broken.delete('interrupt')) {
      job.broken.add(cell);
      this.#forget(cell);
      this.send({ type: 'done', cell, run, outcome: 'interrupted', durationMs: 1 });
      return true;
    }
    this.#execute(cell, run, program, parse(next.line), next.line, job);
    return true;
  }

  /** The kernel runs its next cell and does not say so before its next step, if that cell will succeed. */
  stepQuietly(lane = 'python'): void {
    const job = this.jobs.get(lane);
    const next = job?.cells[0];
    if (job === undefined || next === undefined || job.started || job.cancelled) return;
    const { cell, run, program, line } = next;
    if (next.conditional || !this.#isBound(program)) return;
    if (parse(line).fails || Object.values(program.bindings).some((id) => job.broken.has(id)))
      return;
    job.cells.shift();
    this.ran.push(cell);
    job.seenBefore.push([cell, this.shown.get(cell)]);
    const kept = this.#succeed(cell, program, line, this.#bind(cell, program));
    job.untold.push({ cell, run, startedAt: 0, durationMs: 1, kept });
  }

  #isBound(program: Program): boolean {
    return Object.entries(program.bindings).every(
      ([name, owner]) => this.#values.get(owner)?.has(name) ?? true,
    );
  }

  #seesNothingNew(cell: string, line: string, program: Program): boolean {
    return this.#seenBy.get(cell) === `${line} ${this.#bind(cell, program).join()}`;
  }

  #bind(cell: string, program: Program): string[] {
    return Object.keys(program.bindings)
      .sort()
      .map((name) => {
        const owner = program.bindings[name] ?? '';
        const value = this.#values.get(owner)?.get(name);
        if (value === undefined) throw new Error(`${cell} was run without the ${name} of ${owner}`);
        return `${name}:${value}`;
      });
  }

  #execute(
    cell: string,
    run: number,
    program: Program,
    line: Line,
    source: string,
    job: Job,
  ): void {
    if (line.fails) {
      job.broken.add(cell);
      this.#forget(cell);
      this.shown.set(cell, termOf(cell, source, job.seen));
      this.send({ type: 'done', cell, run, outcome: 'error', durationMs: 1 });
      return;
    }
    const kept = this.#succeed(cell, program, source, job.seen);
    this.send({ type: 'done', cell, run, outcome: 'ok', durationMs: 1, kept });
  }

  /** Returns the names whose value is as it was. */
  #succeed(cell: string, program: Program, source: string, seen: readonly string[]): string[] {
    const before = this.#seenBy.has(cell) ? this.#values.get(cell) : undefined;
    const term = termOf(cell, source, seen);
    this.shown.set(cell, term);
    const made = new Map(program.defines.map((name) => [name, valueIn(name, source, term)]));
    this.#values.set(cell, made);
    this.#seenBy.set(cell, `${source} ${seen.join()}`);
    return [...made].flatMap(([name, value]) => (before?.get(name) === value ? [name] : []));
  }

  settle(): void {
    for (let steps = 0; ; steps += 1) {
      if (steps > 100_000) throw new Error('the notebook never comes to rest');
      let moved = false;
      for (const lane of [...this.jobs.keys()]) moved = this.step(lane) || moved;
      if (!moved) break;
    }
    if (!atRest(this.state)) throw new Error('nothing runs, yet the notebook is not at rest');
  }

  /** `a:success b:blocked(a)` in document order. */
  statuses(): string {
    return this.state.sequence
      .map(({ id }) => {
        const seen = view(this.state, id);
        return `${id}:${seen?.status}${seen?.blockedBy === undefined ? '' : `(${seen.blockedBy})`}`;
      })
      .join(' ');
  }

  takeRan(): string {
    const ran = this.ran.join(' ');
    this.ran = [];
    return ran;
  }
}

/** What a name is in the version of a cell with this line that showed this term. */
export function valueIn(name: string, source: string, term: string): string {
  return parse(source).constants.get(name) ?? digest(`${name}@${term}`);
}

function termOf(cell: string, source: string, seen: readonly string[]): string {
  return digest(`${cell}[${source}](${seen.join(',')})`);
}

/** A notebook of lines separated by `|`; its cells are called a, b, c … and have all run. */
export function notebook(
  text: string,
  mode: 'auto' | 'lazy' = 'auto',
  lane?: (id: string) => string,
): World {
  const world = new World(mode, lane);
  const lines = text.split('|').map((line) => line.trim());
  lines.forEach((_, index) => {
    world.insert(cellName(index), orderOf(index));
  });
  lines.forEach((line, index) => {
    world.lines.set(cellName(index), line);
  });
  world.send({
    type: 'commit',
    run: true,
    cells: lines.map((line, index) => ({
      cell: cellName(index),
      lane: lane?.(cellName(index)) ?? 'python',
      analysed: parse(line).analysed,
    })),
  });
  world.settle();
  return world;
}

export const cellName = (index: number): string => String.fromCharCode(97 + index);
export const orderOf = (index: number): string => String(index * 10).padStart(6, '0');

/** Terms grow exponentially; a digest tells them apart as well. FNV-1a, two halves. */
export function digest(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let index = 0; index < text.length; index += 1) {
    a = Math.imul(a ^ text.charCodeAt(index), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(index), 0x85ebca6b);
  }
  return `${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
}
