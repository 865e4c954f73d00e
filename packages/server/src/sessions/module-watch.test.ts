import { mkdir, mkdtemp, rename, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AnalysisResult } from '@rnb/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ModuleWatch } from './module-watch.ts';

let folder: string;
let modules: ModuleWatch;
/** Cells that were told to have changed, and nobody has taken yet. */
let told: string[][];
let tell: () => void;
let analysed: string[];
let hold: Promise<void> | undefined;
const errors: unknown[] = [];

const nothing = { reads: [], defines: [], mutates: [], deferred: {}, carries: {} };

/** Reads `a b` as a module that imports a and b; `!` is a syntax error. */
const analyser = {
  async analyse(sources: { source: string }[]): Promise<AnalysisResult[]> {
    analysed.push(...sources.map(({ source }) => source));
    await hold;
    return sources.map(({ source }) =>
      source === '!'
        ? { ok: false, fault: { message: 'invalid syntax', line: 1, column: 1 } }
        : { ok: true, analysis: nothing, imports: source.split(' ') },
    );
  },
  close: async (): Promise<void> => {},
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rnb-modules-'));
  told = [];
  tell = () => {};
  analysed = [];
  hold = undefined;
  modules = new ModuleWatch({
    folder,
    analyser,
    onChange: (cells) => {
      told.push(cells.sort());
      tell();
    },
    onError: (error) => errors.push(error),
  });
});
afterEach(async () => {
  await modules.close();
  await rm(folder, { recursive: true });
  expect(errors).toEqual([]);
});

/** As careful editors do: beside it, then in its place. */
async function write(path: string, text: string): Promise<void> {
  const full = join(folder, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(`${full}~`, text);
  await rename(`${full}~`, full);
}

async function nextChange(): Promise<string[]> {
  while (told.length === 0) {
    const heard = Promise.withResolvers<void>();
    tell = heard.resolve;
    await heard.promise;
  }
  return told.shift() ?? [];
}

/** Follows these, and waits until what is there has been looked at. */
async function follow(cells: Record<string, string[]>): Promise<void> {
  for (const [cell, imports] of Object.entries(cells)) modules.follow(cell, imports);
  modules.follow('marker', ['marker']);
  await settle();
}

let marks = 0;
/** All that was done to the folder before has been told of when this resolves, as a cell with a module of its own is. */
async function settle(): Promise<void> {
  marks += 1;
  const marker = join(folder, 'marker.py');
  await writeFile(`${marker}~`, `mark${marks}`);
  // Ahead of every clock, so that it counts as changed even where the first look finds it there.
  await utimes(`${marker}~`, 10_000_000_000, 10_000_000_000);
  await rename(`${marker}~`, marker);
  const before: string[][] = [];
  for (let cells = await nextChange(); ; cells = await nextChange()) {
    const others = cells.filter((cell) => cell !== 'marker');
    if (others.length > 0) before.push(others);
    if (cells.includes('marker')) break;
  }
  told.unshift(...before);
}

test('a module that changes, goes and comes back concerns the cells that import it', async () => {
  await write('a.py', 'x');
  await follow({ c0: ['a'], c1: ['a.b', 'numpy'], c2: ['numpy'] });
  await write('a.py', 'y');
  expect(await nextChange()).toEqual(['c0', 'c1']);
  await unlink(join(folder, 'a.py'));
  expect(await nextChange()).toEqual(['c0', 'c1']);
  await write('a.py', 'y');
  expect(await nextChange()).toEqual(['c0', 'c1']);
});

test('a file that is written in place is seen, and one that does not exist yet', async () => {
  await follow({ c0: ['a'] });
  await writeFile(join(folder, 'a.py'), 'x');
  expect(await nextChange()).toEqual(['c0']);
  await writeFile(join(folder, 'a.py'), 'y');
  expect(await nextChange()).toEqual(['c0']);
});

test('a change reaches cells through other modules, also through one with a syntax error', async () => {
  await write('a.py', 'b');
  await write('b.py', 'c');
  await write('c.py', 'x');
  await follow({ c0: ['a'], c1: ['b'], c2: ['x'] });
  await write('c.py', 'y');
  expect(await nextChange()).toEqual(['c0', 'c1']);
  await write('b.py', '!');
  expect(await nextChange()).toEqual(['c0', 'c1']);
  await write('c.py', 'z');
  expect(await nextChange()).toEqual(['c0', 'c1']);
  // What is imported anew is followed from then on, what no longer is, is not.
  await write('b.py', 'd');
  expect(await nextChange()).toEqual(['c0', 'c1']);
  await write('c.py', 'y');
  await settle();
  expect(told).toEqual([]);
  await write('d.py', 'x');
  expect(await nextChange()).toEqual(['c0', 'c1']);
});

test('all files of a package count, in folders that come later or are replaced too', async () => {
  await write('p/__init__.py', '.one');
  await write('p/one.py', 'x');
  await follow({ c0: ['p'] });
  await write('p/one.py', 'y');
  expect(await nextChange()).toEqual(['c0']);
  await write('p/deep/er/two.py', 'x');
  await settle();
  expect(told.flat()).toContain('c0');
  told = [];
  await write('p/deep/er/two.py', 'y');
  expect(await nextChange()).toEqual(['c0']);
  await write('q/__init__.py', 'z');
  await rm(join(folder, 'p'), { recursive: true });
  await rename(join(folder, 'q'), join(folder, 'p'));
  await settle();
  expect(told.flat()).toContain('c0');
  told = [];
  await write('p/__init__.py', 'x');
  expect(await nextChange()).toEqual(['c0']);
});

test('the same text written again, other files and modules that nobody imports concern nobody', async () => {
  await write('a.py', 'x');
  await write('p/__init__.py', 'x');
  await follow({ c0: ['a', 'p'] });
  analysed = [];
  await write('a.py', 'x');
  await utimes(join(folder, 'a.py'), 1, 1);
  await write('b.py', 'x');
  await write('data.csv', 'x');
  await write('p/data.csv', 'x');
  await write('p/__pycache__/one.py', 'x');
  await settle();
  expect(told).toEqual([]);
  expect(analysed.filter((source) => !source.startsWith('mark'))).toEqual([]);
});

test('a cell that changes its imports or goes is no longer told', async () => {
  await write('a.py', 'x');
  await follow({ c0: ['a'], c1: ['a'], c2: ['a'] });
  modules.follow('c0', ['b']);
  modules.follow('c1', []);
  await write('a.py', 'y');
  expect(await nextChange()).toEqual(['c2']);
});

test('what changes while a first look is under way is not missed', async () => {
  await write('a.py', 'x');
  const analysing = Promise.withResolvers<void>();
  hold = analysing.promise;
  modules.follow('c0', ['a']);
  while (analysed.length === 0) await new Promise(setImmediate);
  await write('a.py', 'y');
  analysing.resolve();
  expect(await nextChange()).toEqual(['c0']);
});

test('a file written after a cell was followed counts as changed, though the first look found it so', async () => {
  await write('a.py', 'x');
  await utimes(join(folder, 'a.py'), 10_000_000_000, 10_000_000_000);
  modules.follow('c0', ['a']);
  expect(await nextChange()).toEqual(['c0']);
});

test('once closed it tells nothing', async () => {
  await write('a.py', 'x');
  await follow({ c0: ['a'] });
  await write('a.py', 'y');
  await modules.close();
  modules.follow('c1', ['a']);
  expect(told).toEqual([]);
});
