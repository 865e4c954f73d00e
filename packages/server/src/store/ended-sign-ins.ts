/**
 * What a sign-in service tells of sign-ins that are over before their tokens expire by themselves: somebody signed
 * out, was banned or deleted there. Asked at every use of such a token, so that all servers of one database agree. All
 * of it may be told again: a second time changes nothing.
 */
import { and, eq, gt, lt, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Notices } from './notices.ts';
import { retryWhileAway } from './retry.ts';
import { endedSignIns, people, toldUsers, webhookDeliveries } from './schema.ts';

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

  /** `signIn` as a notice has it: `session:…`. All servers are told. */
  async end(signIn: string): Promise<void> {
    const until = sql`now() + make_interval(secs => ${keptSeconds})`;
    await this.#try(() =>
      this.#db
        .insert(endedSignIns)
        .values({ subject: signIn, until })
        .onConflictDoUpdate({ target: endedSignIns.subject, set: { until } }),
    );
    this.#notices.publish({ type: 'sign_in_ended', subject: signIn });
    await this.#forgetOld();
  }

  /**
   * How a user was at the sign-in service at a time, in milliseconds since 1970: `Infinity` for whoever was deleted,
   * `-Infinity` where it tells no time. Whoever is out there is blocked here, API tokens included. What is older than
   * what was told before changes nothing.
   */
  async tellUser(
    id: string,
    told: { isOut: boolean; at: number },
  ): Promise<{ isNews: boolean; isOut: boolean }> {
    const { isOut } = told;
    const toldAt = sql`to_timestamp(${told.at / 1000}::float8)`;
    const isNews = await this.#try(() =>
      this.#db.transaction(async (tx) => {
        const news = await tx
          .insert(toldUsers)
          .values({ id, isOut, toldAt })
          .onConflictDoUpdate({
            target: toldUsers.id,
            set: { isOut, toldAt: sql`greatest(${toldUsers.toldAt}, excluded.told_at)` },
            setWhere: sql`${toldUsers.toldAt} <= excluded.told_at or excluded.told_at = '-infinity'`,
          })
          .returning({ id: toldUsers.id });
        if (news.length === 0) return false;
        const blockedAt = isOut ? sql`coalesce(${people.blockedAt}, now())` : null;
        await tx.update(people).set({ blockedAt }).where(eq(people.id, id));
        return true;
      }),
    );
    if (!isNews) return { isNews, isOut: (await this.whatIsOver(id, null)) === 'user' };
    if (isOut) this.#notices.publish({ type: 'sign_in_ended', subject: `user:${id}` });
    return { isNews, isOut };
  }

  /** Whether this sign-in has ended, or else the user is out altogether. */
  async whatIsOver(user: string, signIn: string | null): Promise<'sign_in' | 'user' | null> {
    const isOut = this.#db
      .select({ id: toldUsers.id })
      .from(toldUsers)
      .where(and(eq(toldUsers.id, user), toldUsers.isOut));
    const hasEnded = this.#db
      .select({ subject: endedSignIns.subject })
      .from(endedSignIns)
      .where(and(eq(endedSignIns.subject, signIn ?? ''), gt(endedSignIns.until, sql`now()`)));
    const { rows } = await this.#try(() =>
      this.#db.execute<{ over: 'sign_in' | 'user' | null }>(
        sql`select case when exists (${hasEnded}) then 'sign_in' when exists (${isOut}) then 'user' end as over`,
      ),
    );
    return rows[0]?.over ?? null;
  }

  async hasDelivery(id: string): Promise<boolean> {
    const count = await this.#try(() =>
      this.#db.$count(webhookDeliveries, eq(webhookDeliveries.id, id)),
    );
    return count > 0;
  }

  async keepDelivery(id: string): Promise<void> {
    await this.#try(() => this.#db.insert(webhookDeliveries).values({ id }).onConflictDoNothing());
    await this.#forgetOld();
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
