/**
 * What is to run, and in which order (R5, R9, R10). A cell is *wanted* from the moment something asks for it until
 * it ran, was found blocked, or was cancelled. Whatever is wanted goes to its lane's kernel in batches: one ordered
 * request for a whole cascade.
 */
import { changedInput, hasChanged } from './freshness.ts';
import {
  type Batch,
  type Cell,
  compare,
  type Flight,
  type Lane,
  type Name,
  ofThisBatch,
  position,
  type Reason,
  type State,
  versionOf,
} from './state.ts';

const weight: Record<Reason, number> = { recovers: 0, follows: 1, asked: 2 };

function stronger(a: Reason, b: Reason): Reason {
  return weight[a] >= weight[b] ? a : b;
}

function want(state: State, cell: Cell, reason: Reason): void {
  cell.want = { at: state.wants, reason: stronger(reason, cell.want?.reason ?? 'recovers') };
  cell.cancelled = false;
  cell.takesPart = true;
  state.wanted.add(cell);
}

export function unwant(state: State, cell: Cell): void {
  cell.want = null;
  state.wanted.delete(cell);
}

/** An ancestor that another run would not help: only its own edit or an explicit run heals it. */
function isBroken(cell: Cell): boolean {
  return cell.failed && cell.ran?.ending !== 'interrupted' && cell.ran?.ending !== 'unavailable';
}

/**
 * Asks for the cells; in automatic mode for everything that follows from them too (R5); and for whatever they need
 * that is stale or lost (R10). `again` are wanted already and keep their reason; of `lost` only the values are
 * wanted back. Returns all that are wanted now.
 */
export function trigger(
  state: State,
  {
    asked: cells,
    follow,
    again,
    lost,
  }: {
    asked: Iterable<Cell>;
    follow: Iterable<Cell>;
    again: Iterable<Cell>;
    lost: Iterable<Cell>;
  },
): Set<Cell> {
  state.wants += 1;
  const asked = new Set<Cell>();
  const queue: Cell[] = [];
  const ask = (cell: Cell, reason: Reason): void => {
    if (asked.has(cell) && stronger(reason, cell.want?.reason ?? reason) === cell.want?.reason)
      return;
    if (!canRun(cell)) return;
    asked.add(cell);
    want(state, cell, reason);
    queue.push(cell);
  };
  for (const cell of cells) ask(cell, 'asked');
  for (const cell of follow) ask(cell, 'follows');
  for (const cell of again) ask(cell, cell.want?.reason ?? 'follows');
  for (const cell of lost) ask(cell, 'recovers');
  for (let cell = queue.pop(); cell !== undefined; cell = queue.pop()) {
    if (state.mode === 'auto' && cell.want?.reason !== 'recovers') {
      for (const dependent of cell.dependents)
        if (dependent.revision > 0) ask(dependent, 'follows');
    }
    for (const [other, reason] of missing(state, cell, cell.want?.reason)) {
      // A cell that was cancelled while it ran is wanted only until it ends.
      if (other.want === null || other.cancelled) ask(other, reason);
    }
  }
  return asked;
}

function canRun(cell: Cell): boolean {
  return cell.analysed.ok && cell.cycle === null && !cell.disabled;
}

/** What has to run with the cell: whatever it needs that is stale, or whose value is gone (R5.4, R10.3, R10.6). */
function* missing(state: State, cell: Cell, reason: Reason | undefined): Generator<[Cell, Reason]> {
  for (const [index, owner] of cell.owners.entries()) {
    if (isBroken(owner)) continue;
    if (!owner.fresh) yield [owner, 'follows'];
    else if (!owner.live || owner.spoiled.has(cell.names[index] ?? '')) yield [owner, 'recovers'];
  }
  if (reason === 'recovers') return;
  for (const other of lostBeside(state, cell)) yield [other, 'recovers'];
}

/**
 * Cells whose values are lost or used up and may share with what the cell changes in place, or are lost and may be
 * changed in place with what it makes: as long as they are not there, the kernel cannot see that (R10.6).
 */
