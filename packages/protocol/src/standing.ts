import type { CellRunState, StaleReason } from './cell.ts';

/** Why a cell is not up to date or shows nothing new, in plain words; `cell` is the one to look at, where there is one. */
export interface Reason {
  text: string;
  cell: string | null;
}

/** Of a cell that ran well, but whose values no kernel has: it was started anew, or the cell had been deleted. */
export const oldResult =
  'Shown from an earlier run, whose values are gone. They are computed again when a cell needs them.';

/** Of a cell whose run somebody stopped; what it had shown until then stays. */
export const interruptedRun = 'Interrupted before its end. Run it again.';

/** Of a cell that has no result: the run that would have made one was ended by a restart. */
const restartedRun = 'The kernel was restarted while it ran. Run it again.';

/** Of a cell that is up to date although its latest run was cancelled, whose output it shows. */
export const cancelledRun =
  'What is shown is from a run that was cancelled before its end. Run it again.';

/** The name whose change a cell has not seen, and the cell that gives it; null where none does any more. */
export type MissedInput = Extract<StaleReason, { kind: 'input' }>;

type StateOf = (cell: string) => CellRunState | undefined;

/** What the reason for one cell's standing is told from. */
export interface Surroundings {
  /** A cell's number on the page, from 1; null when it is gone. */
  numberOf(cell: string): number | null;
  /** Of the cell that a blocked one waits for, and of those that a stale one has its input from. */
  stateOf: StateOf;
  /** Where the change came from: the end of the `trail`. */
  originOf(input: MissedInput): MissedInput;
  /** The cell that runs now, which those in the queue wait for. */
  running: string | null;
}

/** The same sentence on the page and in the API. Null where there is nothing to explain: it ran, or its error says why not. */
export function reasonOf(state: CellRunState, around: Surroundings): Reason | null {
  switch (state.status) {
    case 'idle':
      return { text: reasonOfIdleness(state), cell: null };
    case 'queued': {
      const { running } = around;
      const number = running === null ? null : around.numberOf(running);
      return number === null
        ? { text: 'Runs as soon as the kernel is ready', cell: null }
        : { text: `Waits for cell ${number}`, cell: running };
    }
    case 'blocked':
      return reasonOfBlock(state.blockedBy, around);
    case 'stale':
      return reasonOfStaleness(state, around);
    case 'disabled':
      return { text: 'Does not run until it is enabled', cell: null };
    case 'success':
      return reasonOfOldResult(state);
    case 'error':
      if (state.cancelled) return { text: restartedRun, cell: null };
      return state.interrupted ? { text: interruptedRun, cell: null } : null;
    case 'running':
      return null;
  }
}

/**
 * The inputs by which a change reached a stale cell, its own first: each is of a cell that is stale for want of the
 * next. The last is of the cell that really changed.
 */
function* trail(input: MissedInput, stateOf: StateOf): Generator<MissedInput> {
  // Of states that are not of one moment, a way may lead round.
  const passed = new Set<string>();
  for (let next: StaleReason | undefined = input; next?.kind === 'input'; ) {
    yield next;
    const { cell } = next;
    if (cell === null || passed.has(cell)) return;
    passed.add(cell);
    const state = stateOf(cell);
    next = state?.status === 'stale' ? state.staleBecause : undefined;
  }
}

/** Finds the ends of trails. Each stretch is walked once, however many of a notebook's cells are asked about. */
export function originFinder(stateOf: StateOf): Surroundings['originOf'] {
  /** Cells on the way → the end of the trail beyond them. */
  const known = new Map<string, MissedInput>();
  return (input) => {
    const walked: string[] = [];
    let last = input;
    for (const step of trail(input, stateOf)) {
      last = step;
      if (step.cell === null) break;
      const end = known.get(step.cell);
      if (end !== undefined) {
        last = end;
        break;
      }
      walked.push(step.cell);
    }
    for (const cell of walked) if (cell !== last.cell) known.set(cell, last);
    return last;
  };
}

function reasonOfIdleness({ cancelled, run }: CellRunState): string {
  if (!cancelled) return 'Not run yet';
  return run === null ? 'Cancelled before it ran. Run it to see its result.' : restartedRun;
}

function reasonOfBlock(blocker: string | undefined, around: Surroundings): Reason {
  const number = blocker === undefined ? null : around.numberOf(blocker);
  if (blocker === undefined || number === null) {
    return { text: 'A cell it needs did not run to its end', cell: null };
  }
  const cell = `Cell ${number}`;
  const state = around.stateOf(blocker);
  if (state?.status === 'disabled') return { text: `${cell} is disabled`, cell: blocker };
  if (state?.cancelled === true) {
    return { text: `The run of cell ${number} was cancelled`, cell: blocker };
  }
  if (state?.stopped === true) return { text: `${cell} stopped`, cell: blocker };
  if (state?.interrupted === true) return { text: `${cell} was interrupted`, cell: blocker };
  return { text: `${cell} failed`, cell: blocker };
}

function reasonOfStaleness(state: CellRunState, around: Surroundings): Reason | null {
  const { staleBecause, cancelled } = state;
  if (staleBecause === undefined) return null;
  switch (staleBecause.kind) {
    case 'edited':
      // Since the last run that ended: the one after it may have been of this very code.
      return cancelled
        ? { text: restartedRun, cell: null }
        : { text: 'Changed since its last run', cell: null };
    case 'outside':
      return { text: 'A module that it imports changed', cell: null };
    case 'cancelled':
      return { text: 'Its run was cancelled. Run it again.', cell: null };
    case 'input': {
      const { name, cell } = around.originOf(staleBecause);
      const number = cell === null ? null : around.numberOf(cell);
      if (cell === null || number === null) return { text: `${name} is gone`, cell: null };
      return around.stateOf(cell)?.staleBecause?.kind === 'cancelled'
        ? { text: `The run of cell ${number} was cancelled`, cell }
        : { text: `${name} changed in cell ${number}`, cell };
    }
  }
}

function reasonOfOldResult({ live, run, stopped, cancelled }: CellRunState): Reason | null {
  if (cancelled === true) return { text: cancelledRun, cell: null };
  if (stopped === true) return { text: 'Stopped early, as its code asked', cell: null };
  if (live || run === null) return null;
  return { text: oldResult, cell: null };
}
