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

/** To people an interruption is no error, although the API's status has no other word for it. */
export function statusWord({ status, interrupted }: CellRunState): string {
  return interrupted ? 'Interrupted' : statusWords[status];
}

export const kindWords: Readonly<Record<CellKind, string>> = {
  python: 'Python',
  markdown: 'Markdown',
};
