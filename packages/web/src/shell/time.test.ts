import { expect, test } from 'vitest';
import { duration, relativeTime } from './time.ts';

test.each([
  [0, '<1 ms'],
  [1, '1 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [1_250, '1.3 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 min 0 s'],
  [125_000, '2 min 5 s'],
  [3_725_000, '1 h 2 min'],
])('%d ms is written %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

const minute = 60_000;
test.each([
  [-minute, 'just now'],
  [59_000, 'just now'],
  [minute, '1 minute ago'],
  [59 * minute, '59 minutes ago'],
  [60 * minute, '1 hour ago'],
  [24 * 60 * minute, 'yesterday'],
  [8 * 24 * 60 * minute, 'last week'],
  [400 * 24 * 60 * minute, 'last year'],
])('%d ms ago is called %s', (passed, text) => {
  expect(relativeTime(1e12, 1e12 + passed)).toBe(text);
});