export function* lostBeside(state: State, cell: Cell): Generator<Cell> {
  const { bindings, mutates } = cell.program;
  for (const name of mutates) {
    const owner = state.cells.get(bindings[name] ?? '');
    if (owner === undefined) continue;
    yield* lostReaders(owner, name, cell);
    // What was made together may share, too; unless it has gone over to a cell between them.
    if (owner.fresh && [...owner.spoiled].some((one) => sees(state, cell, owner, one))) yield owner;
  }
  for (const { cell: id, names } of cell.shares) {
    const owner = state.cells.get(id);
    if (owner === undefined) continue;
    // What is used up has gone over to another cell: who read it before shares nothing with it any more.
    for (const name of names) if (!owner.spoiled.has(name)) yield* lostReaders(owner, name, cell);
  }
  if (cell.program.defines.length === 0) return;
  for (const [index, owner] of cell.owners.entries()) {
    const name = cell.names[index] ?? '';
    const changer = nextDefiner(state, owner, name);
    if (changer === undefined || !isLost(changer) || compare(changer, cell) <= 0) continue;
    if (changes(changer, owner, name)) yield changer;
  }
}

/** Those above the cell that may hold on to what they read. */
function* lostReaders(owner: Cell, name: Name, cell: Cell): Generator<Cell> {
  for (const reader of owner.dependents) {
    const { bindings, defines } = reader.program;
    const isGone = isLost(reader) || (reader.fresh && reader.spoiled.size > 0);
    if (!isGone || defines.length === 0 || compare(reader, cell) >= 0) continue;
    if (bindings[name] === owner.id) yield reader;
  }
}

function isLost({ fresh, live }: Cell): boolean {
  return fresh && !live;
}

function changes({ program }: Cell, owner: Cell, name: Name): boolean {
  return program.bindings[name] === owner.id && program.mutates.includes(name);
}

/** Whether no cell between them has a version of its own of the name. */
function sees(state: State, cell: Cell, owner: Cell, name: Name): boolean {
  const next = nextDefiner(state, owner, name);
  return next === undefined || compare(next, cell) >= 0;
}

/** The only cell below that can change the owner's value of the name: it makes a version of its own. */
function nextDefiner(state: State, owner: Cell, name: Name): Cell | undefined {
  const definers = state.definers.get(name);
  return definers?.[position(definers, owner) + 1];
}

/** What asking for these cells would run, in document order (R5.8); some of it may turn out to see nothing new. */
export function wouldRun(state: State, cells: Iterable<Cell>): Cell[] {
  const found = new Map<Cell, Reason>();
  const queue: Cell[] = [];
  const ask = (cell: Cell, reason: Reason): void => {
    const before = found.get(cell);
    if (!canRun(cell) || (before !== undefined && stronger(before, reason) === before)) return;
    found.set(cell, reason);
    queue.push(cell);
  };
  for (const cell of cells) ask(cell, 'asked');
  for (let cell = queue.pop(); cell !== undefined; cell = queue.pop()) {
    if (state.mode === 'auto' && found.get(cell) !== 'recovers') {
      for (const dependent of cell.dependents)
        if (dependent.revision > 0) ask(dependent, 'follows');
    }
    for (const [other, reason] of missing(state, cell, found.get(cell))) ask(other, reason);
  }
  // Behind what has failed or is disabled, and does not run again, nothing does.
  const heldUp = [...found.keys()].filter((cell) => isHeldUp(cell, found));
  for (let cell = heldUp.pop(); cell !== undefined; cell = heldUp.pop()) {
    if (!found.delete(cell)) continue;
    for (const dependent of cell.dependents)
      if (found.has(dependent) && isHeldUp(dependent, found)) heldUp.push(dependent);
  }
  return [...found.keys()].sort(compare);
}

function isHeldUp(cell: Cell, found: ReadonlyMap<Cell, Reason>): boolean {
  for (const dependency of cell.dependencies) {
    const holds = dependency.failed || dependency.blockedBy !== null;
    if (holds && !found.has(dependency)) return true;
  }
  return false;
}

/** Wanted cells, dependencies first, ties in document order. */
function inOrder(state: State): Cell[] {
  const ordered: Cell[] = [];
  const entered = new Set<Cell>();
  const cells = [...state.wanted].sort(compare);
  if (state.forward.size === 0) return cells;
  for (const start of cells) {
    if (entered.has(start)) continue;
    entered.add(start);
    const path = [{ cell: start, rest: dependenciesInOrder(start) }];
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const next = at.rest.pop();
      if (next === undefined) {
        ordered.push(at.cell);
        path.pop();
      } else if (next.want !== null && !entered.has(next)) {
        entered.add(next);
        path.push({ cell: next, rest: dependenciesInOrder(next) });
      }
    }
  }
  return ordered;
}

