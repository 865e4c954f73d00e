import type { CellKind, CellRunState, CellStatus } from '@rnb/protocol';

/** The same words as everywhere: in the API, in events, in the design. */
export const statusWords: Readonly<Record<CellStatus, string>> = {
  idle: 'Idle',
  queued: 'Queued',
  running: 'Running',
  success: 'Success',
  error: 'Error',
  blocked: 'Blocked',
  stale: 'Stale',
  disabled: 'Disabled',
};

export const kindWords: Readonly<Record<CellKind, string>> = {
  python: 'Python',
  markdown: 'Markdown',
};

/** Why a cell is not up to date, in plain words; `cell` is the one to look at, where there is one. */
export interface Reason {
  text: string;
  cell: string | null;
}

/** `numberOf` gives a cell's number on the page, null when it is gone. */
export function reasonOf(
  state: CellRunState,
  numberOf: (cell: string) => number | null,
): Reason | null {
  if (state.status === 'blocked') {
    const number = state.blockedBy === undefined ? null : numberOf(state.blockedBy);
    return number === null || state.blockedBy === undefined
      ? { text: 'A cell it needs failed', cell: null }
      : { text: `Cell ${number} failed`, cell: state.blockedBy };
  }
  if (state.status !== 'stale' || !state.staleBecause) return null;
  const because = state.staleBecause;
  switch (because.kind) {
    case 'edited':
      return { text: 'Changed since its last run', cell: null };
    case 'outside':
      return { text: 'A module that it imports changed', cell: null };
    case 'cancelled':
      return { text: 'Its run was cancelled', cell: null };
    case 'input': {
      const number = because.cell === null ? null : numberOf(because.cell);
      return number === null
        ? { text: `${because.name} is gone`, cell: null }
        : { text: `${because.name} changed in cell ${number}`, cell: because.cell };
    }
  }
}
