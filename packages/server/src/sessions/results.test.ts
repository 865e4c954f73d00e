import { expect, test } from 'vitest';
import { Results } from './results.ts';

const output = (text: string) => ({ data: { 'text/plain': text } });
const print = (text: string) => ({ stream: 'stdout' as const, text });

test('a clear takes text and outputs', () => {
  const results = new Results();
  results.begin('a', 1);
  results.print('a', 1, print('old'));
  results.show('a', 1, output('old'));
  expect(results.clear('a', 1)).toEqual({ type: 'cell_clear', cell: 'a', run: 1 });
  expect(results.get('a')).toMatchObject({ console: [], outputs: [] });
});

test('a run that follows a silent one belongs to itself', () => {
  const results = new Results();
  results.begin('a', 1);
  results.begin('a', 2);
  expect(results.print('a', 1, print('late'))).toBeNull();
  results.print('a', 2, print('in time'));
  results.begin('a', 3);
  expect(results.get('a')).toEqual({ id: 'a', run: 3, console: [], outputs: [], error: null });
});

/** Results of one run as `write` makes them: `a` prints a to stdout, `!a` to stderr, `[a]` shows, `[id=a]` under an id. */
function shownBy(steps: string[]): Results {
  const results = new Results();
  results.begin('a', 1);
  for (const step of steps) {
    const display = /^\[(?:(.*)=)?(.*)\]$/s.exec(step);
    if (step === 'clear') results.clear('a', 1);
    else if (display !== null) {
      const [, displayId, text = ''] = display;
      results.show('a', 1, { ...output(text), ...(displayId && { displayId }) });
    } else if (step.startsWith('!')) {
      results.print('a', 1, { stream: 'stderr', text: step.slice(1) });
    } else results.print('a', 1, print(step));
  }
  return results;
}

const placesOf = (results: Results) =>
  results.get('a')?.outputs.map(({ after }) => [after?.stdout, after?.stderr]);

test.each([
  ['text goes on around outputs', ['ab', '[x]', '[y]', 'cd', '[z]'], [2, 0, 2, 0, 4, 0]],
  ['streams are counted apart', ['a', '!bc', '[x]', '!d', 'e', '[y]'], [1, 2, 2, 3]],
  ['what replaces an output has its place', ['a', '[p=1]', 'b', '[x]', '[p=2]'], [1, 0, 2, 0]],
  ['a clear begins anew', ['abc', '[x]', 'clear', 'd', '[y]'], [1, 0]],
  ['a character beyond the first plane is two units', ['😀', '[x]', '\ud83d', '[y]'], [2, 0, 3, 0]],
  ['a carriage return is a character', ['a\rb\x1b[1m', '[x]'], [7, 0]],
])('S12: %s', (_, steps, places) => {
  expect(placesOf(shownBy(steps))?.flat()).toEqual(places);
});

test('S12: places are those of the text that is kept, however much a kernel sends', () => {
  const results = shownBy(['x'.repeat(1_500_000), '[a]', 'y'.repeat(1_500_000), '[b]', 'z', '[c]']);
  const { console = [] } = results.get('a') ?? {};
  const length = console[0]?.text.length ?? 0;
  expect(length).toBeLessThan(2_000_001);
  expect(placesOf(results)).toEqual([
    [1_500_000, 0],
    [length, 0],
    [length, 0],
  ]);
});

test('S12: once text was left out, none is kept after it, of whatever stream, until a clear', () => {
  const most = 'x'.repeat(1_999_900);
  // There is room for a little more of stdout, but for no part of stderr.
  const steps = [most, '!lost', 'lost too', '!lost as well', '[a]'];
  const { console = [], outputs = [] } = shownBy(steps).get('a') ?? {};
  const notice = '\n[Output cut: what this run printed after this was left out.]\n';
  expect(console).toEqual([print(most), { stream: 'stderr', text: notice }]);
  expect(outputs[0]?.after).toEqual({ stdout: most.length, stderr: notice.length });
  expect(shownBy([...steps, 'clear', 'new']).get('a')?.console).toEqual([print('new')]);
});

test('S12: what fits of a text is kept, and what was left out is told to clients once', () => {
  const results = shownBy(['x'.repeat(1_999_900)]);
  const room = 2_000_000 - 1_999_900 - 64;
  expect(results.print('a', 1, print('y'.repeat(room + 1)))).toMatchObject({
    text: `${'y'.repeat(room)}\n[Output cut: what this run printed after this was left out.]\n`,
  });
  expect(results.print('a', 1, print('z'))).toBeNull();
});

test('S12: a place is counted here, whatever the kernel says, and told to clients', () => {
  const results = shownBy(['abc']);
  const claimed = { ...output('x'), after: { stdout: 0, stderr: 99 } };
  const told = { ...output('x'), after: { stdout: 3, stderr: 0 } };
  expect(results.show('a', 1, claimed)).toMatchObject({ output: told });
  expect(results.get('a')?.outputs).toEqual([told]);
});

test('S12: the notice in place of an output that is too large has its place', () => {
  const results = shownBy(['ab', `[${'x'.repeat(17 * 1024 * 1024)}]`]);
  expect(results.get('a')?.outputs).toMatchObject([{ after: { stdout: 2, stderr: 0 } }]);
});

test('S12: places go on from where a restored run was; what had none keeps none', () => {
  const results = new Results();
  const old = { ...output('old'), displayId: 'p' };
  const console = [print('abc'), { stream: 'stderr' as const, text: 'd' }];
  results.restore({ id: 'a', run: 1, console, outputs: [old], error: null });
  results.show('a', 1, { ...output('new'), displayId: 'p' });
  results.show('a', 1, output('next'));
  expect(placesOf(results)).toEqual([
    [undefined, undefined],
    [3, 1],
  ]);
});
