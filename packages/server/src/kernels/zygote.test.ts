import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CellProgram } from '@rnb/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Kernel, KernelExit, RunEvent } from './kernel.ts';
import { type PythonLauncher, pythonLauncher } from './python-kernel.ts';

/** Two libraries that are imported ahead, as far as anybody can tell from their names. */
const libraries = {
  'numpy/__init__.py': '__version__ = "1"',
  'numpy/random.py':
    'import os\nseeded_by = os.getpid()\ndef seed(): global seeded_by; seeded_by = os.getpid()',
  'pandas/__init__.py':
    'import os, threading, numpy.random\nimported_by = os.getpid()\ndef describe(): return "untouched"',
};

let folder: string;
let python: string;
let site: string;
let launcher: PythonLauncher;
const kernels: Kernel[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rnb-zygote-test-'));
  const base = process.env.RNB_PYTHON ?? 'python3';
  execFileSync(base, ['-m', 'venv', '--without-pip', join(folder, 'venv')]);
  python = join(folder, 'venv/bin/python');
  const where = 'import sysconfig; print(sysconfig.get_path("purelib"))';
  site = execFileSync(python, ['-c', where], { encoding: 'utf8' }).trim();
  install(libraries);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await Promise.all(kernels.splice(0).map((kernel) => kernel.close()));
  await launcher.close();
});

function install(files: Record<string, string>): void {
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(site, path)), { recursive: true });
    writeFileSync(join(site, path), source);
  }
}

async function warmLauncher(): Promise<void> {
  launcher = pythonLauncher(async () => python);
  expect(await launcher.warm()).toBe(true);
}

class Notebook {
  readonly workDir = mkdtempSync(join(folder, 'notebook-'));
  readonly exit = Promise.withResolvers<KernelExit>();
  readonly kernel = launcher.launch(
    { notebook: 'n', workDir: this.workDir },
    {
      onEvents: (events) => {
        this.#events.push(...events);
        this.#look();
      },
      onExit: this.exit.resolve,
    },
  );
  #events: RunEvent[] = [];
  #look = (): void => {};
  #run = 0;

  constructor() {
    kernels.push(this.kernel);
  }

  /** What the cell prints, as JSON. */
  async print(expression: string, before = ''): Promise<unknown> {
    this.#events = [];
    const own = this.start(`${before}\nimport json\nprint(json.dumps(${expression}))`);
    await new Promise<void>((resolve) => {
      this.#look = () => {
        const isOver = (event: RunEvent) => event.type === 'batch_done' && event.batch === own;
        if (this.#events.some(isOver)) resolve();
      };
      this.#look();
    });
    const shown = this.#events.map((event) => {
      if (event.type === 'error') throw new Error(event.error.message);
      return event.type === 'stream' && event.stream === 'stdout' ? event.text : '';
    });
    return JSON.parse(shown.join(''));
  }

  /** Returns the run. */
  start(source: string): number {
    const run = ++this.#run;
    const program: CellProgram = {
      source,
      kind: 'python',
      bindings: {},
      defines: [],
      mutates: [],
      revision: 1,
    };
    this.kernel.run({ batch: run, cells: [{ cell: `c${run}`, run, program }] });
    return run;
  }
}

const isForked = '__import__("pandas").imported_by == __import__("os").getppid()';

test('a kernel starts as a new interpreter would, with what was imported ahead out of sight', async () => {
  await warmLauncher();
  const notebook = new Notebook();
  const visible = '[n for n in sys.modules if n.partition(".")[0] in ("numpy", "pandas")]';
  expect(await notebook.print(visible, 'import sys')).toEqual([]);
  expect(await notebook.print(isForked)).toBe(true);
  expect(await notebook.print(`sorted(${visible})`, 'import sys')).toEqual([
    'numpy',
    'numpy.random',
    'pandas',
  ]);
  expect(
    await notebook.print(
      '[os.getcwd(), sys.path[0], os.environ["HOME"], os.getsid(0) == os.getpid()]',
      'import os, sys',
    ),
  ).toEqual([notebook.workDir, notebook.workDir, notebook.workDir, true]);
});

