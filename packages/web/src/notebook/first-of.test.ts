import { expect, test } from 'vitest';
import { firstOf } from './first-of.ts';

test.each([
  [0, 0],
  [12, 12],
  [14, 14],
  [15, 12],
  [300, 12],
])('of %i names %i are shown', (count, shown) => {
  const names = Array.from({ length: count }, (_, at) => `name${at}`);
  expect(firstOf(names)).toEqual(names.slice(0, shown));
});
