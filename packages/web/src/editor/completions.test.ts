import { CompletionContext } from '@codemirror/autocomplete';
import { python } from '@codemirror/lang-python';
import { EditorState } from '@codemirror/state';
import { expect, test } from 'vitest';
import { pythonCompletions } from './completions.ts';

/** What is offered where `|` stands. */
async function offered(code: string, explicit = false): Promise<string[]> {
  const pos = code.indexOf('|');
  const state = EditorState.create({ doc: code.replace('|', ''), extensions: python() });
  const source = pythonCompletions(() => ['prices', 'prices_by_day', 'osmosis']);
  const result = await source(new CompletionContext(state, pos, explicit));
  return result?.options.map(({ label }) => label) ?? [];
}

test.each([
  ['pri|', 'prices'],
  ['total = pri|', 'prices'],
  ['f"{pri|}"', 'prices'],
  ['x = 1\nfor y in pri|', 'prices'],
  ['from_here = pri|', 'prices'],
  ['print(lis|)', 'list'],
  ['local_name = 1\nlocal|', 'local_name'],
  ['impor|', 'import'],
])('%s is offered %s', async (code, name) => {
  expect(await offered(code)).toContain(name);
});

test.each([
  // Whole already, a keyword or another name.
  'prices|',
  'x = None|',
  'print|',
  'import|',
  'x = 1 if y else|',
  // Names from elsewhere.
  'import os|',
  'import numpy, os|',
  'from os|',
  'from pathlib import Pat|',
  'from os import (\n    path,\n    pri|\n)',
  'try: import os|',
  // New names.
  'import pandas as p|',
  'with open(path) as p|',
  'def pri|',
  'class Pri|',
  // No names.
  'x = "pri|"',
  "x = 'pri|",
  '"""pri|"""',
  'f"pri|"',
  '# pri|',
  'x = 10|',
  'x = 1e|',
  'x = 0xf|',
  'x.pri|',
])('%s is offered nothing', async (code) => {
  expect(await offered(code)).toEqual([]);
});

test('who asks is offered what there is, the word as it stands too', async () => {
  expect(await offered('prices|', true)).toContain('prices_by_day');
  expect(await offered('x = |', true)).toContain('prices');
});
