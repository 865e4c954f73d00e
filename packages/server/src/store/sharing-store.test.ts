import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../test/postgres.ts';
import { newNotebook } from '../../test/store-contract.ts';
import { PeopleStore } from './people-store.ts';
import { SharingStore } from './sharing-store.ts';
import { NotOwner } from './store.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let sharing: SharingStore;
let people: PeopleStore;

beforeAll(async () => {
  database = await testDatabase();
  sharing = new SharingStore(database.db);
  people = new PeopleStore(database.db);
});
afterAll(() => database.close());

/** Somebody who has signed in, with an address of their own. */
async function person(name = 'Ann'): Promise<string> {
  const id = `${name}-${randomBytes(8).toString('hex')}`;
  await people.welcome({ id, name, email: `${id}@example.org`, emailVerified: true });
  return id;
}

async function notebookOf(ownerId: string): Promise<string> {
  const { doc: _, ...notebook } = newNotebook();
  await database.store.createNotebook({ ...notebook, ownerId });
  return notebook.id;
}

type Role = 'viewer' | 'runner' | 'editor';

/** Whoever owns the notebook does it. */
const ownerOf = async (notebook: string) => (await sharing.owner(notebook))?.id ?? '';

const add = async (notebook: string, userId: string, role: Role, mayUseConnections = false) =>
  sharing.addMember(
    notebook,
    await ownerOf(notebook),
    { userId, email: null },
    { role, mayUseConnections },
  );

/** `endsInMs` null: until revoked. Gives the link's id. */
async function link(
  notebook: string,
  role: Role,
  {
    endsInMs = null,
    connections = false,
  }: { endsInMs?: number | null; connections?: boolean } = {},
): Promise<string> {
  const expiresAt = endsInMs === null ? null : new Date(Date.now() + endsInMs);
  const terms = { role, mayUseConnections: connections, expiresAt };
  return (await sharing.createLink(notebook, await ownerOf(notebook), terms)).id;
}

/** As if its time were over. */
const expire = (id: string) =>
  database.db.execute(
    sql`update share_links set expires_at = now() - interval '1 second' where id = ${id}`,
  );

const grant = async (notebook: string, user: string) =>
  (await sharing.find(notebook, user))?.grant ?? null;

describe('somebody’s role', () => {
  test.each<{ member: Role | null; links: Role[]; role: string | null }>([
    { member: null, links: [], role: null },
    { member: 'viewer', links: [], role: 'viewer' },
    { member: 'runner', links: [], role: 'runner' },
    { member: 'editor', links: [], role: 'editor' },
    { member: null, links: ['viewer'], role: 'viewer' },
    { member: null, links: ['viewer', 'editor', 'runner'], role: 'editor' },
    { member: 'viewer', links: ['runner'], role: 'runner' },
    { member: 'editor', links: ['viewer'], role: 'editor' },
  ])('is $role as member: $member, by links: $links', async ({ member, links, role }) => {
    const [owner, ann] = [await person('Owner'), await person()];
    const notebook = await notebookOf(owner);
    if (member) await add(notebook, ann, member);
    for (const each of links) {
      expect(await sharing.join(notebook, await link(notebook, each), ann)).toBe(true);
    }
    expect((await grant(notebook, ann))?.role ?? null).toBe(role);
    const listed = (await sharing.list(ann)).map((found) => [found.record.id, found.grant.role]);
    expect(listed).toEqual(role === null ? [] : [[notebook, role]]);
  });

  test('is the owner’s whatever else they have, and says whose the notebook is', async () => {
    const owner = await person('Owner');
    const notebook = await notebookOf(owner);
    await sharing.join(notebook, await link(notebook, 'viewer', { endsInMs: 60_000 }), owner);
    expect(await sharing.find(notebook, owner)).toMatchObject({
      grant: { role: 'owner', mayUseConnections: true, until: null },
      ownerName: 'Owner',
      deleted: false,
    });
    const [entry, ...others] = await sharing.list(owner);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ grant: { role: 'owner' }, ownerName: 'Owner' });
  });

  test('a new role replaces the old one, and connections are a right of their own', async () => {
    const [owner, ann] = [await person('Owner'), await person()];
    const notebook = await notebookOf(owner);
    const member = await add(notebook, ann, 'editor', true);
    expect(await grant(notebook, ann)).toMatchObject({ role: 'editor', mayUseConnections: true });
    expect(await add(notebook, ann, 'viewer', false)).toBe(member);
    expect(await grant(notebook, ann)).toMatchObject({ role: 'viewer', mayUseConnections: false });
    expect(await sharing.changeMember(notebook, owner, member, { mayUseConnections: true })).toBe(
      true,
    );
    expect(await grant(notebook, ann)).toMatchObject({ role: 'viewer', mayUseConnections: true });
    const byLink = await person();
    await sharing.join(notebook, await link(notebook, 'viewer', { connections: true }), byLink);
    expect(await grant(notebook, byLink)).toMatchObject({ mayUseConnections: true });
  });

  test('of no notebook there is none, and of a deleted one it is kept', async () => {
    const [owner, ann] = [await person('Owner'), await person()];
    expect(await sharing.find('f'.repeat(32), ann)).toBeNull();
    const notebook = await notebookOf(owner);
    await add(notebook, ann, 'viewer');
    await database.store.deleteNotebook(notebook, owner);
    expect(await sharing.find(notebook, ann)).toMatchObject({
      deleted: true,
      grant: { role: 'viewer' },
    });
    expect(await sharing.list(ann)).toEqual([]);
  });
});

