import { GrantedRole } from '@rnb/protocol';
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { retryWhileAway } from './retry.ts';
import { people } from './schema.ts';

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
   * Takes note of somebody who signs in, and gives them what was shared with their address, if it is proven. True to one
   * caller of many for whoever has no first notebooks yet: that one makes them, and says so by `keepFirstNotebooks`. If
   * it does not, another one may a minute later.
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
          .returning({ hasFirstNotebooks: people.hasFirstNotebooks });
        if (email !== null && emailVerified) await claimInvitations(tx, id, email);
        if (row?.hasFirstNotebooks) return false;
        const isNobodyAtIt = sql`coalesce(${people.firstNotebooksSince} < now() - interval '1 minute', true)`;
        const claimed = await tx
          .update(people)
          .set({ firstNotebooksSince: sql`now()` })
          .where(and(eq(people.id, id), isNobodyAtIt))
          .returning({ id: people.id });
        return claimed.length > 0;
      }),
    );
  }

  async keepFirstNotebooks(id: string): Promise<void> {
    await this.#try(() =>
      this.#db.update(people).set({ hasFirstNotebooks: true }).where(eq(people.id, id)),
    );
  }

  async find(id: string): Promise<Profile | null> {
    const rows = await this.#try(() => this.#db.select().from(people).where(eq(people.id, id)));
    return rows[0] ?? null;
  }

  /** Whoever has proven to have the address and may sign in; of several, as after a new start elsewhere, the latest. */
  async findByEmail(email: string): Promise<Profile | null> {
    const rows = await this.#try(() =>
      this.#db
        .select()
        .from(people)
        .where(
          and(
            eq(sql`lower(${people.email})`, email.toLowerCase()),
            people.emailVerified,
            isNull(people.blockedAt),
          ),
        )
        .orderBy(desc(people.lastSeenAt))
        .limit(1),
    );
    return rows[0] ?? null;
  }

  #try<T>(attempt: () => Promise<T>): Promise<T> {
    return retryWhileAway(awayLimitMs, attempt);
  }
}

/** What was shared with the address is theirs; where they are a member already, they keep the more of both. */
async function claimInvitations(
  tx: Pick<NodePgDatabase, 'execute'>,
  person: string,
  email: string,
): Promise<void> {
  await tx.execute(sql`
    with second as (
      delete from notebook_members invited
      where invited.email = ${email} and invited.user_id is null and (
        exists (select from notebooks where id = invited.notebook_id and owner_id = ${person})
        or exists (select from notebook_members known
                   where known.notebook_id = invited.notebook_id and known.user_id = ${person}))
      returning invited.*)
    update notebook_members known set
      role = case
        when array_position(${greatness}, second.role) > array_position(${greatness}, known.role)
        then second.role else known.role end,
      may_use_connections = known.may_use_connections or second.may_use_connections,
      email = coalesce(known.email, second.email)
    from second where known.notebook_id = second.notebook_id and known.user_id = ${person}`);
  await tx.execute(sql`
    update notebook_members set user_id = ${person} where email = ${email} and user_id is null`);
}

const greatness = sql.raw(`array['${GrantedRole.options.join("','")}']`);
