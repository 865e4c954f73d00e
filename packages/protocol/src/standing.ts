import type { CellRunState } from './cell.ts';

/** Why a cell is not up to date or shows nothing new, in plain words; `cell` is the one to look at, where there is one. */
export interface Reason {
  text: string;
  cell: string | null;
}

/** Of a cell that ran well, but in a kernel that is gone. */
export const oldResult =
  'Shown from an earlier session. Its values are computed again when a cell needs them.';

/** What the reason for one cell's standing is told from. */
export interface Surroundings {
  /** A cell's number on the page, from 1; null when it is gone. */
  numberOf(cell: string): number | null;
  /** Of the cell that a blocked one waits for. */
  stateOf(cell: string): Pick<CellRunState, 'status' | 'stopped'> | undefined;
  /** The cell that runs now, which those in the queue wait for. */
  running: string | null;
}

/** The same sentence on the page and in the API. Null where there is nothing to explain: it ran, or its error says why not. */
export function reasonOf(state: CellRunState, around: Surroundings): Reason | null {
  switch (state.status) {
    case 'idle':
      return { text: 'Not run yet', cell: null };
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
    case 'running':
    case 'error':
      return null;
  }
}

function reasonOfBlock(blocker: string | undefined, around: Surroundings): Reason {
  const number = blocker === undefined ? null : around.numberOf(blocker);
  if (blocker === undefined || number === null) {
    return { text: 'A cell it needs did not run to its end', cell: null };
  }
  const cell = `Cell ${number}`;
  const state = around.stateOf(blocker);
  if (state?.status === 'disabled') return { text: `${cell} is disabled`, cell: blocker };
  if (state?.stopped === true) return { text: `${cell} stopped`, cell: blocker };
  return { text: `${cell} failed`, cell: blocker };
}

function reasonOfStaleness({ staleBecause }: CellRunState, around: Surroundings): Reason | null {
  if (staleBecause === undefined) return null;
  switch (staleBecause.kind) {
    case 'edited':
      return { text: 'Changed since its last run', cell: null };
    case 'outside':
      return { text: 'A module that it imports changed', cell: null };
    case 'cancelled':
      return { text: 'Its run was cancelled', cell: null };
    case 'input': {
      const { name, cell } = staleBecause;
      const number = cell === null ? null : around.numberOf(cell);
      return number === null
        ? { text: `${name} is gone`, cell: null }
        : { text: `${name} changed in cell ${number}`, cell };
    }
  }
}

function reasonOfOldResult({ live, run, stopped }: CellRunState): Reason | null {
  if (stopped === true) return { text: 'Stopped early, as its code asked', cell: null };
  if (live || run === null) return null;
  return { text: oldResult, cell: null };
}
