/**
 * What there is to ask of all local accounts: where they are signed in, who may not sign in, who looks after them. The
 * tables are those of the sign-in library, which makes sessions; here accounts are made, in one piece with what they
 * need, and sessions are looked at and ended.
 */
import {
  and,
  asc,
  count,
  DrizzleQueryError,
  desc,
  eq,
  gt,
  isNotNull,
  max,
  ne,
  type SQL,
  sql,
} from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { takeInvitation } from './invitation-store.ts';
import type { Notices } from './notices.ts';
import type { Profile } from './people-store.ts';
import { randomId } from './random-id.ts';
import { retryWhileAway } from './retry.ts';
import { account as credentials, people, session, user } from './schema.ts';

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

  /**
   * Makes an account, with its password, and uses the invitation up for it: all or nothing. An invitation that names the
   * address proves it, and takes it from an account that has it without having proven it, which `takenFrom` tells.
   */
  async create(
    account: { name: string; email: string; passwordHash: string },
    invitation: string | null,
  ): Promise<{ person: Profile; takenFrom: string | null } | 'not_invited' | 'taken'> {
    const { name, email, passwordHash } = account;
    const id = randomId();
    try {
      return await this.#db.transaction(async (tx) => {
        const invited = invitation === null ? null : await takeInvitation(tx, invitation, email);
        if (invitation !== null && invited === null) return 'not_invited';
        const emailVerified = invited?.email === email;
        const takenFrom = emailVerified ? await freeAddress(tx, email) : null;
        await tx.insert(user).values({ id, name, email, emailVerified });
        await tx.insert(credentials).values({
          id: randomId(),
          userId: id,
          providerId: 'credential',
          accountId: id,
          password: passwordHash,
        });
        return { person: { id, name, email, emailVerified }, takenFrom };
      });
    } catch (error) {
      if (isDuplicate(error)) return 'taken';
      throw error;
    }
  }

  /** Everybody with an account, the oldest first. */
  list(): Promise<AccountRecord[]> {
    return this.#list(undefined);
  }

  async find(id: string): Promise<AccountRecord | null> {
    return (await this.#list(eq(user.id, id)))[0] ?? null;
  }

  async #list(which: SQL | undefined): Promise<AccountRecord[]> {
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
        .where(which)
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
  async administrator(): Promise<(Profile & { email: string }) | null> {
    const rows = await this.#try(() =>
      this.#db
        .select({
          id: user.id,
          name: user.name,
          email: user.email,
          emailVerified: user.emailVerified,
        })
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

/** Takes it from whoever has not proven it; who that was. */
async function freeAddress(tx: Pick<NodePgDatabase, 'update'>, email: string) {
  const [holder] = await tx
    .update(user)
    .set({ email: sql`${user.id} || '@unproven.invalid'` })
    .where(and(eq(user.email, email), eq(user.emailVerified, false)))
    .returning({ id: user.id });
  if (!holder) return null;
  await tx.update(people).set({ email: null }).where(eq(people.id, holder.id));
  return holder.id;
}

/** Of something that may be there once. */
function isDuplicate(error: unknown): boolean {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  return cause instanceof Error && 'code' in cause && cause.code === '23505';
}

function latest(first: Date, ...others: (Date | null)[]): Date {
  return others.reduce<Date>((best, one) => (one !== null && one > best ? one : best), first);
}
