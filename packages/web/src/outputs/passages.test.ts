import type { ConsoleText, ShownOutput } from '@rnb/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { named, type Reading, readOn } from './console-reading.ts';
import { outputKey, passagesOf } from './passages.ts';

/** A run as the server keeps it: `a` is text on stdout, `!a` on stderr, `[]` an output, `[?]` one without a place. */
class Run {
  console: ConsoleText[] = [];
  outputs: ShownOutput[] = [];

  constructor(...steps: string[]) {
    for (const step of steps) this.do(step);
  }

  do(step: string): void {
    if (step === '[?]') this.outputs = [...this.outputs, { data: {} }];
    else if (step === '[]') {
      const length = (stream: ConsoleText['stream']) =>
        this.console.reduce(
          (sum, part) => sum + (part.stream === stream ? part.text.length : 0),
          0,
        );
      const after = { stdout: length('stdout'), stderr: length('stderr') };
      this.outputs = [...this.outputs, { data: {}, after }];
    } else {
      const stream = step.startsWith('!') ? 'stderr' : 'stdout';
      const text = stream === 'stderr' ? step.slice(1) : step;
      const last = this.console.at(-1);
      this.console =
        last?.stream === stream
          ? [...this.console.slice(0, -1), { stream, text: last.text + text }]
          : [...this.console, { stream, text }];
    }
  }

  passages() {
    return passagesOf(this.console, this.outputs);
  }
}

/** `stdout|!stderr` and the outputs' positions, passage by passage. */
function told(run: Run): (string | number[])[] {
  return run
    .passages()
    .flatMap(({ printed, outputs }) => [
      printed.map(({ stream, text }) => (stream === 'stderr' ? `!${text}` : text)).join('|'),
      [...outputs],
    ]);
}

function linesOf(reading: Reading): string[][] {
  return reading.console
    .passages()
    .map((lines) => lines.map(({ spans }) => spans.map(({ text }) => text).join('')));
}

describe('S12: text and outputs in the order in which they were shown', () => {
  test.each<[string[], (string | number[])[]]>([
    [[], []],
    [['a'], ['a', []]],
    [
      ['[]', '[]'],
      ['', [0, 1]],
    ],
    [
      ['a', '[]', 'b', '[]', '[]', 'c'],
      ['a', [0], 'b', [1, 2], 'c', []],
    ],
    [
      ['[]', 'a'],
      ['', [0], 'a', []],
    ],
    [
      ['a', '!b', '[]', '!c', 'd'],
      ['a|!b', [0], '!c|d', []],
    ],
    // From before there were places: after all text.
    [
      ['a', '[?]', 'b', '[?]'],
      ['ab', [0, 1]],
    ],
    [
      ['a', '[?]', 'b', '[]', 'c'],
      ['abc', [0, 1]],
    ],
    // Half a character, where a kernel has shown something between: nothing is lost.
    [
      ['\ud83d', '[]', '\ude00'],
      ['\ud83d', [0], '\ude00', []],
    ],
  ])('%j', (steps, expected) => expect(told(new Run(...steps))).toEqual(expected));
});

describe('S12: lines around outputs', () => {
  test.each<[string, string[], string[][]]>([
    ['a line that was begun ends', ['a', '[]', 'b\n'], [['a'], ['b']]],
    ['a progress bar begins anew', ['\r10%', '[]', '\r20%', '\r30%'], [['10%'], ['30%']]],
    ['and so does a backspace', ['ab', '[]', '\b\bc'], [['ab'], ['c']]],
    ['an ended line is not ended twice', ['a', '[]', '\n'], [['a'], []]],
    ['not even by a carriage return too', ['a', '[]', '\r\nb'], [['a'], ['b']]],
    ['nor is more than one line break taken', ['a', '[]', '\n\nb'], [['a'], ['', 'b']]],
    ['a line break behind a whole line stays', ['a\n', '[]', '\nb'], [['a'], ['', 'b']]],
    ['a sequence may go on', ['a\x1b[3', '[]', '1mb'], [['a'], ['b']]],
  ])('%s', (_, steps, expected) =>
    expect(linesOf(readOn(null, new Run(...steps).passages()))).toEqual(expected),
  );

  test('a colour goes on', () => {
    const { console } = readOn(null, new Run('\x1b[31ma', '[]', 'b').passages());
    expect(console.lines()[0]?.spans[0]?.style).toEqual({ color: 'var(--ansi-red)' });
  });
});

test('a console that is read on shows what one does that is read anew', () => {
  const step = fc.constantFrom('a', 'b\n', '!c', '!d\n', '\r', '\n', '\x1b[3', '1m', '[]', '\b');
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 12 }), (frames) => {
      const run = new Run();
      let reading: Reading | null = null;
      let first: Reading | null = null;
      for (const frame of frames) {
        for (const one of frame) run.do(one);
        reading = readOn(reading, run.passages());
        first ??= reading;
        expect(reading.console.passages()).toEqual(readOn(null, run.passages()).console.passages());
        expect(reading.console).toBe(first.console);
      }
    }),
  );
});

test('another run is read anew, also where it begins as the last did', () => {
  for (const [before, now] of [
    [
      ['a', '[]', 'b'],
      ['a', 'b', '[]'],
    ],
    [
      ['a', '[]', 'b'],
      ['ax', '[]', 'b'],
    ],
    [
      ['a', '!b'],
      ['ax', '!by'],
    ],
    [
      ['a', '[]', 'b', '[]', 'c'],
      ['a', '[]', 'bc', '[]', 'c'],
    ],
    [
      ['a', '[]', 'b'],
      ['a', '!x', '[]', 'b'],
    ],
    [['a', 'b'], ['a']],
  ] as const) {
    const passages = new Run(...now).passages();
    const reading = readOn(readOn(null, new Run(...before).passages()), passages);
    expect(linesOf(reading)).toEqual(linesOf(readOn(null, passages)));
  }
});

test.each<[string[], string[]]>([
  [['a'], ['Printed output']],
  [
    ['a', '[]', 'b', '[]', 'c'],
    ['Printed output, part 1', 'Printed output, part 2', 'Printed output, part 3'],
  ],
  // What draws nothing is not counted.
  [
    ['a', '[]', '\n', '[]', 'b'],
    ['Printed output, part 1', 'Printed output, part 2'],
  ],
  [['a', '[]', '\n'], ['Printed output']],
])('of %j each text that is drawn has a name of its own', (steps, expected) => {
  const texts = named(readOn(null, new Run(...steps).passages()).console.passages());
  const drawn = texts.filter(({ lines }) => lines.length > 0);
  expect(drawn.map(({ name }) => name)).toEqual(expected);
});

test('an output is told from one whose id is the place of the other', () => {
  expect(outputKey({ displayId: '1' }, 0)).not.toBe(outputKey({}, 1));
  expect(outputKey({ displayId: 'at 1' }, 0)).not.toBe(outputKey({}, 1));
  expect(outputKey({}, 0)).not.toBe(outputKey({}, 1));
});