test('a kernel holds no descriptor of the zygote or of another kernel', async () => {
  await warmLauncher();
  const sockets =
    '[fd for fd in map(str, range(1024)) if os.path.islink("/proc/self/fd/" + fd) and os.readlink("/proc/self/fd/" + fd).startswith("socket:")]';
  expect(await new Notebook().print(sockets, 'import os')).toHaveLength(3);
  expect(await new Notebook().print(sockets, 'import os')).toHaveLength(3);
});

test('kernels do not see each other, and draw other random numbers', async () => {
  await warmLauncher();
  const one = new Notebook();
  const two = new Notebook();
  await one.print('1', 'import pandas, os\npandas.describe = None\nos.environ["OWN"] = "1"');
  const rest = '[pandas.describe(), os.environ.get("OWN")]';
  expect(await two.print(rest, 'import os, pandas')).toEqual(['untouched', null]);
  const random = '[random.random(), numpy.random.seeded_by - os.getpid()]';
  const [first, own] = (await one.print(random, 'import os, random, numpy.random')) as number[];
  const [second] = (await two.print(random, 'import os, random, numpy.random')) as number[];
  expect(own).toBe(0);
  expect(first).not.toBe(second);
});

test('a kernel dies alone, and its end names the run', async () => {
  await warmLauncher();
  const sibling = new Notebook();
  const victim = new Notebook();
  const zygote = await sibling.print('os.getppid()', 'import os');
  const run = victim.start('import os; os.kill(os.getpid(), 9)');
  expect(await victim.exit.promise).toEqual({
    kind: 'died',
    detail: 'The process was killed (SIGKILL), probably because it was out of memory.',
    run,
  });
  expect(await sibling.print('os.getppid()', 'import os')).toBe(zygote);
  expect(await new Notebook().print('os.getppid()', 'import os')).toBe(zygote);
});

test('kernels outlive their zygote, and there is a new one for the next', async () => {
  await warmLauncher();
  const orphan = new Notebook();
  const zygote = Number(await orphan.print('os.getppid()', 'import os'));
  process.kill(zygote, 'SIGKILL');
  await vi.waitUntil(() => !isAlive(zygote));
  expect(await orphan.print('"alive"')).toBe('alive');
  expect(await new Notebook().print('"started"')).toBe('started');
  expect(await launcher.warm()).toBe(true);
  expect(await new Notebook().print(isForked)).toBe(true);
  const run = orphan.start('import os; os._exit(3)');
  expect(await orphan.exit.promise).toMatchObject({ kind: 'died', run });
});

test('packages that change are seen by every kernel that starts afterwards', async () => {
  await warmLauncher();
  const before = new Notebook();
  expect(await before.print('numpy.__version__', 'import numpy')).toBe('1');
  install({ 'numpy/__init__.py': '__version__ = "2.0"', 'added/__init__.py': 'answer = 42' });
  const after = new Notebook();
  expect(await after.print('[numpy.__version__, added.answer]', 'import numpy, added')).toEqual([
    '2.0',
    42,
  ]);
  expect(await launcher.warm()).toBe(true);
  const forked = new Notebook();
  expect(await forked.print('numpy.__version__', 'import numpy')).toBe('2.0');
  expect(await forked.print(isForked)).toBe(true);
  // The one that was there goes on with what it has imported.
  expect(await before.print('numpy.__version__', 'import numpy')).toBe('1');
});

describe('libraries that are not safe to fork', () => {
  const { 'pandas/__init__.py': sound } = libraries;
  afterEach(() => install({ 'pandas/__init__.py': sound }));

  test.each([
    [
      'starts a thread',
      `${sound}\nthreading.Thread(target=threading.Event().wait, daemon=True).start()`,
    ],
    [
      'fails',
      `${sound}\nif not __import__("sys").modules.get("__main__").__dict__.get("json"): 1 / 0`,
    ],
  ])('one that %s is left to the kernels', async (_, source) => {
    install({ 'pandas/__init__.py': source });
    await warmLauncher();
    const notebook = new Notebook();
    const own = 'pandas.imported_by == os.getpid()';
    expect(await notebook.print(own, 'import os, json, pandas')).toBe(true);
    expect(await notebook.print('numpy.__version__', 'import numpy')).toBe('2.0');
  });
});