describe('links', () => {
  test('`until` is when the first of them ends', async () => {
    const [owner, ann] = [await person('Owner'), await person()];
    const notebook = await notebookOf(owner);
    await sharing.join(notebook, await link(notebook, 'viewer'), ann);
    expect(await grant(notebook, ann)).toMatchObject({ until: null });
    const [soon, later] = [60_000, 600_000];
    const now = Date.now();
    for (const endsInMs of [later, soon]) {
      await sharing.join(notebook, await link(notebook, 'runner', { endsInMs }), ann);
    }
    const until = (await grant(notebook, ann))?.until?.getTime() ?? 0;
    expect(until).toBeGreaterThanOrEqual(now + soon - 1);
    expect(until).toBeLessThan(now + later);
  });

  test.each<[string, (notebook: string, id: string) => Promise<unknown>]>([
    ['expired', (_, id) => expire(id)],
    ['revoked', async (notebook, id) => sharing.revokeLink(notebook, await ownerOf(notebook), id)],
  ])('one that is %s gives nothing more, and what membership gives is left', async (_, end) => {
    const [owner, ann, bob] = [await person('Owner'), await person(), await person('Bob')];
    const notebook = await notebookOf(owner);
    const id = await link(notebook, 'editor');
    await sharing.join(notebook, id, ann);
    await sharing.join(notebook, id, bob);
    await add(notebook, bob, 'viewer');
    expect((await sharing.links(notebook)).map((each) => each.people.length)).toEqual([2]);
    await end(notebook, id);
    expect(await grant(notebook, ann)).toBeNull();
    expect(await sharing.list(ann)).toEqual([]);
    expect(await grant(notebook, bob)).toMatchObject({ role: 'viewer' });
    expect(await sharing.links(notebook)).toEqual([]);
    expect(await sharing.join(notebook, id, ann)).toBe(false);
    expect(await grant(notebook, ann)).toBeNull();
  });

  test('one of another notebook, or of a deleted one, opens nothing', async () => {
    const [owner, ann] = [await person('Owner'), await person()];
    const [notebook, other] = [await notebookOf(owner), await notebookOf(owner)];
    const id = await link(other, 'editor');
    expect(await sharing.join(notebook, id, ann)).toBe(false);
    expect(await sharing.revokeLink(notebook, owner, id)).toBeNull();
    await database.store.deleteNotebook(other, owner);
    expect(await sharing.join(other, id, ann)).toBe(false);
    expect(await sharing.list(ann)).toEqual([]);
  });

  test('joining twice is joining once, and revoking tells what was revoked, once', async () => {
    const [owner, ann] = [await person('Owner'), await person()];
    const notebook = await notebookOf(owner);
    const id = await link(notebook, 'runner');
    const joins = Array.from({ length: 10 }, () => sharing.join(notebook, id, ann));
    expect(await Promise.all(joins)).toEqual(Array(10).fill(true));
    const [record] = await sharing.links(notebook);
    expect(record?.people).toMatchObject([{ id: ann, name: 'Ann' }]);
    expect(await sharing.revokeLink(notebook, owner, id)).toBe('runner');
    expect(await sharing.revokeLink(notebook, owner, id)).toBeNull();
  });
});

