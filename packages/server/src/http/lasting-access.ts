import type { FastifyRequest } from 'fastify';
import type { Authenticator } from '../auth/authenticate.ts';
import { type Action, authorize } from '../auth/authorize.ts';
import type { Notices } from '../store/notices.ts';
import type { SharingStore } from '../store/sharing-store.ts';
import { notebookOf, principalOf } from './access.ts';

/** Without a notice. */
const checkEveryMs = 30_000;

export interface LastingAccessDeps {
  authenticator: Pick<Authenticator, 'holds'>;
  sharing: Pick<SharingStore, 'find'>;
  notices: Pick<Notices, 'subscribe'>;
}

/**
 * For an answer that lasts: calls `onEnd` once the caller, who was let in for `action`, may have it no longer. Returns
 * how to stop watching.
 */
export function watchAccess(
  request: FastifyRequest,
  action: Action,
  deps: LastingAccessDeps,
  onEnd: () => void,
): () => void {
  const principal = principalOf(request);
  const { id } = notebookOf(request).record;
  let ended = false;

  function end(): void {
    if (ended) return;
    stop();
    onEnd();
  }
  async function check(): Promise<void> {
    const { expiresAt } = principal;
    if (expiresAt !== null && Date.now() >= expiresAt) return end();
    try {
      const holds = await deps.authenticator.holds(principal);
      const found = holds ? await deps.sharing.find(id, principal.userId) : null;
      if (!authorize(principal, found, action).allowed) end();
    } catch {
      // Not being able to tell is no reason to throw people out; the next check will know.
    }
  }
  const unsubscribe = deps.notices.subscribe((heard) => {
    const concerned =
      heard.type === 'missed' ||
      (heard.type === 'access_changed' && heard.notebook === id) ||
      (heard.type === 'sign_in_ended' &&
        (heard.subject === principal.signInId || heard.subject === `user:${principal.userId}`));
    if (concerned) void check();
  });
  const timer = setInterval(() => void check(), checkEveryMs);
  timer.unref();
  function stop(): void {
    ended = true;
    clearInterval(timer);
    unsubscribe();
  }
  return stop;
}
