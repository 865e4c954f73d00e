import { expect, test } from 'vitest';
import type { CellRunState } from './cell.ts';
import { reasonOf } from './standing.ts';

const numbers = new Map([
  ['a', 3],
  ['off', 4],
  ['halted', 5],
]);
const states = new Map<string, Pick<CellRunState, 'status' | 'stopped'>>([
  ['a', { status: 'error' }],
  ['off', { status: 'disabled' }],
  ['halted', { status: 'success', stopped: true }],
]);

const old = 'Shown from an earlier session. Its values are computed again when a cell needs them.';

test.each<[Partial<CellRunState>, string | null, string | null]>([
  [{ status: 'idle' }, 'Not run yet', null],
  [{ status: 'running', run: 1 }, null, null],
  [{ status: 'error', run: 1 }, null, null],
  [{ status: 'success', run: 1 }, null, null],
  [{ status: 'success', run: 1, live: false }, old, null],
  [{ status: 'success', run: 1, stopped: true }, 'Stopped early, as its code asked', null],
  [{ status: 'disabled' }, 'Does not run until it is enabled', null],
  [{ status: 'blocked', blockedBy: 'a' }, 'Cell 3 failed', 'a'],
  [{ status: 'blocked', blockedBy: 'off' }, 'Cell 4 is disabled', 'off'],
  [{ status: 'blocked', blockedBy: 'halted' }, 'Cell 5 stopped', 'halted'],
  [{ status: 'blocked', blockedBy: 'gone' }, 'A cell it needs did not run to its end', null],
  [{ status: 'stale', staleBecause: { kind: 'edited' } }, 'Changed since its last run', null],
  [
    { status: 'stale', staleBecause: { kind: 'outside' } },
    'A module that it imports changed',
    null,
  ],
  [{ status: 'stale', staleBecause: { kind: 'cancelled' } }, 'Its run was cancelled', null],
  [
    { status: 'stale', staleBecause: { kind: 'input', name: 'x', cell: 'a' } },
    'x changed in cell 3',
    'a',
  ],
  [{ status: 'stale', staleBecause: { kind: 'input', name: 'x', cell: null } }, 'x is gone', null],
  // What made it stale is past once it runs again.
  [{ status: 'running', staleBecause: { kind: 'edited' } }, null, null],
])('%j is explained as %s', (state, text, cell) => {
  const reason = reasonOf(
    { id: 'b', status: 'idle', run: null, live: true, ...state },
    {
      numberOf: (id) => numbers.get(id) ?? null,
      stateOf: (id) => states.get(id),
      running: null,
    },
  );
  expect(reason?.text ?? null).toBe(text);
  expect(reason?.cell ?? null).toBe(cell);
});

test.each([
  ['a', 'Waits for cell 3', 'a'],
  [null, 'Runs as soon as the kernel is ready', null],
])('while %s runs, a queued cell says what it waits for', (running, text, cell) => {
  const reason = reasonOf(
    { id: 'b', status: 'queued', run: null, live: false },
    { numberOf: (id) => numbers.get(id) ?? null, stateOf: () => undefined, running },
  );
  expect(reason).toEqual({ text, cell });
});
