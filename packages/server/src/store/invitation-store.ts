/** Invitations to make an account. The database has only the digests of their tokens: whoever reads it is not invited. */
import { createHash, randomBytes } from 'node:crypto';
import { and, asc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { randomId } from './random-id.ts';
import { retryWhileAway } from './retry.ts';
import { invitations } from './schema.ts';

const awayLimitMs = 10_000;
const lifetimeMs = 7 * 24 * 60 * 60 * 1000;
/** At one time. */
export const maxInvitations = 500;

export interface InvitationRecord {
  id: string;
  /** The only address that may use it; null: any. */
  email: string | null;
  createdAt: Date;
  expiresAt: Date;
}

const shown = {
  id: invitations.id,
  email: invitations.email,
  createdAt: invitations.createdAt,
  expiresAt: invitations.expiresAt,
};

export class InvitationStore {
  readonly #db: NodePgDatabase;

  constructor(db: NodePgDatabase) {
    this.#db = db;
  }

  /** The token is in the answer, and never again anywhere. Null where there are too many. */
  async create(email: string | null): Promise<{ record: InvitationRecord; token: string } | null> {
    await this.#try(() =>
      this.#db.delete(invitations).where(lt(invitations.expiresAt, sql`now()`)),
    );
    if ((await this.#try(() => this.#db.$count(invitations))) >= maxInvitations) return null;
    const token = randomBytes(32).toString('base64url');
    const createdAt = new Date();
    const expiresAt = new Date(createdAt.getTime() + lifetimeMs);
    const record = { id: randomId(), email, createdAt, expiresAt };
    const row = { ...record, digest: digestOf(token) };
    await this.#try(() => this.#db.insert(invitations).values(row).onConflictDoNothing());
    return { record, token };
  }

  /** Those that can still be used, the oldest first. */
  async list(): Promise<InvitationRecord[]> {
    return this.#try(() =>
      this.#db
        .select(shown)
        .from(invitations)
        .where(gt(invitations.expiresAt, sql`now()`))
        .orderBy(asc(invitations.createdAt), asc(invitations.id)),
    );
  }

  /** Null for a token that is none, was used, has expired or was revoked. */
  async find(token: string): Promise<InvitationRecord | null> {
    const rows = await this.#try(() =>
      this.#db.select(shown).from(invitations).where(isGood(token)),
    );
    return rows[0] ?? null;
  }

  /** False where there is none with that id. */
  async revoke(id: string): Promise<boolean> {
    const rows = await this.#try(() =>
      this.#db.delete(invitations).where(eq(invitations.id, id)).returning({ id: invitations.id }),
    );
    return rows.length > 0;
  }

  #try<T>(attempt: () => Promise<T>): Promise<T> {
    return retryWhileAway(awayLimitMs, attempt);
  }
}

/**
 * For an account with this address, as part of making it. Deleting is the claim: of two who use it at once, one gets it.
 * Null for a token that does not open one.
 */
export async function takeInvitation(
  db: Pick<NodePgDatabase, 'delete'>,
  token: string,
  email: string,
): Promise<InvitationRecord | null> {
  const isForIt = or(isNull(invitations.email), eq(invitations.email, email));
  const [taken] = await db
    .delete(invitations)
    .where(and(isGood(token), isForIt))
    .returning(shown);
  return taken ?? null;
}

function isGood(token: string) {
  return and(eq(invitations.digest, digestOf(token)), gt(invitations.expiresAt, sql`now()`));
}

function digestOf(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}
