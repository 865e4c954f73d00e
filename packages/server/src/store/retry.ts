import { setTimeout as delay } from 'node:timers/promises';
import { StorageUnavailable } from './store.ts';

/**
 * Repeats `attempt` while the database is away. It must be safe to repeat: a connection may be cut after the commit
 * and before the answer. Other errors are thrown at once.
 */
export async function retryWhileAway<T>(limitMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (let waitMs = 20; ; waitMs = Math.min(waitMs * 2, 250)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isAway(error)) throw error;
      if (Date.now() + waitMs > deadline) {
        throw new StorageUnavailable('The database is unavailable.', { cause: error });
      }
    }
    await delay(waitMs);
  }
}

/**
 * Connection failures carry no SQLSTATE. Of those that do: 08 connection, 53 resources (disk full, too many
 * connections), 57P shutting down or starting, 57014 statement timeout, 55P03 lock timeout, 25006 read-only standby,
 * 40 serialisation and deadlock.
 */
export function isAway(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (typeof code !== 'string') {
    return cause instanceof Error && /connection|timeout|terminated/i.test(cause.message);
  }
  return (
    /^(08|53|57P|40)/.test(code) ||
    ['57014', '55P03', '25006'].includes(code) ||
    /^E(CONN|PIPE|TIMEDOUT|NOENT|AI_AGAIN|NOTFOUND|HOST|NET)/.test(code)
  );
}
