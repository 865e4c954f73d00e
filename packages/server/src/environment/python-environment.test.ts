import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentStatus } from '@rnb/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findPython } from './find-python.ts';
import { processEnvironment } from './process-environment.ts';
import { openPythonEnvironment, type PythonEnvironment } from './python-environment.ts';
import { runProcess } from './run-process.ts';

const log = pino({ level: 'silent' });
let folder: string;
let opened: PythonEnvironment[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rnb-environment-'));
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((environment) => environment.close()));
  await rm(folder, { recursive: true, force: true });
});

/** An executable shell script in `bin`, the only folder on the PATH of these tests. */
async function program(name: string, script: string): Promise<string> {
  const path = join(folder, 'bin', name);
  await mkdir(join(folder, 'bin'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Answers the probe as that version; `rest` handles every other call. */
function fakePython(name: string, version: string, rest = 'exit 1'): Promise<string> {
  return program(
    name,
    `if [ "$1" = -I ]; then echo '{"path": "'"$0"'", "version": "${version}"}'; exit 0; fi\n${rest}`,
  );
}

/** Makes a folder with itself as interpreter, and records every pip call in `calls`, with its environment. */
function fakeVenvPython(pip: string): Promise<string> {
  return fakePython(
    'python3',
    '3.12.1',
    `case "$*" in
  *"-m venv"*) for last; do :; done; /bin/mkdir -p "$last/bin"; /bin/cp "$0" "$last/bin/python"; exit 0;;
  *"pip install"*) for last; do :; done; echo "$last" >> "${folder}/calls"; ${pip};;
  *) exit 0;;
esac`,
  );
}

function open(
  options: { configuredPython?: string; packages?: string[]; env?: NodeJS.ProcessEnv } = {},
): PythonEnvironment {
  const environment = openPythonEnvironment({
    dataDir: join(folder, 'data'),
    configuredPython: options.configuredPython ?? null,
    log,
    env: options.env ?? { PATH: join(folder, 'bin') },
    packages: options.packages ?? ['one', 'two'],
  });
  opened.push(environment);
  return environment;
}

/** The first status that is no longer `installing`, with every detail on the way. */
function settled(
  environment: PythonEnvironment,
): Promise<{ last: EnvironmentStatus; seen: string[] }> {
  const { promise, resolve } = Promise.withResolvers<{ last: EnvironmentStatus; seen: string[] }>();
  const seen: string[] = [];
  const look = (status: EnvironmentStatus) => {
    seen.push(status.detail);
    if (status.state !== 'installing') resolve({ last: status, seen });
  };
  environment.subscribe(look);
  look(environment.status());
  return promise;
}

async function calls(): Promise<string[]> {
  return (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
}

describe('a configured Python', () => {
  test('is used as it is', async () => {
    const path = await fakePython('mine', '3.10.4');
    const environment = open({ configuredPython: path });
    expect(await environment.python()).toBe(path);
    expect(await environment.basePython()).toBe(path);
    expect((await settled(environment)).last.state).toBe('ready');
  });

  test.each([
    { name: 'too old', version: '3.8.20', says: 'which is Python 3.8.20. Python 3.9 or newer' },
    { name: 'not Python', version: null, says: 'does not run as Python' },
  ])('that is $name is refused with what to do', async ({ version, says }) => {
    const path =
      version === null ? await program('mine', 'echo hello') : await fakePython('mine', version);
    const environment = open({ configuredPython: path });
    const { last } = await settled(environment);
    expect(last.state).toBe('failed');
    expect(last.detail).toContain(says);
    await expect(environment.python()).rejects.toThrow(says);
  });
});

describe('finding Python', () => {
  test.each([
    { there: [['python3', '3.11.2']], found: 'python3' },
    {
      there: [
        ['python3', '3.8.1'],
        ['python3.12', '3.12.0'],
        ['python3.10', '3.10.0'],
      ],
      found: 'python3.12',
    },
    { there: [['python', '3.9.0']], found: 'python' },
  ] as const)('takes $found', async ({ there, found }) => {
    for (const [name, version] of there) await fakePython(name, version);
    const search = await findPython({ PATH: join(folder, 'bin') });
    expect(search).toMatchObject({ ok: true, python: { path: join(folder, 'bin', found) } });
  });

  test.each([
    { there: null, says: 'No Python was found' },
    { there: '3.8.1', says: 'is 3.8.1. Install Python 3.9 or newer' },
  ])('without one that is new enough: $says', async ({ there, says }) => {
    if (there !== null) await fakePython('python3', there);
    const environment = open();
    const { last } = await settled(environment);
    expect(last).toMatchObject({ state: 'failed', detail: expect.stringContaining(says) });
    await expect(environment.basePython()).rejects.toThrow(says);
  });
});

describe('the own environment', () => {
  test('installs its packages with visible progress, once', async () => {
    await fakeVenvPython('exit 0');
    const first = open();
    const { last, seen } = await settled(first);
    expect(last).toEqual({
      state: 'ready',
      detail: 'Python 3.12.1 with one, two',
      progress: null,
    });
    expect(seen).toEqual(
      expect.arrayContaining(['Installing one (1 of 2)', 'Installing two (2 of 2)']),
    );
    await settled(open());
    expect(await calls()).toEqual(['one', 'two']);
    await settled(open({ packages: ['one', 'two', 'three'] }));
    expect(await calls()).toEqual(['one', 'two', 'one', 'two', 'three']);
  });

  test('gives its interpreter while packages are still on their way, and ends pip when closed', async () => {
    await fakeVenvPython(`echo $$ > "${folder}/pid"; while :; do :; done`);
    const environment = open();
    const installing = Promise.withResolvers<void>();
    environment.subscribe(({ detail }) => {
      if (detail.startsWith('Installing')) installing.resolve();
    });
    expect(await environment.python()).toBe(join(folder, 'data', 'python', 'bin', 'python'));
    await installing.promise;
    await environment.close();
    const { code } = await runProcess('/bin/sh', ['-c', `kill -0 $(cat "${folder}/pid")`], {
      env: { PATH: '/usr/bin:/bin' },
    });
    expect(code).not.toBe(0);
  });

  test.each([
    { output: 'OSError: [Errno 28] No space left on device', says: 'the disk is full' },
    {
      output: 'NewConnectionError: Failed to establish a new connection',
      says: 'the package index cannot be reached',
    },
    { output: 'ERROR: bad index https://me:secret@host/simple', says: 'https://host/simple' },
  ])('says why packages are missing: $says', async ({ output, says }) => {
    await fakeVenvPython(`echo '${output}'; exit 1`);
    const environment = open();
    const { last } = await settled(environment);
    expect(last.state).toBe('failed');
    expect(last.detail).toContain(`one could not be installed: `);
    expect(last.detail).toContain(says);
    expect(last.detail).not.toContain('secret');
    expect(await environment.python()).toContain('data/python/bin/python');
  });

  test('makes a half-made folder anew', async () => {
    await fakeVenvPython('exit 0');
    const leftover = join(folder, 'data', 'python', 'leftover');
    await mkdir(join(folder, 'data', 'python'), { recursive: true });
    await writeFile(leftover, '');
    expect((await settled(open())).last.state).toBe('ready');
    await expect(readFile(leftover)).rejects.toThrow('ENOENT');
  });

  test('is a real one that runs Python', async () => {
    const environment = open({ env: process.env });
    const python = await environment.python();
    const { output } = await runProcess(python, ['-c', 'import sys; print(sys.prefix)'], {
      env: processEnvironment(process.env),
    });
    expect(output.trim()).toBe(join(folder, 'data', 'python'));
  });
});

test('pip sees proxies and its own settings, and no secret of the server', () => {
  const env = {
    PATH: '/bin',
    HOME: '/root',
    https_proxy: 'http://proxy',
    PIP_INDEX_URL: 'http://index',
    PIP_TARGET: '/elsewhere',
    DATABASE_URL: 'postgres://me:secret@host/db',
    SECRETS_KEY: 'secret',
    PYTHONPATH: '/somewhere',
  };
  expect(processEnvironment(env)).toEqual({
    PATH: '/bin',
    HOME: '/root',
    https_proxy: 'http://proxy',
    PIP_INDEX_URL: 'http://index',
  });
});
