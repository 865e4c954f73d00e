import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../http/problem.ts';
import { NotebookSession, type SessionOptions } from './notebook-session.ts';
import { proseLauncher } from './prose-kernel.ts';
import type { Session, SessionRegistry } from './session.ts';

/** A session that nobody looked at for so long is closed, and its kernels with it. */
const idleMs = 15 * 60_000;
const checkMs = 60_000;

export type RegistryOptions = Omit<SessionOptions, 'id' | 'epoch' | 'workDir'> & {
  /** Each notebook's own folder is made in here. */
  workRoot: string;
};

export function openRegistry(options: RegistryOptions): SessionRegistry {
  const { workRoot, ...rest } = options;
  const shared = { ...rest, launchers: [...rest.launchers, proseLauncher] };
  const opening = new Map<string, Promise<NotebookSession>>();
  const sessions = new Map<string, NotebookSession>();
  const idleSince = new Map<string, number>();

  let closed = false;

  const start = async (id: string, before: NotebookSession | undefined) => {
    // What the last session has yet to store is what this one is to read.
    await before?.closed;
    // Whoever asks was let in a moment ago; a deletion since then closes what is open or being opened, no more.
    if ((await shared.store.findNotebook(id)) === null) {
      throw new Refusal('not_found', 'This notebook was deleted.');
    }
    const workDir = join(workRoot, id);
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    const session = await NotebookSession.open({ ...shared, id, epoch: randomUUID(), workDir });
    sessions.set(id, session);
    void session.closed.then(() => {
      if (sessions.get(id) === session) sessions.delete(id);
      idleSince.delete(id);
    });
    return session;
  };

  const open = (id: string): Promise<Session> => {
    if (closed) return Promise.reject(new Refusal('unavailable', 'The server is stopping.'));
    // Whoever asks for it is about to use it.
    idleSince.delete(id);
    const session = sessions.get(id);
    if (session !== undefined && !session.ended) return Promise.resolve(session);
    const underWay = opening.get(id);
    if (underWay !== undefined) return underWay;
    const started = start(id, session).finally(() => opening.delete(id));
    opening.set(id, started);
    return started;
  };

  const closeIdle = (): void => {
    const now = performance.now();
    for (const [id, session] of sessions) {
      if (!session.idle) idleSince.delete(id);
      else if (!idleSince.has(id)) idleSince.set(id, now);
      else if (now - (idleSince.get(id) ?? now) > idleMs) void session.close('draining');
    }
  };
  const timer = setInterval(closeIdle, checkMs);
  timer.unref();

  return {
    open,
    find: (id) => {
      const session = sessions.get(id);
      return session?.ended === true ? undefined : session;
    },
    close: async (id, reason) => {
      // One that is being opened has been asked for by somebody who must hear of the end, too.
      await opening.get(id)?.catch(() => {});
      await sessions.get(id)?.close(reason);
    },
    closeAll: async () => {
      closed = true;
      clearInterval(timer);
      await Promise.allSettled(opening.values());
      await Promise.all([...sessions.values()].map((session) => session.close('draining')));
    },
  };
}
