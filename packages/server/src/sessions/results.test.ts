import { expect, test } from 'vitest';
import { Results } from './results.ts';

const output = (text: string) => ({ data: { 'text/plain': text } });
const print = (text: string) => ({ stream: 'stdout' as const, text });

test('a clear takes text and outputs, at once or when either arrives', () => {
  const results = new Results();
  results.begin('a', 1);
  results.print('a', 1, print('old'));
  results.show('a', 1, output('old'));
  results.clear('a', 1, false);
  expect(results.get('a')).toMatchObject({ console: [], outputs: [] });
  results.print('a', 1, print('one'));
  results.show('a', 1, output('one'));
  results.clear('a', 1, true);
  expect(results.get('a')).toMatchObject({ console: [print('one')], outputs: [output('one')] });
  results.print('a', 1, print('two'));
  expect(results.get('a')).toMatchObject({ console: [print('two')], outputs: [] });
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
