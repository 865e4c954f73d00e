import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listenAlone } from './data-directory.ts';

let folder: string;
let name: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rnb-lock-'));
  name = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true }));

// Where sockets are files, as on macOS; elsewhere their names go with the process.
test('a lock is held by one, who is named, until it is let go', async () => {
  const lock = await listenAlone(name);
  if (typeof lock === 'string') throw new Error('It should be free.');
  expect(await listenAlone(name)).toBe(String(process.pid));
  lock.close();
  await once(lock, 'close');
  const next = await listenAlone(name);
  expect(next).toBeTypeOf('object');
  if (typeof next === 'object') next.close();
});

test('the file of a server that was killed holds nothing', async () => {
  const script = `require('node:net').createServer().listen(${JSON.stringify(name)}, () => console.log('up'))`;
  const other = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(other.stdout, 'data');
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect((await stat(name)).isSocket()).toBe(true);
  const lock = await listenAlone(name);
  expect(lock).toBeTypeOf('object');
  if (typeof lock === 'object') lock.close();
});