test('a zygote that does not answer is not waited for', async () => {
  await warmLauncher();
  const notebook = new Notebook();
  const zygote = Number(await notebook.print('os.getppid()', 'import os'));
  process.kill(zygote, 'SIGSTOP');
  // One may get the kernel that was kept ready.
  const others = [new Notebook(), new Notebook()];
  expect(await Promise.all(others.map((other) => other.print('1 + 1')))).toEqual([2, 2]);
  process.kill(zygote, 'SIGCONT');
});

test('K12: no file is called by the id of a kernel that is about to be, with which one could speak for it', async () => {
  await warmLauncher();
  const zygote = Number(await new Notebook().print('os.getppid()', 'import os'));
  const socketPath = readFileSync(`/proc/${zygote}/cmdline`, 'utf8').split('\0').at(-2) ?? '';
  process.kill(zygote, 'SIGSTOP');
  const prints = [new Notebook(), new Notebook()].map((one) => one.print('1 + 1'));
  const names = () => readdirSync(dirname(socketPath)).filter((name) => name.includes('-'));
  await vi.waitUntil(() => names().length > 0);
  const [name = ''] = names();
  const stranger = connect(socketPath);
  stranger.write(`e${name}`);
  await once(stranger.resume(), 'close');
  // It is refused while the kernel that it wants to be is still expected.
  expect(names()).toContain(name);
  process.kill(zygote, 'SIGCONT');
  expect(await Promise.all(prints)).toEqual([2, 2]);
});

describe('the kernel that is kept ready (K12)', () => {
  const whereItIs = '[os.getpid(), os.getcwd(), sys.path[0], os.environ["HOME"]]';

  /** The zygote, once it has a kernel that belongs to no notebook beside those of these. */
  async function spareBeside(...owned: number[]): Promise<{ zygote: number; spare: number }> {
    const zygote = Number(parentOf(owned[0] ?? 0));
    const others = () => childrenOf(zygote).filter((pid) => !owned.includes(pid));
    await vi.waitUntil(() => others().length === 1);
    return { zygote, spare: others()[0] ?? 0 };
  }

  test('is handed to the next notebook, whose folder and environment it then has', async () => {
    await warmLauncher();
    const first = Number(await new Notebook().print('os.getpid()', 'import os'));
    const { spare } = await spareBeside(first);
    const next = new Notebook();
    const { workDir } = next;
    expect(await next.print(whereItIs, 'import os, sys')).toEqual([
      spare,
      workDir,
      workDir,
      workDir,
    ]);
    // And there is another one for whoever comes after that.
    await spareBeside(first, spare);
  });

  test('is replaced when it dies, also where nobody knows that yet', async () => {
    await warmLauncher();
    const first = Number(await new Notebook().print('os.getpid()', 'import os'));
    const { spare } = await spareBeside(first);
    process.kill(spare, 'SIGKILL');
    await vi.waitUntil(() => !existsSync(`/proc/${spare}`));
    expect(await new Notebook().print('"started"')).toBe('started');
  });

  test('is replaced when it turns out to have been dead when it was handed over', async () => {
    await warmLauncher();
    const first = Number(await new Notebook().print('os.getpid()', 'import os'));
    const { zygote, spare } = await spareBeside(first);
    process.kill(zygote, 'SIGSTOP');
    process.kill(spare, 'SIGKILL');
    await vi.waitUntil(() => !isAlive(spare));
    // One of them gets the dead one, whose end nobody tells; the other is forked for in vain.
    const prints = [new Notebook(), new Notebook()].map((one) =>
      one.print('os.getppid()', 'import os'),
    );
    expect(await Promise.race(prints)).toBe(process.pid);
    process.kill(zygote, 'SIGCONT');
    expect(await Promise.all(prints)).toEqual([process.pid, process.pid]);
  });

  test('is not handed to anybody when it is known to have died', async () => {
    await warmLauncher();
    const notebook = new Notebook();
    const first = Number(await notebook.print('os.getpid()', 'import os'));
    const { zygote, spare } = await spareBeside(first);
    process.kill(spare, 'SIGKILL');
    await vi.waitUntil(() => !existsSync(`/proc/${spare}`));
    // The zygote reports ends one after the other: with this one that of the other has come.
    await notebook.kernel.close();
    const own = Number(await new Notebook().print('os.getpid()', 'import os'));
    expect(parentOf(own)).toBe(zygote);
  });

  test('ends when its packages are no longer those that are installed, and with its zygote', async () => {
    await warmLauncher();
    const notebook = new Notebook();
    const first = Number(await notebook.print('os.getpid()', 'import os'));
    const { zygote, spare } = await spareBeside(first);
    install({ 'newer/__init__.py': 'answer = 42' });
    expect(await new Notebook().print('newer.answer', 'import newer')).toBe(42);
    await vi.waitUntil(() => !isAlive(spare));
    await notebook.kernel.close();
    await vi.waitUntil(() => !isAlive(zygote));

    expect(await launcher.warm()).toBe(true);
    const later = Number(await new Notebook().print('os.getpid()', 'import os'));
    const after = await spareBeside(later);
    process.kill(after.zygote, 'SIGKILL');
    await vi.waitUntil(() => !isAlive(after.spare));
    expect(isAlive(later)).toBe(true);
  });

  test('is not given to a notebook whose folder is gone, which is told so', async () => {
    await warmLauncher();
    const lost = new Notebook();
    rmSync(lost.workDir, { recursive: true });
    expect(await lost.exit.promise).toMatchObject({
      kind: 'unavailable',
      detail: expect.stringContaining(`the folder ${lost.workDir} is gone`),
    });
    const found = new Notebook();
    expect(await found.print('os.getcwd()', 'import os')).toBe(found.workDir);
  });
});

