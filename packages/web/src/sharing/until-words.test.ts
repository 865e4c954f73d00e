import { expect, test } from 'vitest';
import { untilWords } from './until-words.ts';

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
