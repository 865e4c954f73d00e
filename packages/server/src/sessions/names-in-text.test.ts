/** Names that libraries look up from text, in a notebook with a real kernel (R1.6). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PythonNotebook } from '../../test/python-notebook.ts';

let folder: string;
let notebook: PythonNotebook;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rnb-texts-'));
});
afterEach(async () => {
  await notebook.close();
  await rm(folder, { recursive: true });
});

async function rewrite(cell: string, code: string): Promise<void> {
  await notebook.session.edit((document) => document.setCode(cell, code));
  await notebook.session.commit([cell]);
  await notebook.session.whenAtRest(20_000);
}

const pandas = "import pandas as pd; df = pd.DataFrame({'p': [1, 2, 3]})";
const polars = "import polars as pl; df = pl.DataFrame({'p': [1, 2, 3]})";

const cases: [name: string, cells: string[], rewritten: string, before: string, after: string][] = [
  [
    'pandas: query',
    ['limit = 2', pandas, "print(list(df.query('p > @limit').p))"],
    'limit = 1',
    '[3]',
    '[2, 3]',
  ],
  [
    'pandas: eval of a frame, with a function that needs another name',
    ['k = 2', pandas, 'def f(x): return x * k', "print(list(df.eval('@f(p)')))"],
    'k = 3',
    '[2, 4, 6]',
    '[3, 6, 9]',
  ],
  ['pandas: eval', ['a = 1', pandas, "print(pd.eval('a + 1'))"], 'a = 2', '2', '3'],
  [
    'a query in a function',
    [
      'limit = 2',
      pandas,
      "def above(df): return df.query('p > @limit')",
      'print(list(above(df).p))',
    ],
    'limit = 1',
    '[3]',
    '[2, 3]',
  ],
  [
    'a query that another cell wrote',
    ['limit = 2', pandas, "q = 'p > @limit'", 'print(list(df.query(q).p))'],
    'limit = 1',
    '[3]',
    '[2, 3]',
  ],
  [
    'polars: SQL',
    [
      'top = 2',
      polars,
      'low = df.filter(pl.col("p") <= top)',
      `print(pl.sql('select df.p from df join low using (p) order by p').collect()['p'].to_list())`,
    ],
    'top = 1',
    '[1, 2]',
    '[1]',
  ],
  [
    'format with the namespace',
    ['x = 1', 'y = 2', "print('{x} {y}'.format(**globals()))"],
    'x = 3',
    '1 2',
    '3 2',
  ],
  [
    'timeit with the namespace',
    ['x = [1]', 'import timeit', "timeit.timeit('print(x)', number=1, globals=globals())"],
    'x = [2]',
    '[1]',
    '[2]',
  ],
];

test.each(cases)('%s', async (_, codes, rewritten, before, after) => {
  notebook = await PythonNotebook.open(folder, codes);
  expect(notebook.printed().at(-1)).toBe(before);
  await rewrite('c0', rewritten);
  expect(notebook.printed().at(-1)).toBe(after);
});

test('what a text mentions is not taken from below', async () => {
  notebook = await PythonNotebook.open(folder, [
    pandas,
    "df.query('p > @limit')",
    'limit = len(df)',
  ]);
  expect(notebook.cells().map(({ status }) => status)).toEqual(['success', 'error', 'success']);
  const before = notebook.cells()[1]?.run;
  await rewrite('c2', 'limit = 1');
  expect(notebook.cells()[1]?.run).toBe(before);
});
