import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CellProgram } from '@rnb/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { FramedChild } from './child-process.ts';
import type { Kernel, KernelExit, RunEvent } from './kernel.ts';
import { KernelGone } from './kernel-gone.ts';
import { type PythonLauncher, pythonLauncher } from './python-kernel.ts';

const python = process.env.RNB_PYTHON ?? 'python3';

let launcher: PythonLauncher;
let workDir: string;
let kernel: Kernel;
let events: RunEvent[];
let waiting: (() => void)[];
let exit: PromiseWithResolvers<KernelExit>;

beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'rnb-kernel-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await kernel.close();
  await rm(workDir, { recursive: true });
});

function launch(from = launcher): void {
  events = [];
  waiting = [];
  exit = Promise.withResolvers();
  kernel = from.launch(
    { notebook: 'n', workDir },
    {
      onEvents: (arrived) => {
        events.push(...arrived);
        for (const look of waiting) look();
      },
      onExit: exit.resolve,
    },
  );
}

/** The events so far, once one of them is as asked. */
function seen(isIt: (event: RunEvent) => boolean): Promise<RunEvent[]> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (events.some(isIt)) resolve(events);
    };
    waiting.push(look);
    look();
  });
}

const program = (source: string, defines: string[] = []): CellProgram => ({
  source,
  kind: 'python',
  bindings: {},
  defines,
  mutates: [],
  revision: 1,
});

/** Python that writes bytes to whatever descriptor leads to the server: the kernel hides the one it uses. */
function writeToServer(bytes: string): string {
  return [
    'import os',
    'for fd in range(3, 1024):',
    '  try:',
    `    if os.readlink(f"/proc/self/fd/{fd}").startswith("socket:"): os.write(fd, ${bytes})`,
    '  except OSError: pass',
  ].join('\n');
}

let batch = 0;
let lastRun = 0;
function run(...sources: string[]): Promise<RunEvent[]> {
  const own = ++batch;
  const cells = sources.map((source, index) => ({
    cell: `c${index}`,
    run: ++lastRun,
    program: program(source),
  }));
  kernel.run({ batch: own, cells });
  return seen((event) => event.type === 'batch_done' && event.batch === own);
}

const printed = (all: RunEvent[]): string =>
  all.map((event) => (event.type === 'stream' ? event.text : '')).join('');

