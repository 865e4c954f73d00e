import { KernelEvent } from '@rnb/protocol';
import { expect, test } from 'vitest';
import { parseEvents } from './parse-events.ts';

const events: unknown[] = [
  { type: 'started', cell: 'a', run: 1, at: 5 },
  { type: 'started', cell: 'a', run: 1, at: '5' },
  { type: 'started', cell: 'a b', run: 1, at: 5 },
  { type: 'started', cell: 'a', run: -1, at: 5 },
  { type: 'started', cell: 'a', run: 1.5, at: 5 },
  { type: 'stream', cell: 'a', run: 1, stream: 'stdout', text: 'x' },
  { type: 'stream', cell: 'a', run: 1, stream: 'stdin', text: 'x' },
  { type: 'stream', cell: 'a', run: 1, stream: 'stderr', text: 1 },
  { type: 'done', cell: 'a', run: 1, outcome: 'ok', durationMs: 0.5 },
  { type: 'done', cell: 'a', run: 1, outcome: 'skipped' },
  { type: 'done', cell: 'a', run: 1, outcome: 'fine' },
  { type: 'done', cell: 'a', run: 1, outcome: 'ok', durationMs: null },
  { type: 'done', cell: 'a', run: 1, outcome: 'ok', durationMs: 1, extra: true },
  { type: 'output', cell: 'a', run: 1, output: { data: { 'text/plain': '1' } } },
  { type: 'batch_done', batch: 1 },
  { type: 'nonsense' },
  null,
  'text',
];

test.each(events.map((event) => [JSON.stringify(event), event]))(
  'reads %s as the schema does',
  (_, event) => {
    const expected = KernelEvent.safeParse(event);
    const read = (): KernelEvent[] => parseEvents({ events: [event] });
    if (expected.success) expect(read()).toEqual([expected.data]);
    else expect(read).toThrow();
  },
);

test.each([null, [], {}, { events: {} }])('refuses the frame %j', (frame) => {
  expect(() => parseEvents(frame)).toThrow();
});