describe('whoever is put out', () => {
  test.each<[string, (notebook: string, owner: string, ann: string) => Promise<boolean>]>([
    ['by name', (notebook, owner, ann) => sharing.putOut(notebook, owner, ann)],
    [
      'as a member',
      async (notebook, owner, ann) =>
        sharing.removeMember(notebook, owner, await add(notebook, ann, 'viewer')),
    ],
  ])('%s has nothing left, and none of the links lets them in again', async (_, putOut) => {
    const [owner, ann, bob] = [await person('Owner'), await person(), await person('Bob')];
    const [notebook, other] = [await notebookOf(owner), await notebookOf(owner)];
    const [came, known] = [await link(notebook, 'viewer'), await link(notebook, 'editor')];
    const elsewhere = await link(other, 'viewer');
    for (const each of [ann, bob]) {
      await sharing.join(notebook, came, each);
      await sharing.join(other, elsewhere, each);
      await add(notebook, each, 'runner');
    }
    expect(await putOut(notebook, owner, ann)).toBe(true);
    expect(await grant(notebook, ann)).toBeNull();
    expect((await sharing.list(ann)).map(({ record }) => record.id)).toEqual([other]);
    for (const id of [came, known]) expect(await sharing.join(notebook, id, ann)).toBe(false);
    expect(await grant(notebook, ann)).toBeNull();
    expect((await sharing.links(notebook)).map((one) => one.people.map(({ id }) => id))).toEqual([
      [bob],
      [],
    ]);
    expect(await grant(notebook, bob)).toMatchObject({ role: 'runner' });
    // As somebody who never had it.
    expect(await sharing.putOut(notebook, owner, ann)).toBe(false);
  });

  test('comes in by what the owner gives them later, and leaving opens no old link', async () => {
    const [owner, ann] = [await person('Owner'), await person()];
    const notebook = await notebookOf(owner);
    const old = await link(notebook, 'editor');
    await sharing.join(notebook, old, ann);
    await sharing.putOut(notebook, owner, ann);
    await add(notebook, ann, 'viewer');
    expect(await grant(notebook, ann)).toMatchObject({ role: 'viewer' });
    await sharing.leave(notebook, ann);
    expect(await sharing.join(notebook, old, ann)).toBe(false);
    expect(await sharing.join(notebook, await link(notebook, 'runner'), ann)).toBe(true);
    expect(await grant(notebook, ann)).toMatchObject({ role: 'runner' });
  });
});

