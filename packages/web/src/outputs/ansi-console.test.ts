import { describe, expect, test } from 'vitest';
import { maxLineLength, openAnsiConsole } from './ansi-console.ts';

function show(text: string) {
  const console = openAnsiConsole();
  console.write({ stream: 'stdout', text });
  return console.lines();
}
const texts = (text: string) =>
  show(text).map((line) => line.spans.map((span) => span.text).join(''));
const styled = (text: string) => show(text)[0]?.spans.at(-1)?.style;

describe('lines', () => {
  test.each([
    ['one\ntwo', ['one', 'two']],
    ['10%\r20%', ['20%']],
    ['long\rab', ['abng']],
    ['long\r\x1b[Kab', ['ab']],
    ['abc\b\bX', ['aXc']],
    ['\b\bX', ['X']],
    ['a\r\nb', ['a', 'b']],
    ['a\tb', ['a       b']],
    ['', []],
    ['\n\n', ['', '']],
  ])('%j', (text, lines) => expect(texts(text)).toEqual(lines));
});

describe('styles', () => {
  test.each([
    ['\x1b[31mx', { color: 'var(--ansi-red)' }],
    ['\x1b[1;92mx', { bold: true, color: 'var(--ansi-bright-green)' }],
    ['\x1b[31m\x1b[0mx', {}],
    ['\x1b[31m\x1b[mx', {}],
    ['\x1b[38;5;196mx', { color: 'rgb(255 0 0)' }],
    ['\x1b[48;2;1;2;999mx', { background: 'rgb(1 2 255)' }],
    ['\x1b[>4;1mx', {}],
    ['\x1b]8;;https://example.com/\x1b\\x', { link: 'https://example.com/' }],
    ['\x1b]8;;https://example.com/\x07y\x1b]8;;\x07x', {}],
  ])('%j', (text, style) => expect(styled(text)).toEqual(style));
});

describe('hostile input', () => {
  test.each([
    ['a script as a link', '\x1b]8;;javascript:alert(1)\x07x\x1b]8;;\x07', ['x']],
    ['a link with a space', '\x1b]8;;https://a b\x07x', ['x']],
    ['a title', '\x1b]0;owned\x07x', ['x']],
    ['cursor moves', '\x1b[2J\x1b[1;1H\x1b[10Ax', ['x']],
    ['a device query', '\x1b[6n\x1bP+q544e\x1b\\x', ['x']],
    ['an open OSC ends with its line', '\x1b]8;;evil\nx', ['', 'x']],
    ['HTML', '<img src=x onerror=alert(1)>', ['<img src=x onerror=alert(1)>']],
    ['controls', 'a\x00\x07\x7f\x9bb', ['ab']],
  ])('%s', (_, text, lines) => {
    expect(texts(text)).toEqual(lines);
    expect(show(text).flatMap((line) => line.spans.map((span) => span.style.link))).not.toContain(
      expect.anything(),
    );
  });

  test('ten million escapes leave nothing', () => {
    expect(texts(`${'\x1b'.repeat(10_000_000)}[0mx`)).toEqual(['x']);
  });

  test.each(['', '\n'])('a line has an end, before %j', (end) => {
    expect(texts('x'.repeat(1_000_000) + end)[0]).toHaveLength(maxLineLength);
  });
});

test('a sequence cut anywhere reads the same', () => {
  const text = 'a\x1b[31mred\x1b[0m \x1b]8;;https://x.test\x1b\\link\x1b]8;;\x1b\\\n10%\r20%';
  for (let cut = 0; cut < text.length; cut++) {
    const console = openAnsiConsole();
    console.write({ stream: 'stdout', text: text.slice(0, cut) });
    console.write({ stream: 'stdout', text: text.slice(cut) });
    const plain = console.lines().map((line) => line.spans.map((s) => s.text).join(''));
    expect(plain).toEqual(['ared link', '20%']);
  }
});

test('whole lines read as their characters do', () => {
  const text = 'a\n\n\x1b[31mred\nstill red\n😀\tb\n\x1b[0m\rc\nd\re\nf\x07\n\x1b[1\nlast';
  const console = openAnsiConsole();
  for (const character of text) console.write({ stream: 'stdout', text: character });
  expect(show(text)).toEqual(console.lines());
  expect(texts(text)).toEqual([
    'a',
    '',
    'red',
    'still red',
    '😀       b',
    'c',
    'e',
    'f',
    '',
    'last',
  ]);
});

test('streams do not share a line', () => {
  const console = openAnsiConsole();
  console.write({ stream: 'stdout', text: 'out' });
  console.write({ stream: 'stderr', text: 'err' });
  expect(console.lines().map((line) => line.stream)).toEqual(['stdout', 'stderr']);
});
