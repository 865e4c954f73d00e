import { and, eq, isNull, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { retryWhileAway } from './retry.ts';
import { notebookMembers, people } from './schema.ts';

const awayLimitMs = 10_000;

/** What a sign-in says of somebody. */
export interface Profile {
  id: string;
  name: string;
  email: string | null;
  emailVerified: boolean;
}

/** Everybody who has signed in, whichever way. */
export class PeopleStore {
  readonly #db: NodePgDatabase;

  constructor(db: NodePgDatabase) {
    this.#db = db;
  }

  /**
   * Takes note of somebody who signs in, and gives them what was shared with their address, if it is proven. True
   * for whoever was never here before, to one caller of many.
   */
  async welcome(profile: Profile): Promise<boolean> {
    const { id, name, emailVerified } = profile;
    const email = profile.email?.toLowerCase() ?? null;
    return this.#try(() =>
      this.#db.transaction(async (tx) => {
        const told = { name, email, emailVerified, lastSeenAt: sql`now()` };
        const [row] = await tx
          .insert(people)
          .values({ id, ...told })
          .onConflictDoUpdate({ target: people.id, set: told })
          // A row that was updated has the transaction that did so in `xmax`.
          .returning({ isNew: sql<boolean>`xmax = 0` });
        if (email !== null && emailVerified) {
          const invited = and(eq(notebookMembers.email, email), isNull(notebookMembers.userId));
          const known = tx
            .select({ notebook: notebookMembers.notebookId })
            .from(notebookMembers)
            .where(eq(notebookMembers.userId, id));
          await tx
            .update(notebookMembers)
            .set({ userId: id })
            .where(and(invited, sql`${notebookMembers.notebookId} not in ${known}`));
        }
        return row?.isNew === true;
      }),
    );
  }

  async find(id: string): Promise<Profile | null> {
    const rows = await this.#try(() => this.#db.select().from(people).where(eq(people.id, id)));
    return rows[0] ?? null;
  }

  /** Whoever has proven to have the address. */
  async findByEmail(email: string): Promise<Profile | null> {
    const rows = await this.#try(() =>
      this.#db
        .select()
        .from(people)
        .where(and(eq(sql`lower(${people.email})`, email.toLowerCase()), people.emailVerified))
        .limit(1),
    );
    return rows[0] ?? null;
  }

  #try<T>(attempt: () => Promise<T>): Promise<T> {
    return retryWhileAway(awayLimitMs, attempt);
  }
}