describe('an address', () => {
  test('that nobody has proven is nobody’s', async () => {
    const [owner, notebook] = [await person('Owner'), await notebookOf('')];
    await database.db.execute(sql`update notebooks set owner_id = ${owner} where id = ${notebook}`);
    const eve = { id: `eve-${notebook}`, name: 'Ada', email: 'ada@victim.example' };
    await people.welcome({ ...eve, emailVerified: false });
    await sharing.join(notebook, await link(notebook, 'viewer'), eve.id);
    const told = () => Promise.all([sharing.links(notebook), sharing.owner(notebook)]);
    const byLink = async () => (await told())[0][0]?.people;
    expect(await byLink()).toEqual([{ id: eve.id, name: 'Ada', email: null }]);
    await people.welcome({ ...eve, emailVerified: true });
    expect(await byLink()).toEqual([eve]);
    expect((await told())[1]?.email).toBe(`${owner.toLowerCase()}@example.org`);
  });

  test('of a member is told to who shared with it, and to nobody who knew their id', async () => {
    const [owner, ann] = [await person('Owner'), await person()];
    const email = `${ann.toLowerCase()}@example.org`;
    const notebook = await notebookOf(owner);
    await add(notebook, ann, 'viewer');
    const told = async () => (await sharing.members(notebook))[0];
    expect(await told()).toMatchObject({ person: { id: ann, email: null }, invited: null });
    const terms = { role: 'viewer', mayUseConnections: false } as const;
    await sharing.addMember(notebook, owner, { userId: ann, email }, terms);
    expect(await told()).toMatchObject({ person: { id: ann, email }, invited: email });
    // Theirs is another one by now.
    await people.welcome({ id: ann, name: 'Ann', email: `new-${email}`, emailVerified: true });
    expect(await told()).toMatchObject({ person: { id: ann, email: null }, invited: email });
  });
});

describe('B5 whoever is the owner no longer', () => {
  const terms = { role: 'editor', mayUseConnections: true } as const;
  test.each<
    [
      string,
      (world: Record<'notebook' | 'owner' | 'member' | 'link' | 'bob', string>) => Promise<unknown>,
    ]
  >([
    [
      'shares it',
      ({ notebook, owner, bob }) =>
        sharing.addMember(notebook, owner, { userId: bob, email: null }, terms),
    ],
    [
      'changes a member',
      ({ notebook, owner, member }) => sharing.changeMember(notebook, owner, member, terms),
    ],
    [
      'removes a member',
      ({ notebook, owner, member }) => sharing.removeMember(notebook, owner, member),
    ],
    ['puts somebody out', ({ notebook, owner, bob }) => sharing.putOut(notebook, owner, bob)],
    [
      'makes a link',
      ({ notebook, owner }) => sharing.createLink(notebook, owner, { ...terms, expiresAt: null }),
    ],
    ['revokes a link', ({ notebook, owner, link: id }) => sharing.revokeLink(notebook, owner, id)],
    ['deletes it', ({ notebook, owner }) => database.store.deleteNotebook(notebook, owner)],
    ['brings it back', ({ notebook, owner }) => database.store.restoreNotebook(notebook, owner)],
  ])('no more %s', async (_, change) => {
    const [owner, ann, bob] = [await person('Owner'), await person(), await person('Bob')];
    const notebook = await notebookOf(owner);
    await add(notebook, ann, 'viewer');
    const member = await add(notebook, bob, 'viewer');
    await sharing.transfer(notebook, owner, ann);
    const made = await link(notebook, 'viewer');
    const state = () => Promise.all([sharing.members(notebook), sharing.links(notebook)]);
    const before = await state();
    await expect(change({ notebook, owner, member, link: made, bob })).rejects.toThrow(NotOwner);
    expect(await state()).toEqual(before);
    expect(await sharing.find(notebook, ann)).toMatchObject({ deleted: false });
  });
});

test('the list is found by indexes, however many notebooks there are', async () => {
  const ann = await person();
  await notebookOf(ann);
  const { db } = database;
  await db.execute(sql`
    insert into notebooks (id, owner_id, title, cell_count)
    select 'many-' || n, 'owner-' || n, '', 0 from generate_series(1, 20000) n`);
  await db.execute(sql`analyze notebooks`);
  const scans = sql`select seq_scan from pg_stat_xact_user_tables where relname = 'notebooks'`;
  await db.transaction(async (tx) => {
    const before = await tx.execute(scans);
    expect(await new SharingStore(tx).list(ann)).toHaveLength(1);
    expect((await tx.execute(scans)).rows).toEqual(before.rows);
  });
});

