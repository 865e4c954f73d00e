import { expect, test } from 'vitest';
import { alternate, quantile, withinLimit } from './sample.ts';

const rounds = { warmUps: 2, repeats: 4, budgetMs: 60_000 };

test('contestants take turns, and warm-ups count for nothing', async () => {
  const turns: string[] = [];
  const repeat = (name: string) => async (round: number) => {
    turns.push(`${name}${round}`);
    return round;
  };
  const { a, b } = await alternate({ a: repeat('a'), b: repeat('b') }, rounds);
  expect(turns.slice(0, 4)).toEqual(['a0', 'b0', 'a1', 'b1']);
  expect(a?.values).toEqual([2, 3, 4, 5]);
  expect(b?.values).toEqual([2, 3, 4, 5]);
});

test('one that fails drops out with its reason, and the others go on', async () => {
  let calls = 0;
  const { good, bad, absent } = await alternate(
    {
      good: async () => 1,
      bad: async () => {
        calls += 1;
        throw new Error('broken');
      },
      absent: null,
    },
    rounds,
  );
  expect(good?.values).toHaveLength(4);
  expect(bad).toMatchObject({ values: [], failure: 'broken' });
  expect(calls).toBe(1);
  expect(absent).toBeNull();
});

test('one that has used up its time stops after three', async () => {
  const { slow } = await alternate({ slow: async () => 1 }, { ...rounds, budgetMs: -1 });
  expect(slow?.values).toHaveLength(3);
});

test('what never ends is given up', async () => {
  await expect(withinLimit(new Promise(() => {}), 1)).rejects.toThrow('It took longer than');
});

test('a quantile is a value that was measured', () => {
  expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3);
  expect(quantile([5, 1, 4, 2, 3], 0.95)).toBe(5);
  expect(quantile([1, 2], 0.5)).toBe(1);
});
