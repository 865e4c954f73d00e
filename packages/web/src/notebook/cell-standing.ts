import type { CellKind, CellRunState, CellStatus } from '@rnb/protocol';

/** The same words as everywhere: in the API, in events, in the design. */
const statusWords: Readonly<Record<CellStatus, string>> = {
  idle: 'Idle',
  queued: 'Queued',
  running: 'Running',
  success: 'Success',
  error: 'Error',
  blocked: 'Blocked',
  stale: 'Stale',
  disabled: 'Disabled',
};

/** To people a run that was stopped is no error, although the API's status has no other word for it. */
export function statusWord(state: CellRunState): string {
  if (!wasStopped(state)) return statusWords[state.status];
  return state.interrupted ? 'Interrupted' : 'Cancelled';
}

/** Whether the latest run, which left no result, was ended by somebody and did not fail. */
export function wasStopped({ status, interrupted, cancelled }: CellRunState): boolean {
  return status === 'error' && (interrupted === true || cancelled === true);
}

/** Whether the kernel of now knows nothing of what is shown. */
export function isFromBefore(kind: CellKind, state: CellRunState, hasKernel: boolean): boolean {
  if (kind === 'markdown' || state.live || state.run === null) return false;
  // Its own words say whose it is.
  if (state.cancelled) return false;
  // What was stopped says that it is to run again.
  if (state.interrupted) return false;
  // What failed left no values; and that the code cannot be read is said without a kernel.
  if (state.status === 'error') return !hasKernel && state.startedAt !== undefined;
  return state.status === 'success';
}

/** Whether nothing has become of the cell yet. */
export function isUntouched({ status, run, cancelled }: CellRunState): boolean {
  return status === 'idle' && run === null && !cancelled;
}

/** Whether the next that the server says is likely another status. */
export function isUncertain({ status }: CellRunState): boolean {
  return status === 'queued' || status === 'running';
}

/** What the results are of a cell that is not to replace them as things stand; null where they are of now. */
export function oldResultNote({ status, cancelled }: CellRunState): string | null {
  const when = outdated[status];
  if (when === undefined) return null;
  return cancelled ? 'From its last run, which was cancelled' : `From its last run, before ${when}`;
}

const outdated: Readonly<Partial<Record<CellStatus, string>>> = {
  stale: 'it became stale',
  blocked: 'it was blocked',
  disabled: 'it was disabled',
};

export const kindWords: Readonly<Record<CellKind, string>> = {
  python: 'Python',
  markdown: 'Markdown',
};
