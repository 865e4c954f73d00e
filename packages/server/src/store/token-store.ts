/** Personal API tokens. The database has only their digests: whoever reads it can use none. */
import { createHash, randomBytes } from 'node:crypto';
import type { TokenScope } from '@rnb/protocol';
import { and, asc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { randomId } from './random-id.ts';
import { retryWhileAway } from './retry.ts';
import { apiTokens, people } from './schema.ts';

/** By which a token is told from other credentials, and found by scanners where it should not be. */
export const tokenPrefix = 'rnb_';

const awayLimitMs = 10_000;
/** How exactly it is known when a token was last used. */
const lastUseSeconds = 60;
/** Tokens of one person. */
export const maxTokensPerPerson = 100;

export interface TokenRecord {
  id: string;
  name: string;
  scope: TokenScope;
  hint: string;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
  lastUsedFrom: string | null;
}

export interface TokenUse {
  id: string;
  name: string;
  scope: TokenScope;
  expiresAt: Date;
  person: { id: string; name: string; email: string | null; emailVerified: boolean };
}

export class TokenStore {
  readonly #db: NodePgDatabase;

  constructor(db: NodePgDatabase) {
    this.#db = db;
  }

  /** The token itself is in the answer, and never again anywhere. Null where the person has too many. */
  async create(
    userId: string,
    spec: { name: string; scope: TokenScope; expiresAt: Date },
  ): Promise<{ record: TokenRecord; token: string } | null> {
    const token = tokenPrefix + randomBytes(32).toString('base64url');
    const id = randomId();
    const createdAt = new Date();
    const hint = token.slice(-4);
    const count = await this.#try(() => this.#db.$count(apiTokens, eq(apiTokens.userId, userId)));
    if (count >= maxTokensPerPerson) return null;
    await this.#try(() =>
      this.#db
        .insert(apiTokens)
        .values({ id, userId, digest: digestOf(token), hint, createdAt, ...spec })
        .onConflictDoNothing(),
    );
    const record = { id, hint, createdAt, lastUsedAt: null, lastUsedFrom: null, ...spec };
    return { record, token };
  }

  async list(userId: string): Promise<TokenRecord[]> {
    return this.#try(() =>
      this.#db
        .select({
          id: apiTokens.id,
          name: apiTokens.name,
          scope: apiTokens.scope,
          hint: apiTokens.hint,
          createdAt: apiTokens.createdAt,
          expiresAt: apiTokens.expiresAt,
          lastUsedAt: apiTokens.lastUsedAt,
          lastUsedFrom: apiTokens.lastUsedFrom,
        })
        .from(apiTokens)
        .where(eq(apiTokens.userId, userId))
        .orderBy(asc(apiTokens.createdAt), asc(apiTokens.id)),
    );
  }

  /** Ends a token of this person; the name it had, or null where they have none with that id. */
  async revoke(userId: string, id: string): Promise<string | null> {
    const rows = await this.#try(() =>
      this.#db
        .delete(apiTokens)
        .where(and(eq(apiTokens.id, id), eq(apiTokens.userId, userId)))
        .returning({ name: apiTokens.name }),
    );
    return rows[0]?.name ?? null;
  }

  /** Whether nobody has revoked it, nor blocked whose it is. */
  async exists(id: string): Promise<boolean> {
    const rows = await this.#try(() =>
      this.#db
        .select({ id: apiTokens.id })
        .from(apiTokens)
        .innerJoin(people, eq(people.id, apiTokens.userId))
        .where(and(eq(apiTokens.id, id), isNull(people.blockedAt))),
    );
    return rows.length > 0;
  }

  /** Whose token this is, and notes its use; null where it is none, or no longer. */
  async use(token: string, address: string | null): Promise<TokenUse | null> {
    if (!token.startsWith(tokenPrefix) || token.length > 100) return null;
    const isToken = and(
      eq(apiTokens.digest, digestOf(token)),
      gt(apiTokens.expiresAt, sql`now()`),
      isNull(people.blockedAt),
    );
    const rows = await this.#try(() =>
      this.#db
        .select({ token: apiTokens, person: people })
        .from(apiTokens)
        .innerJoin(people, eq(people.id, apiTokens.userId))
        .where(isToken),
    );
    const [row] = rows;
    if (!row) return null;
    const longAgo = lt(apiTokens.lastUsedAt, sql`now() - make_interval(secs => ${lastUseSeconds})`);
    await this.#try(() =>
      this.#db
        .update(apiTokens)
        .set({ lastUsedAt: sql`now()`, lastUsedFrom: address })
        .where(and(eq(apiTokens.id, row.token.id), or(isNull(apiTokens.lastUsedAt), longAgo))),
    );
    const { id, name, scope, expiresAt } = row.token;
    return { id, name, scope, expiresAt, person: row.person };
  }

  #try<T>(attempt: () => Promise<T>): Promise<T> {
    return retryWhileAway(awayLimitMs, attempt);
  }
}

function digestOf(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}
