import { setTimeout as delay } from 'node:timers/promises';
import { DrizzleQueryError } from 'drizzle-orm';
import { StorageUnavailable } from './store.ts';

/**
 * Repeats `attempt` while the database is away. It must be safe to repeat: a connection may be cut after the commit
 * and before the answer. Other errors are thrown at once. Thrown is what the database said, without Drizzle's report
 * of the query: its parameters are people's data, and no log is to have them.
 */
export async function retryWhileAway<T>(limitMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (let waitMs = 20; ; waitMs = Math.min(waitMs * 2, 250)) {
    try {
      return await attempt();
    } catch (error) {
      const cause = causeOf(error);
      if (!isAway(cause)) throw cause;
      if (Date.now() + waitMs > deadline) throw new StorageUnavailable(explain(cause), { cause });
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
  const cause = causeOf(error);
  const code = codeOf(cause);
  if (code === undefined) {
    return cause instanceof Error && /connection|timeout|terminated/i.test(cause.message);
  }
  return (
    /^(08|53|57P|40)/.test(code) ||
    ['57014', '55P03', '25006'].includes(code) ||
    /^E(CONN|PIPE|TIMEDOUT|NOENT|AI_AGAIN|NOTFOUND|HOST|NET)/.test(code)
  );
}

function explain(cause: unknown): string {
  return codeOf(cause) === '53100'
    ? 'The disk of the server’s database is full; nothing was changed. Try again when there is space.'
    : 'The database is away; nothing was changed. Try again in a moment.';
}

/** Also where a library has wrapped Drizzle's error in one of its own. */
function causeOf(error: unknown): unknown {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof DrizzleQueryError) return at.cause;
  }
  return error;
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
