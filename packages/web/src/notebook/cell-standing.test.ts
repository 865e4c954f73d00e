import type { CellRunState } from '@rnb/protocol';
import { expect, test } from 'vitest';
import { reasonOf } from './cell-standing.ts';

const numbers = new Map([['a', 3]]);

test.each<[Partial<CellRunState>, string | null, string | null]>([
  [{ status: 'success' }, null, null],
  [{ status: 'blocked', blockedBy: 'a' }, 'Cell 3 failed', 'a'],
  [{ status: 'blocked', blockedBy: 'gone' }, 'A cell it needs failed', null],
  [{ status: 'stale', staleBecause: { kind: 'edited' } }, 'Changed since its last run', null],
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
    (id) => numbers.get(id) ?? null,
  );
  expect(reason?.text ?? null).toBe(text);
  expect(reason?.cell ?? null).toBe(cell);
});
