/**
 * Who has which notebook, and as what. Somebody's role is the greatest of those that ownership, membership and the
 * links they came by give them; what a link gives ends with the link. What only the owner may do names the owner in the
 * statement that does it: whoever was one when they asked need not be one when it is done.
 */
import { type GrantedRole, Role } from '@rnb/protocol';
import { and, asc, desc, eq, gt, inArray, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { unionAll } from 'drizzle-orm/pg-core';
import type { Found, Grant } from '../auth/authorize.ts';
import { provenEmail } from '../auth/person-name.ts';
import { randomId } from './random-id.ts';
import { retryWhileAway } from './retry.ts';
import { notebookMembers, notebooks, people, shareLinks, shareLinkUsers } from './schema.ts';
import { type NotebookRecord, NotOwner } from './store.ts';

const awayLimitMs = 10_000;

export interface FoundNotebook extends Found {
  record: NotebookRecord;
  ownerName: string;
}

export interface PersonRecord {
  id: string;
  name: string;
  /** Null where nobody has proven it, or where it is not for whoever asks. */
  email: string | null;
}

export interface MemberRecord {
  id: string;
  role: GrantedRole;
  mayUseConnections: boolean;
  person: PersonRecord | null;
  invited: string | null;
  createdAt: Date;
}

export interface LinkRecord {
  id: string;
  role: GrantedRole;
  mayUseConnections: boolean;
  createdAt: Date;
  expiresAt: Date | null;
  people: PersonRecord[];
}

interface Terms {
  role: GrantedRole;
  mayUseConnections: boolean;
}

export class SharingStore {
  readonly #db: NodePgDatabase;

  constructor(db: NodePgDatabase) {
    this.#db = db;
  }

  /** One query, whether there is such a notebook or not. Null where there is none. */
  async find(notebook: string, user: string): Promise<FoundNotebook | null> {
    const rows = await this.#select(user, eq(notebooks.id, notebook));
    return rows[0] ?? null;
  }

  /** All that somebody has, the latest change first. */
  async list(user: string): Promise<(FoundNotebook & { grant: Grant })[]> {
    const own = this.#db
      .select({ id: notebooks.id })
      .from(notebooks)
      .where(and(eq(notebooks.ownerId, user), isNull(notebooks.deletedAt)));
    const member = this.#db
      .select({ id: notebookMembers.notebookId })
      .from(notebookMembers)
      .where(eq(notebookMembers.userId, user));
    const linked = this.#db
      .select({ id: shareLinks.notebookId })
      .from(shareLinkUsers)
      .innerJoin(shareLinks, eq(shareLinks.id, shareLinkUsers.linkId))
      .where(and(eq(shareLinkUsers.userId, user), isNull(shareLinkUsers.removedAt), isLive()));
    // Each by an index of its own; joined by `or` they would have all notebooks read.
    const theirs = inArray(notebooks.id, unionAll(own, member, linked));
    const rows = await this.#select(user, and(theirs, isNull(notebooks.deletedAt)));
    return rows.flatMap((row) => (row.grant ? [{ ...row, grant: row.grant }] : []));
  }

  /** Their addresses only as far as the owner gave them: who knows somebody's id need not know their address. */
  async members(notebook: string): Promise<MemberRecord[]> {
    const rows = await this.#try(() =>
      this.#db
        .select({ member: notebookMembers, person: people })
        .from(notebookMembers)
        .leftJoin(people, eq(people.id, notebookMembers.userId))
        .where(eq(notebookMembers.notebookId, notebook))
        .orderBy(asc(notebookMembers.createdAt), asc(notebookMembers.id)),
    );
    return rows.map(({ member, person }) => ({
      id: member.id,
      role: member.role,
      mayUseConnections: member.mayUseConnections,
      person: person ? personOf(person, member.email) : null,
      invited: member.email,
      createdAt: member.createdAt,
    }));
  }

  /** Those that still open the notebook. */
  async links(notebook: string): Promise<LinkRecord[]> {
    const rows = await this.#try(() =>
      this.#db
        .select({ link: shareLinks, person: people })
        .from(shareLinks)
        .leftJoin(
          shareLinkUsers,
          and(eq(shareLinkUsers.linkId, shareLinks.id), isNull(shareLinkUsers.removedAt)),
        )
        .leftJoin(people, eq(people.id, shareLinkUsers.userId))
        .where(and(eq(shareLinks.notebookId, notebook), isLive()))
        .orderBy(asc(shareLinks.createdAt), asc(shareLinks.id), asc(shareLinkUsers.joinedAt)),
    );
    const links = new Map<string, LinkRecord>();
    for (const { link, person } of rows) {
      const { id, role, mayUseConnections, createdAt, expiresAt } = link;
      const known = links.get(id);
      const one = known ?? { id, role, mayUseConnections, createdAt, expiresAt, people: [] };
      if (person) one.people.push(personOf(person));
      links.set(id, one);
    }
    return [...links.values()];
  }

  async owner(notebook: string): Promise<PersonRecord | null> {
    const rows = await this.#try(() =>
      this.#db
        .select({ id: notebooks.ownerId, person: people })
        .from(notebooks)
        .leftJoin(people, eq(people.id, notebooks.ownerId))
        .where(eq(notebooks.id, notebook)),
    );
    const [row] = rows;
    if (!row) return null;
    return row.person ? personOf(row.person) : { id: row.id, name: row.id, email: null };
  }

  /**
   * Makes somebody a member, or gives a member other terms. `userId` is null for whoever will prove to have the
   * address. Returns the member's id.
   */
  async addMember(
    notebook: string,
    owner: string,
    who: { userId: string | null; email: string | null },
    terms: Terms,
  ): Promise<string> {
    const { userId, email } = who;
    const target =
      userId === null
        ? [notebookMembers.notebookId, notebookMembers.email]
        : [notebookMembers.notebookId, notebookMembers.userId];
    const targetWhere =
      userId === null ? isNull(notebookMembers.userId) : sql`${notebookMembers.userId} is not null`;
    const set = email === null ? terms : { ...terms, email };
    const rows = await this.#asOwner(notebook, owner, (tx) =>
      tx
        .insert(notebookMembers)
        .values({ id: randomId(), notebookId: notebook, userId, email, ...terms })
        .onConflictDoUpdate({ target, targetWhere, set })
        .returning({ id: notebookMembers.id }),
    );
    const [row] = rows;
    if (!row) throw new Error('The database kept no member');
    return row.id;
  }

  /** False where the notebook has no such member. */
  async changeMember(
    notebook: string,
    owner: string,
    member: string,
    terms: Partial<Terms>,
  ): Promise<boolean> {
    if (Object.keys(terms).length === 0) return true;
    const rows = await this.#asOwner(notebook, owner, (tx) =>
      tx
        .update(notebookMembers)
        .set(terms)
        .where(isMember(notebook, member))
        .returning({ id: notebookMembers.id }),
    );
    return rows.length > 0;
  }

  /** Also what links gave them, as `putOut` does. False where the notebook has no such member. */
  async removeMember(notebook: string, owner: string, member: string): Promise<boolean> {
    return this.#asOwner(notebook, owner, async (tx) => {
      const [row] = await tx
        .delete(notebookMembers)
        .where(isMember(notebook, member))
        .returning({ userId: notebookMembers.userId });
      if (row?.userId) await shutLinks(tx, notebook, row.userId);
      return row !== undefined;
    });
  }

  /**
   * Leaves somebody nothing of the notebook, by whichever way they have it. None of the links that there are lets them
   * in again. False for whoever had nothing.
   */
  async putOut(notebook: string, owner: string, user: string): Promise<boolean> {
    return this.#asOwner(notebook, owner, async (tx) => {
      const members = await tx
        .delete(notebookMembers)
        .where(and(eq(notebookMembers.notebookId, notebook), eq(notebookMembers.userId, user)))
        .returning({ id: notebookMembers.id });
      const had = await tx.$count(
        shareLinkUsers,
        and(
          eq(shareLinkUsers.userId, user),
          isNull(shareLinkUsers.removedAt),
          inArray(shareLinkUsers.linkId, liveLinksOf(tx, notebook)),
        ),
      );
      if (members.length === 0 && had === 0) return false;
      await shutLinks(tx, notebook, user);
      return true;
    });
  }

  /** Gives up what somebody has of a notebook, by whichever way they have it; ownership stays. */
  async leave(notebook: string, user: string): Promise<void> {
    const links = this.#db
      .select({ id: shareLinks.id })
      .from(shareLinks)
      .where(eq(shareLinks.notebookId, notebook));
    await this.#try(() =>
      this.#db.transaction(async (tx) => {
        await tx
          .delete(notebookMembers)
          .where(and(eq(notebookMembers.notebookId, notebook), eq(notebookMembers.userId, user)));
        await tx.delete(shareLinkUsers).where(
          and(
            eq(shareLinkUsers.userId, user),
            inArray(shareLinkUsers.linkId, links),
            // Whoever was put out stays out.
            isNull(shareLinkUsers.removedAt),
          ),
        );
      }),
    );
  }

  async createLink(
    notebook: string,
    owner: string,
    terms: Terms & { expiresAt: Date | null },
  ): Promise<LinkRecord> {
    const id = randomId();
    const createdAt = new Date();
    await this.#asOwner(notebook, owner, (tx) =>
      tx
        .insert(shareLinks)
        .values({ id, notebookId: notebook, createdAt, ...terms })
        .onConflictDoNothing(),
    );
    return { id, createdAt, people: [], ...terms };
  }

  /** What the link gave; null where the notebook has no such link, or it was revoked before. */
  async revokeLink(notebook: string, owner: string, link: string): Promise<GrantedRole | null> {
    const rows = await this.#asOwner(notebook, owner, (tx) =>
      tx
        .update(shareLinks)
        .set({ revokedAt: sql`now()` })
        .where(
          and(
            eq(shareLinks.id, link),
            eq(shareLinks.notebookId, notebook),
            isNull(shareLinks.revokedAt),
          ),
        )
        .returning({ role: shareLinks.role }),
    );
    return rows[0]?.role ?? null;
  }

  /** Lets somebody in by a link; false where it opens this notebook no longer, never did, or not for them. */
  async join(notebook: string, link: string, user: string): Promise<boolean> {
    const opened = this.#db
      .select({ linkId: shareLinks.id, userId: sql<string>`${user}`.as('user_id') })
      .from(shareLinks)
      .innerJoin(notebooks, eq(notebooks.id, shareLinks.notebookId))
      .where(
        and(
          eq(shareLinks.id, link),
          eq(shareLinks.notebookId, notebook),
          isLive(),
          isNull(notebooks.deletedAt),
        ),
      );
    const rows = await this.#try(() =>
      this.#db.execute<{ link_id: string }>(sql`
        insert into share_link_users (link_id, user_id) ${opened}
        on conflict (link_id, user_id) do update set joined_at = share_link_users.joined_at
          where share_link_users.removed_at is null
        returning link_id`),
    );
    return rows.rows.length > 0;
  }

  /**
   * To a member, of which the old owner becomes one, as an editor. The links end: the old owner knows their secrets. Of
   * several at once one wins: for the others the notebook is no longer `from`'s. What is given already counts as given.
   */
  async transfer(
    notebook: string,
    from: string,
    to: string,
  ): Promise<'given' | 'not_owner' | 'not_member'> {
    const isThere = and(eq(notebooks.id, notebook), isNull(notebooks.deletedAt));
    return this.#try(() =>
      this.#db.transaction(async (tx) => {
        const [row] = await tx
          .select({ ownerId: notebooks.ownerId })
          .from(notebooks)
          .where(isThere)
          .for('update');
        if (row?.ownerId === to) return 'given';
        if (row?.ownerId !== from) return 'not_owner';
        const heir = await tx
          .delete(notebookMembers)
          .where(and(eq(notebookMembers.notebookId, notebook), eq(notebookMembers.userId, to)))
          .returning({ id: notebookMembers.id });
        if (heir.length === 0) return 'not_member';
        await tx.update(notebooks).set({ ownerId: to }).where(eq(notebooks.id, notebook));
        await tx
          .update(shareLinks)
          .set({ revokedAt: sql`now()` })
          .where(and(eq(shareLinks.notebookId, notebook), isNull(shareLinks.revokedAt)));
        const terms: Terms = { role: 'editor', mayUseConnections: true };
        await tx
          .insert(notebookMembers)
          .values({ id: randomId(), notebookId: notebook, userId: from, ...terms })
          .onConflictDoUpdate({
            target: [notebookMembers.notebookId, notebookMembers.userId],
            targetWhere: sql`${notebookMembers.userId} is not null`,
            set: terms,
          });
        return 'given';
      }),
    );
  }

  /** Throws NotOwner. Until `change` is done, the notebook is given to nobody. */
  #asOwner<T>(notebook: string, owner: string, change: (tx: Tx) => Promise<T>): Promise<T> {
    const isTheirs = and(
      eq(notebooks.id, notebook),
      eq(notebooks.ownerId, owner),
      isNull(notebooks.deletedAt),
    );
    return this.#try(() =>
      this.#db.transaction(async (tx) => {
        const held = await tx
          .select({ id: notebooks.id })
          .from(notebooks)
          .where(isTheirs)
          .for('share');
        if (held.length === 0) throw new NotOwner();
        return change(tx);
      }),
    );
  }

  #select(user: string, which: SQL | undefined): Promise<FoundNotebook[]> {
    const linked = sql<LinkGrant[]>`(
      select coalesce(json_agg(json_build_object(
        'role', l.role, 'mayUseConnections', l.may_use_connections, 'expiresAt', l.expires_at)), '[]')
      from share_links l join share_link_users u on u.link_id = l.id
      where l.notebook_id = ${notebooks.id} and u.user_id = ${user} and u.removed_at is null
        and l.revoked_at is null and (l.expires_at is null or l.expires_at > now()))`;
    return this.#try(async () => {
      const rows = await this.#db
        .select({ row: notebooks, member: notebookMembers, linked, ownerName: people.name })
        .from(notebooks)
        .leftJoin(people, eq(people.id, notebooks.ownerId))
        .leftJoin(
          notebookMembers,
          and(eq(notebookMembers.notebookId, notebooks.id), eq(notebookMembers.userId, user)),
        )
        .where(which)
        .orderBy(desc(notebooks.updatedAt), asc(notebooks.id));
      return rows.map(({ row, member, linked: links, ownerName }) => {
        const { deletedAt, ...record } = row;
        const grant = grantOf(row.ownerId === user, member, links);
        return { record, ownerName: ownerName ?? '', deleted: deletedAt !== null, grant };
      });
    });
  }

  #try<T>(attempt: () => Promise<T>): Promise<T> {
    return retryWhileAway(awayLimitMs, attempt);
  }
}

type Tx = Parameters<Parameters<NodePgDatabase['transaction']>[0]>[0];

interface LinkGrant extends Terms {
  expiresAt: string | null;
}

function grantOf(isOwner: boolean, member: Terms | null, links: LinkGrant[]): Grant | null {
  if (isOwner) return { role: 'owner', mayUseConnections: true, until: null };
  const terms: Terms[] = member ? [member, ...links] : links;
  if (terms.length === 0) return null;
  const ends = links.flatMap(({ expiresAt }) =>
    expiresAt === null ? [] : [Date.parse(expiresAt)],
  );
  return {
    role: Role.options.findLast((role) => terms.some((one) => one.role === role)) ?? 'viewer',
    mayUseConnections: terms.some((one) => one.mayUseConnections),
    until: ends.length === 0 ? null : new Date(Math.min(...ends)),
  };
}

function isLive(): SQL | undefined {
  return and(
    isNull(shareLinks.revokedAt),
    or(isNull(shareLinks.expiresAt), gt(shareLinks.expiresAt, sql`now()`)),
  );
}

function isMember(notebook: string, member: string): SQL | undefined {
  return and(eq(notebookMembers.id, member), eq(notebookMembers.notebookId, notebook));
}

function liveLinksOf(db: Pick<NodePgDatabase, 'select'>, notebook: string) {
  return db
    .select({ id: shareLinks.id })
    .from(shareLinks)
    .where(and(eq(shareLinks.notebookId, notebook), isLive()));
}

/** For somebody: also those that they have not come by yet, but may know. */
async function shutLinks(tx: Tx, notebook: string, user: string): Promise<void> {
  await tx.execute(sql`
    insert into share_link_users (link_id, user_id, removed_at)
    select id, ${user}, now() from share_links l where l.id in ${liveLinksOf(tx, notebook)}
    on conflict (link_id, user_id) do update set removed_at = now()`);
}

/** `known`: the one address that whoever asks knows to be theirs; left out, they are shown any that is proven. */
function personOf(
  { id, name, ...person }: PersonRecord & { emailVerified: boolean },
  known?: string | null,
): PersonRecord {
  const email = provenEmail(person);
  return { id, name, email: known === undefined || known === email ? email : null };
}