test('closing leaves no process behind', async () => {
  await warmLauncher();
  const notebook = new Notebook();
  const pids = (await notebook.print(
    '[os.getppid(), os.getpid(), p.pid]',
    startsSleeper,
  )) as number[];
  expect(pids.map(isAlive)).toEqual([true, true, true]);
  await notebook.kernel.close();
  await launcher.close();
  await vi.waitUntil(() => !pids.some(isAlive));
});

test('the sudden end of the server leaves no process behind', async () => {
  await warmLauncher();
  const program = join(folder, 'server.ts');
  const cell = `${startsSleeper}\nprint(os.getppid(), os.getpid(), p.pid)`;
  writeFileSync(
    program,
    `import { pythonLauncher } from ${JSON.stringify(join(import.meta.dirname, 'python-kernel.ts'))};
const launcher = pythonLauncher(async () => ${JSON.stringify(python)});
await launcher.warm();
const kernel = launcher.launch({ notebook: 'n', workDir: ${JSON.stringify(folder)} }, {
  onEvents: (events) => events.forEach((event) => event.type === 'stream' && console.log(event.text)),
  onExit: () => {},
});
const program = { source: ${JSON.stringify(cell)}, kind: 'python', bindings: {}, defines: [], mutates: [], revision: 1 };
kernel.run({ batch: 1, cells: [{ cell: 'c', run: 1, program }] });`,
  );
  const server = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(server.stdout, 'data');
  const pids = String(said).trim().split(' ').map(Number);
  expect(pids.map(isAlive)).toEqual([true, true, true]);
  server.kill('SIGKILL');
  await vi.waitUntil(() => !pids.some(isAlive));
});

const startsSleeper = 'import os, subprocess; p = subprocess.Popen(["sleep", "1000"])';

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .flatMap(Number)
    .filter(Boolean);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** A killed process whose parent has not looked at it yet counts as gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
