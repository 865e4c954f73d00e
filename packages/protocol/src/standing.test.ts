import { expect, test } from 'vitest';
import type { CellRunState } from './cell.ts';
import { originFinder, reasonOf, type Surroundings } from './standing.ts';

const stateOf = (state: Partial<CellRunState>): CellRunState => ({
  id: 'b',
  status: 'idle',
  run: null,
  live: true,
  ...state,
});

const input = (name: string, cell: string | null) => ({ kind: 'input' as const, name, cell });
const states = new Map<string, CellRunState>(
  Object.entries<Partial<CellRunState>>({
    a: { status: 'error' },
    off: { status: 'disabled' },
    halted: { status: 'success', stopped: true },
    cut: { status: 'error', interrupted: true },
    // Each is stale for want of the one before it.
    edited: { status: 'stale', staleBecause: { kind: 'edited' } },
    second: { status: 'stale', staleBecause: input('e', 'edited') },
    third: { status: 'stale', staleBecause: input('s', 'second') },
    skipped: { status: 'stale', staleBecause: { kind: 'cancelled' } },
    orphan: { status: 'stale', staleBecause: input('lost', null) },
    // What it was stale for is past.
    fresh: { status: 'queued', staleBecause: input('e', 'edited') },
    round: { status: 'stale', staleBecause: input('t', 'trip') },
    trip: { status: 'stale', staleBecause: input('r', 'round') },
    restarted: { status: 'error', run: 2, cancelled: true },
  }).map(([id, state]) => [id, stateOf({ ...state, id })]),
);
const numbers = new Map([...states.keys()].map((id, index) => [id, index + 3]));

const around = (running: string | null = null): Surroundings => ({
  numberOf: (id) => numbers.get(id) ?? null,
  stateOf: (id) => states.get(id),
  originOf: originFinder((id) => states.get(id)),
  running,
});

const restarted = 'The kernel was restarted while it ran. Run it again.';
const old =
  'Shown from an earlier run, whose values are gone. They are computed again when a cell needs them.';

test.each<[Partial<CellRunState>, string | null, string | null]>([
  [{ status: 'idle' }, 'Not run yet', null],
  [{ status: 'idle', cancelled: true }, 'Cancelled before it ran. Run it to see its result.', null],
  [{ status: 'idle', run: 1, cancelled: true }, restarted, null],
  [{ status: 'error', run: 2, cancelled: true }, restarted, null],
  [{ status: 'stale', run: 2, cancelled: true, staleBecause: { kind: 'edited' } }, restarted, null],
  [{ status: 'running', run: 1 }, null, null],
  [{ status: 'error', run: 1 }, null, null],
  [
    { status: 'error', run: 1, interrupted: true },
    'Interrupted before its end. Run it again.',
    null,
  ],
  [{ status: 'success', run: 1 }, null, null],
  [
    { status: 'success', run: 2, live: false, cancelled: true },
    'What is shown is from a run that was cancelled before its end. Run it again.',
    null,
  ],
  [{ status: 'success', run: 1, live: false }, old, null],
  [{ status: 'success', run: 1, stopped: true }, 'Stopped early, as its code asked', null],
  [{ status: 'disabled' }, 'Does not run until it is enabled', null],
  [{ status: 'blocked', blockedBy: 'a' }, 'Cell 3 failed', 'a'],
  [{ status: 'blocked', blockedBy: 'off' }, 'Cell 4 is disabled', 'off'],
  [{ status: 'blocked', blockedBy: 'halted' }, 'Cell 5 stopped', 'halted'],
  [{ status: 'blocked', blockedBy: 'cut' }, 'Cell 6 was interrupted', 'cut'],
  [{ status: 'blocked', blockedBy: 'restarted' }, 'The run of cell 15 was cancelled', 'restarted'],
  [{ status: 'blocked', blockedBy: 'gone' }, 'A cell it needs did not run to its end', null],
  [{ status: 'stale', staleBecause: { kind: 'edited' } }, 'Changed since its last run', null],
  [
    { status: 'stale', staleBecause: { kind: 'outside' } },
    'A module that it imports changed',
    null,
  ],
  [
    { status: 'stale', staleBecause: { kind: 'cancelled' } },
    'Its run was cancelled. Run it again.',
    null,
  ],
  [{ status: 'stale', staleBecause: input('x', 'a') }, 'x changed in cell 3', 'a'],
  [{ status: 'stale', staleBecause: input('x', null) }, 'x is gone', null],
  [{ status: 'stale', staleBecause: input('x', 'edited') }, 'x changed in cell 7', 'edited'],
  [{ status: 'stale', staleBecause: input('x', 'third') }, 'e changed in cell 7', 'edited'],
  [{ status: 'stale', staleBecause: input('x', 'fresh') }, 'x changed in cell 12', 'fresh'],
  [{ status: 'stale', staleBecause: input('x', 'orphan') }, 'lost is gone', null],
  [
    { status: 'stale', staleBecause: input('x', 'skipped') },
    'The run of cell 10 was cancelled',
    'skipped',
  ],
  [{ status: 'stale', staleBecause: input('x', 'round') }, 'r changed in cell 13', 'round'],
  // What made it stale is past once it runs again.
  [{ status: 'running', staleBecause: { kind: 'edited' } }, null, null],
])('S11: %j is explained as %s', (state, text, cell) => {
  const reason = reasonOf(stateOf(state), around());
  expect(reason?.text ?? null).toBe(text);
  expect(reason?.cell ?? null).toBe(cell);
});

test.each([
  ['a', 'Waits for cell 3', 'a'],
  [null, 'Runs as soon as the kernel is ready', null],
])('while %s runs, a queued cell says what it waits for', (running, text, cell) => {
  expect(reasonOf(stateOf({ status: 'queued' }), around(running))).toEqual({ text, cell });
});

test('where changes came from is found in one walk over a long chain, by names of its own for each', () => {
  const length = 2_000;
  let looked = 0;
  const originOf = originFinder((id) => {
    looked += 1;
    const at = Number(id);
    if (at === 0) return stateOf({ id, status: 'success' });
    return stateOf({ id, status: 'stale', staleBecause: input(`x${at - 1}`, `${at - 1}`) });
  });
  for (let at = 1; at < length; at += 1) {
    expect(originOf(input(`x${at}`, `${at}`))).toEqual(input('x0', '0'));
  }
  expect(looked).toBeLessThan(3 * length);
  expect(originOf(input('y', '0'))).toEqual(input('y', '0'));
});
