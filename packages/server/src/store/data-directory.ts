import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, constants, mkdir, realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The data directory cannot be used; the message says why and what to do. */
export class DataDirectoryError extends Error {
  override name = 'DataDirectoryError';
}

export interface DataDirectory {
  path: string;
  /** Lets the next server in. */
  close(): Promise<void>;
}

/**
 * Makes the directory if need be and holds it for this process alone. The lock is a listening socket whose name
 * derives from the path: the kernel lets go of it however we end, so it is never stale, and it answers with our pid.
 */
export async function openDataDirectory(dataDir: string): Promise<DataDirectory> {
  try {
    // As root, PostgreSQL runs as another user, who has to pass through to its own folder; all others stay closed.
    const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
    await mkdir(dataDir, { recursive: true, mode });
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataDirectoryError(
      `The data directory ${dataDir} cannot be written (${reason}). Make it writable or set DATA_DIR to another.`,
      { cause },
    );
  }
  const path = await realpath(dataDir);
  const lock = await hold(path);
  return {
    path,
    close: () => new Promise((resolve) => lock.close(() => resolve())),
  };
}

async function hold(path: string): Promise<Server> {
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 32);
  // A leading NUL makes a name in Linux's abstract namespace, which no file outlives.
  const name =
    process.platform === 'linux'
      ? `\0reactive-notebook-${digest}`
      : join(tmpdir(), `rnb-${digest}`);
  const lock = await listenAlone(name);
  if (typeof lock === 'object') return lock;
  throw new DataDirectoryError(
    `Another server (process ${lock}) uses the data directory ${path}. Stop it, or set DATA_DIR to another directory.`,
  );
}

/** Listens at `name`, or says who does. A socket's file that a killed server left behind is nobody's. */
export async function listenAlone(name: string): Promise<Server | string> {
  for (let attempt = 1; ; attempt += 1) {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(String(process.pid));
    });
    server.unref().listen(name);
    try {
      await once(server, 'listening');
      return server;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
    const holder = await askHolder(name);
    if (holder !== null || attempt > 1) return holder ?? 'unknown';
    if (!name.startsWith('\0')) await rm(name, { force: true });
  }
}

/** The pid of whoever listens, `unknown` when they do not say, null when nobody listens. */
function askHolder(name: string): Promise<string | null> {
  return new Promise((resolve) => {
    let answer = '';
    let refused = false;
    const socket = connect(name);
    socket.setEncoding('utf8').setTimeout(1_000, () => socket.destroy());
    socket.on('data', (text) => {
      answer += text;
    });
    socket.on('error', (error) => {
      refused = 'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT');
    });
    socket.on('close', () => resolve(refused ? null : answer || 'unknown'));
  });
}