test('whoever leaves has nothing left of the notebook, and others keep what they have', async () => {
  const [owner, ann, bob] = [await person('Owner'), await person(), await person('Bob')];
  const [notebook, other] = [await notebookOf(owner), await notebookOf(owner)];
  const id = await link(notebook, 'viewer');
  for (const each of [ann, bob]) {
    await sharing.join(notebook, id, each);
    await add(notebook, each, 'runner');
    await add(other, each, 'editor');
  }
  await sharing.leave(notebook, ann);
  expect(await grant(notebook, ann)).toBeNull();
  expect(await grant(other, ann)).toMatchObject({ role: 'editor' });
  expect(await grant(notebook, bob)).toMatchObject({ role: 'runner' });
});

test('members are told in the order in which they came, and belong to one notebook', async () => {
  const owner = await person('Owner');
  const [notebook, other] = [await notebookOf(owner), await notebookOf(owner)];
  const ids: string[] = [];
  for (const name of ['C', 'A', 'B']) ids.push(await add(notebook, await person(name), 'viewer'));
  const told = await sharing.members(notebook);
  expect(told.map(({ id, person: one }) => [id, one?.name])).toEqual(
    ids.map((id, index) => [id, ['C', 'A', 'B'][index]]),
  );
  const [first = ''] = ids;
  expect(await sharing.changeMember(other, owner, first, { role: 'editor' })).toBe(false);
  expect(await sharing.removeMember(other, owner, first)).toBe(false);
  expect(await sharing.removeMember(notebook, owner, first)).toBe(true);
  expect(await sharing.removeMember(notebook, owner, first)).toBe(false);
  expect(await sharing.members(notebook)).toHaveLength(2);
});

test('the list has the latest change first, whosever it was', async () => {
  const [owner, ann] = [await person('Owner'), await person()];
  const own = await notebookOf(ann);
  const shared = await notebookOf(owner);
  const linked = await notebookOf(owner);
  await add(shared, ann, 'viewer');
  await sharing.join(linked, await link(linked, 'viewer'), ann);
  const times = [
    [own, 2],
    [shared, 3],
    [linked, 1],
  ] as const;
  for (const [id, hour] of times) {
    await database.db.execute(
      sql`update notebooks set updated_at = ${`2026-01-01T0${hour}:00:00Z`} where id = ${id}`,
    );
  }
  const listed = (await sharing.list(ann)).map(({ record }) => record.id);
  expect(listed).toEqual([shared, own, linked]);
});