describe.each([
  ['spawned', false],
  ['forked', true],
])('a kernel that is %s', (_, fork) => {
  beforeAll(async () => {
    launcher = pythonLauncher(async () => python, { fork, interruptGraceMs: 500 });
    expect(await launcher.warm()).toBe(fork);
  });
  afterAll(() => launcher.close());

  test('a batch runs, each cell with one started and one done', async () => {
    launch();
    const all = await run('print("hello")', '1 / 0');
    expect(all[0]).toMatchObject({ type: 'ready', language: 'python' });
    expect(printed(all)).toBe('hello\n');
    expect(all.filter((event) => event.type === 'started')).toHaveLength(2);
    expect(all.filter((event) => event.type === 'done')).toMatchObject([
      { cell: 'c0', outcome: 'ok' },
      { cell: 'c1', outcome: 'error' },
    ]);
  });

  test('a kernel has none of the environment of the server', async () => {
    vi.stubEnv('CLERK_SECRET_KEY', 'canary');
    launch();
    const all = await run('import os; print(sorted(os.environ.items()))');
    vi.unstubAllEnvs();
    expect(printed(all)).toContain(workDir);
    expect(printed(all)).not.toContain('canary');
  });

  test('a program travels only when it changed', async () => {
    launch();
    const send = vi.spyOn(FramedChild.prototype, 'send');
    await seen((event) => event.type === 'ready');
    const same = program('print("again")');
    for (const next of [same, same, program('print("other")')]) {
      const own = ++batch;
      kernel.run({ batch: own, cells: [{ cell: 'c', run: ++lastRun, program: next }] });
      await seen((event) => event.type === 'batch_done' && event.batch === own);
    }
    expect(printed(events)).toBe('again\nagain\nother\n');
    const sent = send.mock.calls.map(([request]) =>
      request.type === 'run' ? Object.values(request.programs).map(({ source }) => source) : [],
    );
    expect(sent).toEqual([['print("again")'], [], ['print("other")']]);
  });

  test('a clear that waits is told once something new is shown (K4)', async () => {
    launch();
    const all = await run('display(1); clear_output(wait=True); print(2)');
    const clears = all.filter(({ type }) => type === 'clear');
    expect(clears).toEqual([{ type: 'clear', cell: 'c0', run: lastRun }]);
    const since = all.slice(all.findIndex(({ type }) => type === 'clear') + 1);
    expect(since.map(({ type }) => type)).toEqual(['stream', 'done', 'batch_done']);
  });

  test('an interrupt before the kernel is ready does not end it (K5)', async () => {
    launch();
    const over = run('print("never")');
    // By now it is under way, and takes longer to be ready.
    await new Promise(setImmediate);
    kernel.interrupt();
    kernel.cancel(batch);
    expect((await over).filter((event) => event.type === 'done')).toMatchObject([
      { outcome: 'skipped' },
    ]);
    expect(printed(await run('print("alive")'))).toBe('alive\n');
  });

  test('an interrupt ends a busy loop and skips the rest (K5)', async () => {
    launch();
    const over = run('print("busy", flush=True)\nwhile True: pass', 'print("never")');
    await seen((event) => event.type === 'stream');
    kernel.interrupt();
    expect((await over).filter((event) => event.type === 'done')).toMatchObject([
      { cell: 'c0', outcome: 'interrupted' },
      { cell: 'c1', outcome: 'skipped' },
    ]);
    expect(printed(await run('print("alive")'))).toContain('alive');
  });

  test('a kernel that does not answer an interrupt is killed, and its end says so (F9)', async () => {
    launch();
    void run(
      'while True:\n  try:\n    print("deaf", flush=True)\n    while True: pass\n  except BaseException: pass',
    );
    await seen((event) => event.type === 'stream');
    kernel.interrupt();
    expect(await exit.promise).toEqual({
      kind: 'died',
      detail: 'The kernel did not answer an interrupt within 0.5 s and was ended.',
      run: lastRun,
    });
  });

  test.each([
    ['import os; os._exit(3)', 'The process ended with exit code 3.'],
    ['import os; os.kill(os.getpid(), 9)', 'The process was killed (SIGKILL), probably'],
    ['import os; os.kill(os.getpid(), 11)', 'The process crashed (SIGSEGV), probably'],
    [writeToServer('b"\\xff" * 8'), 'The kernel sent something that is not its protocol'],
  ])('the end of a kernel is told in plain words: %s', async (source, detail) => {
    launch();
    void run(source);
    expect(await exit.promise).toMatchObject({
      kind: 'died',
      detail: expect.stringContaining(detail),
    });
    const rows = kernel.rows('c0', 1, 0, { offset: 0, limit: 1 });
    await expect(rows).rejects.toThrow(KernelGone);
  });

  test('the end of a kernel names the run that ended it, not one before it that was not told of yet', async () => {
    launch();
    const cells = [
      { cell: 'quick', program: program('x = 1', ['x']) },
      {
        cell: 'deadly',
        program: program('import os, sys\nif hasattr(sys, "again"): os._exit(3)\nsys.again = 1', [
          'os',
          'sys',
        ]),
      },
    ];
    for (const runs of [
      [++lastRun, ++lastRun],
      [++lastRun, ++lastRun],
    ] as const) {
      const own = ++batch;
      kernel.run({
        batch: own,
        cells: cells.map((cell, index) => ({ ...cell, run: runs[index] ?? 0 })),
      });
      await Promise.race([
        exit.promise,
        seen((event) => event.type === 'batch_done' && event.batch === own),
      ]);
    }
    expect(await exit.promise).toMatchObject({ kind: 'died', run: lastRun });
  });

  test('a kernel that ends while nothing runs names no run', async () => {
    launch();
    const all = await run('import os; print(os.getpid())');
    process.kill(Number(printed(all)), 'SIGKILL');
    expect(await exit.promise).toMatchObject({ kind: 'died', run: null });
  });

  test('a kernel tells what may follow a name', async () => {
    launch();
    await run('import os\nnumbers = {"one": 1}');
    const complete = (name: string, path: string, of: 'attributes' | 'keys') =>
      kernel.complete('c0', { name, path, of });
    expect(await complete('numbers', '', 'keys')).toEqual([{ label: 'one', kind: 'key' }]);
    expect(await complete('os', 'path', 'attributes')).toContainEqual({
      label: 'join',
      kind: 'function',
    });
    await kernel.close();
    await expect(complete('os', '', 'attributes')).rejects.toThrow(KernelGone);
  });

  test('forged events about other runs are dropped (F11)', async () => {
    launch();
    const forged = JSON.stringify({
      events: [
        { type: 'done', cell: 'other', run: 1, outcome: 'ok' },
        { type: 'stream', cell: 'c0', run: 999_999, stream: 'stdout', text: 'forged' },
        { type: 'batch_done', batch: 999_999 },
      ],
    });
    const all = await run(
      `import struct; h = ${JSON.stringify(forged)}.encode()\n` +
        `${writeToServer('struct.pack(">II", len(h) + 4, len(h)) + h')}\nprint("honest")`,
    );
    expect(printed(all)).toBe('honest\n');
    expect(all.filter((event) => event.type === 'batch_done')).toHaveLength(1);
    expect(all.filter((event) => event.type === 'done')).toHaveLength(1);
  });

  test('closing ends what a cell started, too', async () => {
    launch();
    const all = await run(
      'import subprocess; p = subprocess.Popen(["sleep", "1000"])\nprint(p.pid, flush=True)',
    );
    const pid = Number(printed(all));
    expect(process.kill(pid, 0)).toBe(true);
    await kernel.close();
    await vi.waitUntil(() => !isAlive(pid));
    expect(await exit.promise).toEqual({ kind: 'closed' });
  });
});

test('a Python that is not there makes the kernel unavailable', async () => {
  launch(pythonLauncher(async () => join(workDir, 'no-python')));
  expect(await exit.promise).toMatchObject({
    kind: 'unavailable',
    detail: expect.stringContaining('no-python was not found'),
  });
});

/** A killed process whose parent has not looked at it yet counts as gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
