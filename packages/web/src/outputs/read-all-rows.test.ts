import { expect, test } from 'vitest';
import { readAllRows } from './read-all-rows.ts';
import type { FetchRows } from './table-view.tsx';

const table = (rowCount: number): FetchRows =>
  async function rowsOf({ offset = 0, limit = 100 }) {
    const count = Math.max(0, Math.min(limit, rowCount - offset));
    return { offset, rowCount, rows: Array.from({ length: count }, (_, n) => [offset + n]) };
  };
const { signal } = new AbortController();

test.each([0, 1, 999, 1_000, 1_001, 2_500])('of %i rows none is missing', async (rowCount) => {
  const rows = await readAllRows(table(rowCount), {}, signal, () => {});
  expect(rows).toEqual(Array.from({ length: rowCount }, (_, n) => [n]));
});

test('every page is asked for in the same order and filter, and told of', async () => {
  const asked: unknown[] = [];
  const told: number[] = [];
  const query = { sort: 1, descending: true, filter: 'x' };
  const spied: FetchRows = (page, stop) => {
    asked.push(page);
    return table(2_500)(page, stop);
  };
  await readAllRows(spied, query, signal, (count) => told.push(count));
  expect(asked).toEqual([0, 1_000, 2_000].map((offset) => ({ ...query, offset, limit: 1_000 })));
  expect(told).toEqual([1_000, 2_000]);
});

test('it ends with a table that shrinks meanwhile, and when it is told to stop', async () => {
  const shrinking: FetchRows = async ({ offset = 0 }) =>
    offset === 0 ? { offset, rowCount: 5_000, rows: [[0]] } : { offset, rowCount: 5_000, rows: [] };
  expect(await readAllRows(shrinking, {}, signal, () => {})).toEqual([[0]]);
  await expect(readAllRows(table(5_000), {}, AbortSignal.abort(), () => {})).rejects.toThrow();
});
