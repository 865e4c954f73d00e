import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);

/** A server as a user starts it: a process of its own, with its own data directory and port. */
export interface RunningServer {
  /** Without a trailing slash. */
  url: string;
  /** What it printed for its owner to open. */
  signInLink: string;
  token: string;
  pid: number;
  /** Everything it wrote so far, for the message of a failure. */
  log(): string;
  /** SIGKILL: no chance to save anything. Resolves when it is gone; its data stay. */
  kill(): Promise<void>;
  /** SIGTERM, as an operator stops it. */
  stop(): Promise<void>;
}

/** A folder for one test's data, gone afterwards. Remove it once no server uses it. */
export async function temporaryDataDir(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'rnb-e2e-'));
  // As root, the server runs PostgreSQL as another user, who must be able to pass through.
  await chmod(path, 0o711);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Resolves when the server has printed its sign-in link. Rejects with its log when it ends before that. */
export async function startServer(
  dataDir: string,
  python = process.env.RNB_PYTHON,
  settings: Record<string, string> = {},
): Promise<RunningServer> {
  const token = 'rnb_end_to_end_token_0123456789abcdef';
  const child = spawn(process.execPath, [join(root, 'packages/server/src/main.ts')], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      // As `npm start` does: to compile TypeScript takes 30 MB that are never given back.
      NODE_COMPILE_CACHE: join(root, '.cache/node'),
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: dataDir,
      RNB_PYTHON: python,
      RNB_TOKEN: token,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const { promise: link, resolve, reject } = Promise.withResolvers<string>();
  const read = (text: string) => {
    log += text;
    const found = /https?:\/\/[^\s"'\\]+(?=[\s"'\\])/.exec(log);
    if (found !== null) resolve(found[0]);
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const gone = once(child, 'exit');
  gone.then(() => reject(new Error(`The server ended before it was ready:\n${log}`)), reject);

  const signInLink = await link;
  return {
    url: new URL(signInLink).origin,
    signInLink,
    token,
    pid: child.pid ?? 0,
    log: () => log,
    kill: () => end(child, 'SIGKILL'),
    stop: () => end(child, 'SIGTERM'),
  };
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}