describe('transfer', () => {
  test('makes a member the owner, and the owner an editor who may use connections', async () => {
    const [owner, ann] = [await person('Owner'), await person()];
    const notebook = await notebookOf(owner);
    await add(notebook, ann, 'viewer');
    expect(await sharing.transfer(notebook, owner, ann)).toBe('given');
    expect(await grant(notebook, ann)).toMatchObject({ role: 'owner' });
    expect(await grant(notebook, owner)).toMatchObject({ role: 'editor', mayUseConnections: true });
    expect(await sharing.owner(notebook)).toMatchObject({ id: ann });
    expect(await sharing.members(notebook)).toMatchObject([{ person: { id: owner } }]);
    // As after an answer that was lost.
    expect(await sharing.transfer(notebook, owner, ann)).toBe('given');
    expect(await sharing.members(notebook)).toHaveLength(1);
    expect(await sharing.transfer(notebook, ann, owner)).toBe('given');
    expect(await sharing.transfer(notebook, ann, await person('Bob'))).toBe('not_owner');
  });

  test('ends the links, whose secrets the old owner knows', async () => {
    const [owner, ann, bob] = [await person('Owner'), await person(), await person('Bob')];
    const notebook = await notebookOf(owner);
    const id = await link(notebook, 'editor');
    await sharing.join(notebook, id, bob);
    await add(notebook, ann, 'viewer');
    expect(await sharing.transfer(notebook, owner, ann)).toBe('given');
    expect(await sharing.links(notebook)).toEqual([]);
    expect(await grant(notebook, bob)).toBeNull();
    expect(await sharing.putOut(notebook, ann, owner)).toBe(true);
    expect(await sharing.join(notebook, id, owner)).toBe(false);
  });

  test('B10 a link that the old owner makes meanwhile is there before it and ends, or is never made', async () => {
    const owner = await person('Owner');
    for (let round = 0; round < 20; round += 1) {
      const [notebook, ann] = [await notebookOf(owner), await person()];
      await add(notebook, ann, 'viewer');
      const terms = { role: 'editor', mayUseConnections: true, expiresAt: null } as const;
      const [outcome] = await Promise.all([
        sharing.transfer(notebook, owner, ann),
        ...[1, 2, 3].map(() => sharing.createLink(notebook, owner, terms).catch(() => null)),
      ]);
      expect(outcome).toBe('given');
      expect(await sharing.links(notebook)).toEqual([]);
    }
  });

  test('of an owner who is a member of their own notebook works as well', async () => {
    const [owner, ann] = [await person('Owner'), await person()];
    const notebook = await notebookOf(owner);
    await add(notebook, owner, 'viewer');
    await add(notebook, ann, 'viewer');
    expect(await sharing.transfer(notebook, owner, ann)).toBe('given');
    expect(await grant(notebook, owner)).toMatchObject({ role: 'editor' });
  });

  test('leaves everything as it is where the heir is no member, or the notebook was deleted', async () => {
    const [owner, ann] = [await person('Owner'), await person()];
    const notebook = await notebookOf(owner);
    await sharing.join(notebook, await link(notebook, 'editor'), ann);
    expect(await sharing.transfer(notebook, owner, ann)).toBe('not_member');
    expect(await grant(notebook, owner)).toMatchObject({ role: 'owner' });
    await add(notebook, ann, 'editor');
    await database.store.deleteNotebook(notebook, owner);
    expect(await sharing.transfer(notebook, owner, ann)).toBe('not_owner');
  });

  test('B10 of 50 transfers at once to different people, one wins', async () => {
    const owner = await person('Owner');
    const notebook = await notebookOf(owner);
    const heirs = await Promise.all(Array.from({ length: 50 }, () => person('Heir')));
    for (const heir of heirs) await add(notebook, heir, 'viewer');
    const outcomes = await Promise.all(
      heirs.map((heir) => sharing.transfer(notebook, owner, heir)),
    );
    expect(outcomes.filter((outcome) => outcome === 'given')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'not_owner')).toHaveLength(49);
    const winner = heirs[outcomes.indexOf('given')];
    expect(await sharing.owner(notebook)).toMatchObject({ id: winner });
    const members = await sharing.members(notebook);
    expect(members).toHaveLength(50);
    expect(members.map(({ person: one }) => one?.id)).not.toContain(winner);
    expect(members.filter(({ person: one }) => one?.id === owner)).toHaveLength(1);
  });

  test('B10 whoever is removed meanwhile does not become the owner afterwards', async () => {
    const owner = await person('Owner');
    for (let round = 0; round < 10; round += 1) {
      const [notebook, ann] = [await notebookOf(owner), await person()];
      const member = await add(notebook, ann, 'viewer');
      const [outcome, removed] = await Promise.all([
        sharing.transfer(notebook, owner, ann),
        sharing.removeMember(notebook, owner, member).catch((error: unknown) => {
          if (error instanceof NotOwner) return false;
          throw error;
        }),
      ]);
      expect([outcome, removed]).toSatisfy(
        ([given, gone]) => (given === 'given') !== (gone === true),
      );
      const { id } = (await sharing.owner(notebook)) ?? {};
      expect(id).toBe(outcome === 'given' ? ann : owner);
    }
  });
});
