import { expect, test } from 'vitest';
import { regroup } from './cell-groups.ts';

const order = Array.from({ length: 20 }, (_, i) => `c${i}`);
const groups = regroup([], order);

/** The key of the group that each cell is in. */
function homes(all: typeof groups): Record<string, number> {
  return Object.fromEntries(all.flatMap(({ key, cells }) => cells.map((id) => [id, key])));
}

test('cells are taken in order, eight to a group', () => {
  expect(groups.map(({ cells }) => cells.length)).toEqual([8, 8, 4]);
  expect(groups.flatMap(({ cells }) => cells)).toEqual(order);
});

test.each<[what: string, order: string[], elsewhere: string[]]>([
  ['nothing changed', order, []],
  ['one was added in the middle', order.toSpliced(10, 0, 'new'), []],
  ['one was added first', ['new', ...order], []],
  ['the first of a group was deleted', order.toSpliced(8, 1), []],
  ['a whole group was deleted', order.toSpliced(8, 8), []],
  ['one went down', [...order.slice(1, 15), 'c0', ...order.slice(15)], ['c0']],
  ['one went up', ['c0', 'c15', ...order.slice(1, 15), ...order.slice(16)], ['c15']],
  ['one changed places across a border', order.toSpliced(7, 2, 'c8', 'c7'), ['c8']],
])('when %s, the others stay where they were', (_, changed, elsewhere) => {
  const after = regroup(groups, changed);
  expect(after.flatMap(({ cells }) => cells)).toEqual(changed);
  expect(new Set(after.map(({ key }) => key)).size).toBe(after.length);
  const before = homes(groups);
  const moved = Object.entries(homes(after)).filter(
    ([id, key]) => id in before && key !== before[id],
  );
  expect(moved.map(([id]) => id)).toEqual(elsewhere);
});

test('groups that did not change are the same objects', () => {
  expect(regroup(groups, order.toSpliced(10, 0, 'new'))[0]).toBe(groups[0]);
});

test('a group that grows without end is cut', () => {
  let all = groups;
  let longer = order;
  for (let i = 0; i < 40; i++) {
    longer = longer.toSpliced(4, 0, `n${i}`);
    all = regroup(all, longer);
    expect(all.flatMap(({ cells }) => cells)).toEqual(longer);
  }
  expect(Math.max(...all.map(({ cells }) => cells.length))).toBeLessThanOrEqual(17);
});
