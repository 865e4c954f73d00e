import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KernelGone } from './kernel-gone.ts';
import { PythonAnalyser, type PythonAnalyserOptions } from './python-analyser.ts';

let folder: string;
let analyser: PythonAnalyser | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rnb-analyser-'));
});
afterEach(async () => {
  await analyser?.close();
  await rm(folder, { recursive: true });
});

function start(options: Partial<PythonAnalyserOptions> = {}): PythonAnalyser {
  analyser = new PythonAnalyser({ resolvePython: async () => 'python3', ...options });
  return analyser;
}

/** An analyser that hangs on one source, dies of another, and otherwise reads the source's text. */
async function fragile(): Promise<string> {
  const path = join(folder, 'fragile.py');
  const kernels = new URL('../../../../kernels/python', import.meta.url).pathname;
  await writeFile(
    path,
    `
import os, sys, threading
sys.path.insert(0, ${JSON.stringify(kernels)})
from rnb_kernel import analyser
def analyse(source, kind):
    if source == "hang": threading.Event().wait()
    if source == "die": os._exit(3)
    return {"ok": True, "analysis": {"reads": [source], "defines": [], "mutates": [], "deferred": {}, "carries": {}}}
analyser._cached = analyse
analyser.main()
`,
  );
  return path;
}

test('Python and Markdown are analysed, in order', async () => {
  const results = await start().analyse([
    { kind: 'python', source: 'y = x' },
    { kind: 'markdown', source: 'It is {y}.' },
    { kind: 'python', source: 'x =' },
  ]);
  expect(results).toEqual([
    {
      ok: true,
      analysis: { reads: ['x'], defines: ['y'], mutates: [], deferred: {}, carries: { y: ['x'] } },
      code: expect.any(String),
      imports: [],
    },
    {
      ok: true,
      analysis: { reads: ['y'], defines: [], mutates: [], deferred: {}, carries: {} },
      code: expect.any(String),
      imports: [],
    },
    { ok: false, fault: { message: 'invalid syntax', line: 1, column: 4 } },
  ]);
});

test('each of many callers at once gets its own results', async () => {
  const running = start({ program: await fragile() });
  const callers = Array.from({ length: 20 }, (_, index) =>
    running.analyse([{ kind: 'python', source: `a${index}` }]),
  );
  for (const [index, results] of (await Promise.all(callers)).entries()) {
    expect(results).toMatchObject([{ analysis: { reads: [`a${index}`] } }]);
  }
});

test.each([
  ['hang', 'The analysis of this code took too long.'],
  ['die', 'This code broke the analyser. The process ended with exit code 3.'],
])('only a source that makes the analyser %s gets a fault (F19)', async (bad, message) => {
  const running = start({ program: await fragile(), timeoutMs: 500 });
  const results = await running.analyse(
    ['a', bad, 'b'].map((source) => ({ kind: 'python', source })),
  );
  expect(results).toMatchObject([
    { ok: true, analysis: { reads: ['a'] } },
    { ok: false, fault: { message } },
    { ok: true, analysis: { reads: ['b'] } },
  ]);
  expect(await running.analyse([{ kind: 'python', source: 'c' }])).toMatchObject([{ ok: true }]);
});

test('without Python every source gets a fault that says what to do', async () => {
  const resolvePython = async (): Promise<string> => join(folder, 'no-python');
  const [result] = await start({ resolvePython }).analyse([{ kind: 'python', source: 'a' }]);
  expect(result).toMatchObject({
    ok: false,
    fault: { message: expect.stringContaining('no-python was not found') },
  });
});

test('a closed analyser refuses', async () => {
  const running = start();
  await running.close();
  await expect(running.analyse([{ kind: 'python', source: 'a' }])).rejects.toThrow(KernelGone);
});

test('a missing Python is no fault of the source: the call is refused, and the next one tries again', async () => {
  let found = false;
  const analysing = start({
    resolvePython: async () => {
      if (!found) throw new Error('There is no Python.');
      return 'python3';
    },
  });
  await expect(analysing.analyse([{ kind: 'python', source: 'a' }])).rejects.toThrow(
    'There is no Python.',
  );
  found = true;
  const [result] = await analysing.analyse([{ kind: 'python', source: 'a' }]);
  expect(result?.ok).toBe(true);
});
