/** A notebook with a real kernel whose folder has modules in it that are edited while it is open. */
import { mkdir, mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cell, Mode } from '@rnb/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PythonNotebook } from '../../test/python-notebook.ts';

let folder: string;
let notebook: PythonNotebook;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rnb-local-'));
});
afterEach(async () => {
  await notebook.close();
  await rm(folder, { recursive: true });
});

async function write(path: string, ...lines: string[]): Promise<void> {
  const full = join(folder, path);
  await mkdir(join(full, '..'), { recursive: true });
  await writeFile(`${full}~`, `${lines.join('\n')}\n`);
  await rename(`${full}~`, full);
}

async function run(codes: string[], mode: Mode = 'auto'): Promise<void> {
  notebook = await PythonNotebook.open(folder, codes, mode);
}

const cells = (): Cell[] => notebook.cells();
const printed = (): string[] => notebook.printed();

function runs(): (number | null)[] {
  return cells().map((cell) => cell.run);
}

/** Resolves once the cells are so, and the notebook rests. */
async function until(isSo: () => boolean): Promise<void> {
  const heard = Promise.withResolvers<void>();
  const stop = notebook.session.subscribe({
    onEvents: () => {
      if (isSo()) heard.resolve();
    },
    onUpdate: () => {},
    onClose: () => heard.reject(new Error('the session was closed')),
  });
  if (isSo()) heard.resolve();
  await heard.promise;
  stop();
  await notebook.session.whenAtRest(20_000);
}

test('cells that import a changed module follow, with their readers and no others', async () => {
  await write('base.py', 'def rate():', '    return 2');
  await write('mylib.py', 'import base', 'def price(x):', '    return x * base.rate()');
  await run(['import mylib', 'n = 10', 'print(mylib.price(n))', 'import json; print(n)']);
  expect(printed()).toEqual(['', '', '20', '10']);
  const before = runs();
  await write('mylib.py', 'import base', 'def price(x):', '    return x * base.rate() + 1');
  await until(() => printed()[2] === '21');
  await write('base.py', 'def rate():', '    return 3');
  await until(() => printed()[2] === '31');
  expect([runs()[1], runs()[3]]).toEqual([before[1], before[3]]);
});

test('a function that is imported by name, from a package', async () => {
  await write('shop/__init__.py', 'from .prices import price');
  await write('shop/prices.py', 'def price(x):', '    return x');
  await run(['from shop import price', 'print(price(1))']);
  await write('shop/prices.py', 'def price(x):', '    return -x');
  await until(() => printed()[1] === '-1');
});

test('a value that comes out the same again runs no reader', async () => {
  await write('mylib.py', 'x = 1');
  await run(['import time', 'from mylib import x', 'print(x, time.monotonic_ns())']);
  const before = printed();
  const ran = runs();
  await write('mylib.py', 'x = 1', 'y = 2');
  await until(() => runs()[1] !== ran[1]);
  expect(printed()).toEqual(before);
});

test('a syntax error in a module is the error of the cell that imports it, and heals', async () => {
  await write('mylib.py', 'x = 1');
  await run(['import mylib', 'print(mylib.x)', 'print("aside")']);
  const before = runs();
  await write('mylib.py', 'x = = 1');
  await until(() => cells()[0]?.status === 'error');
  expect(cells()[0]?.error).toMatchObject({ name: 'SyntaxError' });
  expect(cells()[1]?.status).toBe('blocked');
  await write('mylib.py', 'x = 2');
  await until(() => printed()[1] === '2');
  expect(runs()[2]).toBe(before[2]);
});

test('a module that is missing and comes, and goes again', async () => {
  await run(['import mylib; print(mylib.x)']);
  expect(cells()[0]?.error).toMatchObject({ name: 'ModuleNotFoundError' });
  await write('mylib.py', 'x = 1');
  await until(() => printed()[0] === '1');
  await unlink(join(folder, 'mylib.py'));
  await until(() => cells()[0]?.status === 'error');
});

test('in lazy mode what imports it is stale and nothing runs', async () => {
  await write('mylib.py', 'x = 1');
  await run(['import mylib', 'print(mylib.x)', 'print("aside")'], 'lazy');
  const before = runs();
  await write('mylib.py', 'x = 2');
  await until(() => cells()[0]?.status === 'stale');
  expect(cells().map(({ status }) => status)).toEqual(['stale', 'stale', 'success']);
  expect(runs()).toEqual(before);
  await notebook.session.run('stale');
  await until(() => printed()[1] === '2');
});
