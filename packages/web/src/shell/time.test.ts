import { expect, test } from 'vitest';
import { duration, relativeTime, untilWords } from './time.ts';

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

const now = Date.parse('2026-01-01T00:00:00Z');
test.each([
  [null, 'until revoked'],
  ['2026-01-01T00:10:00Z', 'for less than an hour'],
  ['2025-12-31T00:00:00Z', 'for less than an hour'],
  ['2026-01-01T01:00:00Z', 'for 1 more hour'],
  ['2026-01-02T00:00:00Z', 'for 24 more hours'],
  ['2026-01-08T00:00:00Z', 'for 7 more days'],
])('%s is %s', (expiresAt, words) => {
  expect(untilWords(expiresAt, now)).toBe(words);
});
