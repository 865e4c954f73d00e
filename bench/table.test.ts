import { describe, expect, test } from 'vitest';
import { Sample } from './sample.ts';
import {
  atLeast,
  atMost,
  p95AtMost,
  type Row,
  ratioOf,
  tableOf,
  timesLimit,
  timesPeer,
  verdictOf,
} from './table.ts';

const row: Row = {
  benchmark: 'P0',
  what: 'nothing',
  unit: 'ms',
  ours: new Sample([2, 2, 8]),
  marimo: new Sample([200]),
  jupyter: null,
  limit: new Sample([1]),
  goals: [],
};

describe('a goal', () => {
  test.each([
    ['a median at its bound', atMost(2), 'yes'],
    ['a median above it', atMost(1.9), 'no'],
    ['a median below what is asked', atLeast(2.1), 'no'],
    ['the slow ones', p95AtMost(7), 'no'],
    ['a hundred times a peer', timesPeer('marimo', 100), 'yes'],
    ['more than that', timesPeer('marimo', 101), 'no'],
    ['a peer that is not there', timesPeer('jupyter', 1), '–'],
    ['twice the limit', timesLimit(2), 'yes'],
    ['less than that', timesLimit(1.5), 'no'],
  ])('%s', (_, goal, verdict) => {
    expect(verdictOf({ ...row, goals: [goal] })).toBe(verdict);
  });

  test('what never came meets none', () => {
    for (const goal of [atMost(1), atLeast(1), p95AtMost(1)]) {
      expect(verdictOf({ ...row, ours: new Sample([]), goals: [goal] })).toBe('no');
    }
  });

  test('one that is missed outweighs one that could not be measured', () => {
    const goals = [timesPeer('jupyter', 1), atMost(1)];
    expect(verdictOf({ ...row, goals })).toBe('no');
  });
});

test('where more is better, so is the ratio', () => {
  expect(ratioOf({ ...row, rising: true }, 'marimo')).toBe(0.01);
});

test('the table says how few repeats there were, and why there are none', () => {
  const text = tableOf([{ ...row, marimo: new Sample([], 'It ended.'), jupyter: new Sample([]) }]);
  expect(text).toContain('2.00 (n 3)');
  expect(text).toMatch(/failed .* never/);
  expect(text).toContain('P0 nothing: marimo failed: It ended.');
});
