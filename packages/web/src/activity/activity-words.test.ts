import type { AuditAction } from '@rnb/protocol';
import { expect, test, vi } from 'vitest';
import { activityWords, byDay } from './activity-words.ts';

test.each<[AuditAction, string, string]>([
  ['cells_run', 'all', 'ran all cells'],
  ['cells_run', 'stale', 'ran the stale cells'],
  ['cells_run', 'edited', 'ran what they wrote'],
  ['cells_run', '1 by name', 'ran a cell'],
  ['cells_run', '12 by name', 'ran 12 cells'],
  [
    'member_added',
    'Ann (ann@example.org) as viewer',
    'shared it with Ann (ann@example.org) as viewer',
  ],
  ['member_left', '', 'left'],
])('%s %j', (action, detail, words) => {
  expect(activityWords({ action, detail })).toBe(words);
});

test('events are told by the day on which they were', () => {
  const at = (day: number) => ({ at: new Date(2026, 0, day, 12).toISOString() });
  const events = [at(10), at(10), at(9), at(7)];
  const days = byDay(events, new Date(2026, 0, 10, 15));
  expect(days.map(({ label }) => label)).toEqual([
    'Today',
    'Yesterday',
    expect.stringMatching(/^Wednesday.* 7 January 2026$/),
  ]);
  expect(days.map(({ events: ofDay }) => ofDay.length)).toEqual([2, 1, 1]);
});

test('yesterday is the day before, also where that had 23 hours', async () => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  vi.resetModules();
  const there = await import('./activity-words.ts');
  const events = [{ at: '2026-03-29T10:00:00Z' }, { at: '2026-03-28T10:00:00Z' }];
  const days = there.byDay(events, new Date('2026-03-29T22:30:00Z'));
  vi.unstubAllEnvs();
  expect(days.map(({ label }) => label)).toEqual([
    'Yesterday',
    expect.stringMatching(/^Saturday.* 28 March 2026$/),
  ]);
});
