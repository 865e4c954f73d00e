import type { RunTarget } from '@rnb/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PlanPreview, planWords } from './plan-preview.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A server that answers when told to, and a page on which nothing moves unless told to. */
function world() {
  const asked: { target: RunTarget; signal: AbortSignal; answer: (cells: string[]) => void }[] = [];
  const listeners = new Set<() => void>();
  const preview = new PlanPreview({
    plan: (target, signal) =>
      new Promise((answer) => {
        asked.push({ target, signal, answer });
      }),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  return {
    asked,
    listeners,
    preview,
    change: () => {
      for (const listener of listeners) listener();
    },
    shown: () => {
      const plan = preview.shown.get();
      return plan && [...plan.cells];
    },
    answer: async (index: number, ...cells: string[]) => {
      asked[index]?.answer(cells);
      await vi.advanceTimersByTimeAsync(0);
    },
    rest: () => vi.advanceTimersByTimeAsync(200),
  };
}

test('a pointer in passing asks nothing', async () => {
  const { asked, preview, rest } = world();
  preview.aim(['a'], false);
  preview.leave(['a']);
  await rest();
  expect(asked).toEqual([]);
});

test('a control that keeps the pointer shows what would run, until it is left', async () => {
  const { preview, listeners, shown, answer, rest } = world();
  preview.aim(['a'], true);
  await rest();
  expect(shown()).toBeNull();
  await answer(0, 'a', 'b');
  expect(shown()).toEqual(['a', 'b']);
  expect(preview.shown.get()?.byKeyboard).toBe(true);
  // Of another control.
  preview.leave('all');
  expect(shown()).toEqual(['a', 'b']);
  preview.leave(['a']);
  expect(shown()).toBeNull();
  expect(listeners.size).toBe(0);
});

test('an answer that comes when the control was left is not shown', async () => {
  const { asked, preview, shown, answer, rest } = world();
  preview.aim(['a'], false);
  await rest();
  preview.leave(['a']);
  expect(asked[0]?.signal.aborted).toBe(true);
  await answer(0, 'a');
  expect(shown()).toBeNull();
});

test('while the notebook changes it is asked again, once, and nothing flickers', async () => {
  const { asked, preview, shown, answer, change, rest } = world();
  preview.aim('all', false);
  await rest();
  await answer(0, 'a');
  change();
  change();
  await rest();
  expect(asked).toHaveLength(2);
  expect(shown()).toEqual(['a']);
  await answer(1, 'a', 'b');
  expect(shown()).toEqual(['a', 'b']);
});

test.each([
  [0, 'Nothing to run'],
  [1, 'Runs 1 cell'],
  [4, 'Runs 4 cells'],
])('%i cells are told as %s', (count, words) => {
  const cells = new Set(Array.from({ length: count }, (_, index) => `c${index}`));
  expect(planWords({ target: 'all', cells, byKeyboard: false })).toBe(words);
});
