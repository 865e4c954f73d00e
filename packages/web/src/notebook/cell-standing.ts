import type { CellKind, CellStatus } from '@rnb/protocol';

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
