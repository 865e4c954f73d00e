import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lateModule } from './late-module.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a part that could not be loaded is tried again while somebody waits for it', async () => {
  const load = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(new Error('offline'))
    .mockRejectedValueOnce(new Error('offline'))
    .mockResolvedValue('loaded');
  const part = lateModule(load);
  const told = vi.fn();
  const leave = part.subscribe(told);
  part.load();
  part.load();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(load).toHaveBeenCalledTimes(3);
  expect(told).toHaveBeenCalledTimes(1);
  expect(part.get()).toBe('loaded');
  leave();
});

test('a part that nobody waits for any more is left alone until it is wanted again', async () => {
  const load = vi.fn<() => Promise<string>>().mockRejectedValue(new Error('offline'));
  const part = lateModule(load);
  const leave = part.subscribe(() => {});
  part.load();
  leave();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(load).toHaveBeenCalledTimes(1);
  part.load();
  expect(load).toHaveBeenCalledTimes(2);
});