/** Last first, to be popped. */
function dependenciesInOrder(cell: Cell): Cell[] {
  return [...cell.dependencies].sort((a, b) => compare(b, a));
}

export interface RunRequest {
  lane: Lane;
  batch: Batch;
  cells: Cell[];
}

/**
 * Hands every idle lane the wanted cells whose dependencies are met, or will be by cells before them in the same
 * batch. A cell that turns out to be blocked is no longer wanted: it is asked for again when the failed one heals.
 */
export function dispatch(state: State, touched: Set<Cell>): RunRequest[] {
  if (state.wanted.size === 0) return [];
  const requests = new Map<Lane, RunRequest>();
  const sent = new Set<Cell>();
  for (const cell of inOrder(state)) {
    if (cell.want === null || cell.flight !== null) continue;
    if ((cell.blockedBy !== null && !waitsForWanted(cell)) || seesNothingNew(cell)) {
      unwant(state, cell);
      touched.add(cell);
      continue;
    }
    if (state.batches.has(cell.lane)) continue;
    let ready = true;
    for (const dependency of cell.dependencies) {
      if (dependency.want === null && dependency.flight === null) continue;
      ready &&= sent.has(dependency) && dependency.lane === cell.lane;
    }
    if (!ready) continue;
    let request = requests.get(cell.lane);
    if (request === undefined) {
      request = {
        lane: cell.lane,
        batch: { id: state.nextBatch, cells: [], cancelled: false, bringsFurther: false },
        cells: [],
      };
      state.nextBatch += 1;
      requests.set(cell.lane, request);
    }
    cell.flight = takeOff(state, cell);
    sent.add(cell);
    request.cells.push(cell);
    request.batch.cells.push(cell);
  }
  for (const request of requests.values()) state.batches.set(request.lane, request.batch);
  return [...requests.values()];
}

/** What it was to follow has run and made the same again (R6.2). */
function seesNothingNew(cell: Cell): boolean {
  if (!isConditional(cell) || !cell.fresh) return false;
  for (const { want, flight } of cell.dependencies)
    if (want !== null || flight !== null) return false;
  return true;
}

/** Its last run stands unless something that it sees has changed. */
function isConditional({ want, ran, revision, program, live, spoiled }: Cell): boolean {
  if (want?.reason !== 'follows' || ran === null || !live || spoiled.size > 0) return false;
  return ran.ending === 'ok' && ran.revision === revision && hasChanged(ran, program);
}

/** Whatever blocks it is itself going to run, and may heal. */
export function waitsForWanted(cell: Cell): boolean {
  for (const dependency of cell.dependencies) {
    if (dependency.failed || dependency.blockedBy !== null) {
      if (dependency.want === null && dependency.flight === null) return false;
    }
  }
  return true;
}

function takeOff(state: State, cell: Cell): Flight {
  let sameInputs = cell.fresh && changedInput(cell) === null;
  const versions = cell.owners.map((owner, index) => {
    if (owner.flight === null || owner.flight.recovers)
      return versionOf(owner, cell.names[index] ?? '');
    sameInputs = false;
    return ofThisBatch;
  });
  const run = state.nextRun;
  state.nextRun += 1;
  return {
    run,
    revision: cell.revision,
    program: cell.program,
    names: cell.names,
    versions,
    owners: cell.owners,
    recovers: cell.want?.reason === 'recovers' && sameInputs,
    conditional: isConditional(cell),
    want: cell.want?.at ?? 0,
    startedAt: null,
  };
}

/** Batches whose queued part is out of date: a cell in it was edited, moved or asked for again since (R9). */
export function supersede(state: State): { lane: Lane; batch: number }[] {
  const stale: { lane: Lane; batch: number }[] = [];
  for (const [lane, batch] of state.batches) {
    if (batch.cancelled) continue;
    const outdated = batch.cells.some(
      ({ flight, want, revision, program }) =>
        flight !== null &&
        flight.startedAt === null &&
        (want?.at !== flight.want || revision !== flight.revision || program !== flight.program),
    );
    if (!outdated) continue;
    batch.cancelled = true;
    stale.push({ lane, batch: batch.id });
  }
  return stale;
}
