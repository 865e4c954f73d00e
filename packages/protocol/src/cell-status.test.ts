import { expect, test } from 'vitest';
import type { CellRunState } from './cell.ts';
import { CellStatusEvent, statesOf, statusEvents } from './cell-status.ts';

const states: CellRunState[] = [
  { id: 'a', status: 'success', run: 4, live: true, startedAt: 1_700_000_000_000, durationMs: 0.2 },
  { id: 'b', status: 'success', run: 5, live: true, stopped: true },
  { id: 'c', status: 'success', run: 2, live: false, durationMs: 7 },
  { id: 'd', status: 'blocked', run: null, live: false, blockedBy: 'e' },
  { id: 'e', status: 'error', run: 6, live: true, startedAt: 1_700_000_000_001, durationMs: 3 },
  { id: 'i', status: 'error', run: 8, live: true, interrupted: true },
  { id: 'f', status: 'stale', run: 1, live: true, staleBecause: { kind: 'edited' } },
  { id: 'g', status: 'idle', run: null, live: false },
  { id: 'h', status: 'idle', run: 7, live: false, cancelled: true },
];

test('states go into columns and come back as they were', () => {
  const events = CellStatusEvent.array().parse(JSON.parse(JSON.stringify(statusEvents(states))));
  expect(events.flatMap(statesOf)).toEqual(states);
});

test('cells that share a status and differ in nothing else are one event, without empty columns', () => {
  const queued = ['a', 'b'].map(
    (id): CellRunState => ({ id, status: 'queued', run: null, live: true }),
  );
  expect(statusEvents(queued)).toEqual([
    { type: 'cell_status', status: 'queued', live: true, cells: ['a', 'b'], runs: [null, null] },
  ]);
  expect(statusEvents([])).toEqual([]);
});

test('columns that are too short tell nothing of the cells they lack', () => {
  const event: CellStatusEvent = {
    type: 'cell_status',
    status: 'success',
    live: true,
    cells: ['a', 'b'],
    runs: [1],
    durationMs: [2],
  };
  expect(statesOf(event)).toEqual([
    { id: 'a', status: 'success', run: 1, live: true, durationMs: 2 },
    { id: 'b', status: 'success', run: null, live: true },
  ]);
});
