import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MemoryStore } from '../../test/memory-store.ts';
import type { CellRunRecord } from '../store/store.ts';
import { RunArchive } from './run-archive.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A database that takes its time for each write. */
class SlowStore extends MemoryStore {
  readonly tookMs: number;
  /** When each write began, and of which cells. */
  readonly writes: { at: number; cells: string[] }[] = [];
  underWay = 0;
  atOnce = 0;

  constructor(tookMs: number) {
    super();
    this.tookMs = tookMs;
  }

  override async saveRuns(id: string, runs: CellRunRecord[]): Promise<void> {
    this.writes.push({ at: performance.now(), cells: runs.map(({ cell }) => cell) });
    this.underWay += 1;
    this.atOnce = Math.max(this.atOnce, this.underWay);
    await new Promise((resolve) => setTimeout(resolve, this.tookMs));
    await super.saveRuns(id, runs);
    this.underWay -= 1;
  }
}

async function openArchive(tookMs: number) {
  const store = new SlowStore(tookMs);
  const update = new Uint8Array();
  const notebook = { id: 'n', ownerId: 'o', title: 'Test', update, cellCount: 0, runs: [] };
  await store.createNotebook(notebook);
  const describe = (cell: string): CellRunRecord => ({
    cell,
    code: '',
    kind: 'python',
    engine: null,
    result: null,
    startedAt: null,
    durationMs: null,
  });
  const archive = new RunArchive(store, 'n', describe, (error) => {
    throw error;
  });
  return { store, archive };
}

test('one write is under way at a time, and the next takes all that came meanwhile', async () => {
  const { store, archive } = await openArchive(50);
  for (const cell of ['a', 'b', 'c']) {
    archive.touch([cell]);
    archive.hurry();
    await vi.advanceTimersByTimeAsync(5);
  }
  await vi.advanceTimersByTimeAsync(200);
  expect(store.writes.map(({ cells }) => cells)).toEqual([['a'], ['b', 'c']]);
  expect(store.atOnce).toBe(1);
});

test('who waits for all to be written waits for the write under way too', async () => {
  const { store, archive } = await openArchive(50);
  archive.touch(['a']);
  const first = archive.flush();
  archive.touch(['b']);
  const second = archive.flush();
  await vi.advanceTimersByTimeAsync(100);
  await Promise.all([first, second]);
  expect(store.writes.map(({ cells }) => cells)).toEqual([['a'], ['b']]);
  expect(store.atOnce).toBe(1);
});

test('what goes on is written now and then, and at once when there is nothing more to wait for', async () => {
  const { store, archive } = await openArchive(1);
  const from = performance.now();
  for (let i = 0; i < 6; i += 1) {
    archive.progress('a');
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(store.writes.map(({ at }) => at - from)).toEqual([250, 550]);
  archive.progress('a');
  archive.hurry();
  expect(store.writes).toHaveLength(3);
});

test('what goes on and takes long to write is written less often', async () => {
  const { store, archive } = await openArchive(80);
  archive.touch(['a']);
  archive.hurry();
  await vi.advanceTimersByTimeAsync(80);
  const from = performance.now();
  for (let i = 0; i < 200; i += 1) {
    archive.progress('a');
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(store.writes.slice(1).map(({ at }) => at - from)).toEqual([800, 1_600]);
});

test('cells that show much again and again leave the database most of its time', async () => {
  const { store, archive } = await openArchive(2_000);
  for (let i = 0; i < 6_000; i += 1) {
    archive.touch(['a']);
    archive.hurry();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(store.writes.length).toBeGreaterThan(1);
  expect(store.writes.length).toBeLessThanOrEqual(4);
});

test('what is written now and then waits for nothing, however much that was in a burst', async () => {
  const { store, archive } = await openArchive(5);
  for (let i = 0; i < 100; i += 1) {
    archive.touch(['a']);
    archive.hurry();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(store.writes).toHaveLength(100);
});
