/**
 * What there is to ask of all local accounts: where they are signed in, who may not sign in, who looks after them. The
 * tables are those of the sign-in library, which makes accounts and sessions; here sessions are looked at and ended.
 */
import { and, asc, count, desc, eq, gt, isNotNull, max, ne, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Notices } from './notices.ts';
import { retryWhileAway } from './retry.ts';
import { people, session, user } from './schema.ts';

const awayLimitMs = 10_000;

export interface SessionRecord {
  id: string;
  userAgent: string;
  address: string | null;
  createdAt: Date;
  /** Within a day. */
  lastSeenAt: Date;
}

export interface AccountRecord {
  id: string;
  name: string;
  email: string;
  emailVerified: boolean;
  isAdministrator: boolean;
  isBlocked: boolean;
  createdAt: Date;
  lastSeenAt: Date;
  sessionCount: number;
}

export class AccountStore {
  readonly #db: NodePgDatabase;
  readonly #notices: Pick<Notices, 'publish'>;

  constructor(db: NodePgDatabase, notices: Pick<Notices, 'publish'>) {
    this.#db = db;
    this.#notices = notices;
  }

  /** Those that still count, the latest first. */
  async sessions(userId: string): Promise<SessionRecord[]> {
    const rows = await this.#try(() =>
      this.#db
        .select()
        .from(session)
        .where(and(eq(session.userId, userId), gt(session.expiresAt, sql`now()`)))
        .orderBy(desc(session.updatedAt), asc(session.id)),
    );
    return rows.map(({ id, userAgent, ipAddress, createdAt, updatedAt }) => ({
      id,
      userAgent: userAgent ?? '',
      address: ipAddress || null,
      createdAt,
      lastSeenAt: updatedAt,
    }));
  }

  /** Ends one of this person's; false where they have none with that id. */
  async endSession(userId: string, id: string): Promise<boolean> {
    return this.#end(and(eq(session.userId, userId), eq(session.id, id))).then((n) => n > 0);
  }

  /** Ends all of this person's but one; how many there were. */
  async endSessions(userId: string, except: string | null = null): Promise<number> {
    return this.#end(
      and(eq(session.userId, userId), except === null ? undefined : ne(session.id, except)),
    );
  }

  /** Everybody with an account, the oldest first. */
  async list(): Promise<AccountRecord[]> {
    const open = this.#db
      .select({
        userId: session.userId,
        sessionCount: count().as('session_count'),
        lastUse: max(session.updatedAt).as('last_use'),
      })
      .from(session)
      .where(gt(session.expiresAt, sql`now()`))
      .groupBy(session.userId)
      .as('open');
    const rows = await this.#try(() =>
      this.#db
        .select({
          id: user.id,
          name: user.name,
          email: user.email,
          emailVerified: user.emailVerified,
          isAdministrator: user.isAdministrator,
          createdAt: user.createdAt,
          blockedAt: people.blockedAt,
          lastSeenAt: people.lastSeenAt,
          lastUse: open.lastUse,
          sessionCount: open.sessionCount,
        })
        .from(user)
        .leftJoin(people, eq(people.id, user.id))
        .leftJoin(open, eq(open.userId, user.id))
        .orderBy(asc(user.createdAt), asc(user.id)),
    );
    return rows.map(({ blockedAt, lastSeenAt, lastUse, sessionCount, ...account }) => ({
      ...account,
      isBlocked: blockedAt !== null,
      lastSeenAt: latest(account.createdAt, lastSeenAt, lastUse),
      sessionCount: sessionCount ?? 0,
    }));
  }

  /** The oldest account that looks after the others; null before the first start has made it. */
  async administrator(): Promise<{ id: string; name: string; email: string } | null> {
    const rows = await this.#try(() =>
      this.#db
        .select({ id: user.id, name: user.name, email: user.email })
        .from(user)
        .where(eq(user.isAdministrator, true))
        .orderBy(asc(user.createdAt))
        .limit(1),
    );
    return rows[0] ?? null;
  }

  /**
   * Nobody is blocked before what they have open is closed: their sessions end, and API tokens of whoever is blocked
   * count no longer. What is theirs stays. False where there is no such account.
   */
  async setBlocked(userId: string, isBlocked: boolean): Promise<boolean> {
    const rows = await this.#try(() =>
      this.#db
        .update(people)
        .set({ blockedAt: isBlocked ? sql`now()` : null })
        .where(eq(people.id, userId))
        .returning({ id: people.id }),
    );
    if (rows.length === 0) return false;
    if (isBlocked) {
      await this.endSessions(userId);
      this.#notices.publish({ type: 'sign_in_ended', subject: `user:${userId}` });
    }
    return true;
  }

  async isBlocked(userId: string): Promise<boolean> {
    const isBlocked = and(eq(people.id, userId), isNotNull(people.blockedAt));
    return (await this.#try(() => this.#db.$count(people, isBlocked))) > 0;
  }

  async #end(which: ReturnType<typeof and>): Promise<number> {
    const ended = new Set<string>();
    // Looked at first: an attempt whose answer was lost tells none of what it deleted.
    const before = await this.#try(() =>
      this.#db.select({ id: session.id }).from(session).where(which),
    );
    const deleted = await this.#try(() =>
      this.#db.delete(session).where(which).returning({ id: session.id }),
    );
    for (const { id } of [...before, ...deleted]) ended.add(id);
    for (const id of ended) {
      this.#notices.publish({ type: 'sign_in_ended', subject: `session:${id}` });
    }
    return ended.size;
  }

  #try<T>(attempt: () => Promise<T>): Promise<T> {
    return retryWhileAway(awayLimitMs, attempt);
  }
}

function latest(first: Date, ...others: (Date | null)[]): Date {
  return others.reduce<Date>((best, one) => (one !== null && one > best ? one : best), first);
}
