import { type CellRunState, statusEvents } from '@rnb/protocol';
import { expect, test } from 'vitest';
import { RunStateStore } from '../client/run-state.ts';
import { watchDeciding } from './watch-deciding.ts';

const stale = (id: string, from: string): CellRunState => ({
  id,
  status: 'stale',
  run: 1,
  live: true,
  staleBecause: { kind: 'input', name: `of ${from}`, cell: from },
});
const fresh = (id: string): CellRunState => ({ id, status: 'success', run: 2, live: true });

/** A store that knows these, a watch of the last of them, and what to tell the store. */
function watching(...states: CellRunState[]) {
  const store = new RunStateStore();
  store.applyEvents(statusEvents(states));
  let told = 0;
  const end = watchDeciding(store, states.at(-1) ?? fresh('none'), () => {
    told += 1;
  });
  const hear = async (...changed: CellRunState[]) => {
    store.applyEvents(statusEvents(changed));
    await Promise.resolve();
    return told;
  };
  return { hear, end };
}

test('all cells through which a change came are watched, a frame counts once, others do not', async () => {
  const { hear } = watching(fresh('a'), stale('b', 'a'), stale('c', 'b'), stale('d', 'c'));
  expect(await hear(fresh('z'))).toBe(0);
  expect(await hear({ ...fresh('a'), run: 3 })).toBe(1);
  expect(await hear(fresh('b'), fresh('c'), { ...fresh('a'), run: 4 })).toBe(2);
  // Now the change is of `c` itself; what lies above it decides no more.
  expect(await hear({ ...fresh('a'), run: 5 })).toBe(2);
  expect(await hear({ ...fresh('c'), run: 6 })).toBe(3);
});

test('the cell that blocks is watched, until nobody wants to know', async () => {
  const blocked: CellRunState = { ...fresh('b'), status: 'blocked', blockedBy: 'a' };
  const { hear, end } = watching(fresh('a'), blocked);
  expect(await hear({ ...fresh('a'), status: 'disabled' })).toBe(1);
  const last = hear(fresh('a'));
  end();
  expect(await last).toBe(1);
  expect(await hear({ ...fresh('a'), run: 7 })).toBe(1);
});
