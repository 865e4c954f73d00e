/**
 * Sign-ins that are over before their tokens expire by themselves: somebody signed out, was banned or deleted at the
 * sign-in service. Asked at every use of such a token, so that all servers of one database agree.
 */
import { and, gt, inArray, lt, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Notices } from './notices.ts';
import { retryWhileAway } from './retry.ts';
import { endedSignIns, webhookDeliveries } from './schema.ts';

const awayLimitMs = 10_000;
/** Longer than any token of a sign-in service lives, and any webhook may be late. */
const keptSeconds = 24 * 60 * 60;

export class EndedSignIns {
  readonly #db: NodePgDatabase;
  readonly #notices: Pick<Notices, 'publish'>;

  constructor(db: NodePgDatabase, notices: Pick<Notices, 'publish'>) {
    this.#db = db;
    this.#notices = notices;
  }

  /** `subject` as a notice has it: `session:…` or `user:…`. Their sockets close at once. */
  async end(subject: string): Promise<void> {
    const until = sql`now() + make_interval(secs => ${keptSeconds})`;
    await this.#try(() =>
      this.#db
        .insert(endedSignIns)
        .values({ subject, until })
        .onConflictDoUpdate({ target: endedSignIns.subject, set: { until } }),
    );
    this.#notices.publish({ type: 'sign_in_ended', subject });
    await this.#forgetOld();
  }

  /** A user who was banned and is let in again. */
  async begin(subject: string): Promise<void> {
    await this.#try(() =>
      this.#db.delete(endedSignIns).where(inArray(endedSignIns.subject, [subject])),
    );
    await this.#forgetOld();
  }

  async includesAny(subjects: string[]): Promise<boolean> {
    const rows = await this.#try(() =>
      this.#db
        .select({ subject: endedSignIns.subject })
        .from(endedSignIns)
        .where(and(inArray(endedSignIns.subject, subjects), gt(endedSignIns.until, sql`now()`)))
        .limit(1),
    );
    return rows.length > 0;
  }

  /** True the first time that this id is seen, to one caller of many. */
  async takeDelivery(id: string): Promise<boolean> {
    const rows = await this.#try(() =>
      this.#db
        .insert(webhookDeliveries)
        .values({ id })
        .onConflictDoNothing()
        .returning({ id: webhookDeliveries.id }),
    );
    return rows.length > 0;
  }

  /** What was taken could not be acted on: the next try is to count. */
  async returnDelivery(id: string): Promise<void> {
    await this.#try(() =>
      this.#db.delete(webhookDeliveries).where(inArray(webhookDeliveries.id, [id])),
    );
  }

  async #forgetOld(): Promise<void> {
    await this.#try(() => this.#db.delete(endedSignIns).where(lt(endedSignIns.until, sql`now()`)));
    const old = sql`now() - make_interval(secs => ${keptSeconds})`;
    await this.#try(() =>
      this.#db.delete(webhookDeliveries).where(lt(webhookDeliveries.receivedAt, old)),
    );
  }

  #try<T>(attempt: () => Promise<T>): Promise<T> {
    return retryWhileAway(awayLimitMs, attempt);
  }
}
