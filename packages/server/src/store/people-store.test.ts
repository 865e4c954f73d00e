import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../test/postgres.ts';
import { newNotebook } from '../../test/store-contract.ts';
import { AccountStore } from './account-store.ts';
import { PeopleStore } from './people-store.ts';
import { SharingStore } from './sharing-store.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let people: PeopleStore;
let sharing: SharingStore;

beforeAll(async () => {
  database = await testDatabase();
  people = new PeopleStore(database.db);
  sharing = new SharingStore(database.db);
});
afterAll(() => database.close());

/** What a sign-in says of somebody new; the address is proven. */
function profile(name = 'Ann') {
  const id = randomBytes(8).toString('hex');
  return { id, name, email: `${id}@example.org`, emailVerified: true };
}

async function notebookOf(ownerId: string): Promise<string> {
  const { doc: _, ...notebook } = newNotebook();
  await database.store.createNotebook({ ...notebook, ownerId });
  return notebook.id;
}

async function invite(notebook: string, email: string, role: 'viewer' | 'editor' = 'viewer') {
  const owner = (await sharing.owner(notebook))?.id ?? '';
  const who = { userId: null, email };
  await sharing.addMember(notebook, owner, who, { role, mayUseConnections: false });
}

const roleOf = async (notebook: string, user: string) =>
  (await sharing.find(notebook, user))?.grant?.role ?? null;

describe('welcome', () => {
  test('is the first one for one of many at once, and takes note of what changed', async () => {
    const ann = profile();
    const welcomes = Array.from({ length: 20 }, () => people.welcome(ann));
    const firsts = (await Promise.all(welcomes)).filter((isFirst) => isFirst);
    expect(firsts).toHaveLength(1);
    expect(await people.welcome({ ...ann, name: 'Ann B', email: `B${ann.email}` })).toBe(false);
    expect(await people.find(ann.id)).toMatchObject({ name: 'Ann B', email: `b${ann.email}` });
    expect(await people.find('nobody')).toBeNull();
  });

  test('asks again for first notebooks that were not made, a minute later, and never once they are', async () => {
    const ann = profile();
    const age = () =>
      database.db.execute(
        sql`update people set first_notebooks_since = now() - interval '2 minutes' where id = ${ann.id}`,
      );
    expect([await people.welcome(ann), await people.welcome(ann)]).toEqual([true, false]);
    await age();
    expect([await people.welcome(ann), await people.welcome(ann)]).toEqual([true, false]);
    await people.keepFirstNotebooks(ann.id);
    await age();
    expect(await people.welcome(ann)).toBe(false);
  });

  test('gives what was shared with a proven address, however it is spelt', async () => {
    const ann = profile();
    const notebook = await notebookOf('owner');
    await invite(notebook, ann.email, 'editor');
    expect(await sharing.members(notebook)).toMatchObject([{ person: null, invited: ann.email }]);
    await people.welcome({ ...ann, email: ann.email.toUpperCase() });
    expect(await roleOf(notebook, ann.id)).toBe('editor');
    expect(await sharing.members(notebook)).toMatchObject([{ person: { id: ann.id } }]);
  });

  test('gives nothing by an address that nobody has proven, until somebody does', async () => {
    const ann = profile();
    const impostor = { ...profile('Impostor'), email: ann.email, emailVerified: false };
    const notebook = await notebookOf('owner');
    await invite(notebook, ann.email);
    await people.welcome(impostor);
    expect(await roleOf(notebook, impostor.id)).toBeNull();
    await people.welcome({ ...ann, emailVerified: false });
    expect(await roleOf(notebook, ann.id)).toBeNull();
    await people.welcome(ann);
    expect(await roleOf(notebook, ann.id)).toBe('viewer');
    // An invitation is somebody's once.
    await people.welcome({ ...impostor, emailVerified: true });
    expect(await roleOf(notebook, impostor.id)).toBeNull();
  });

  test.each([
    { known: 'viewer', invited: 'editor', role: 'editor' },
    { known: 'editor', invited: 'viewer', role: 'editor' },
  ] as const)(
    'a $known who was invited as $invited too is one member, the $role',
    async ({ known, invited, role }) => {
      const ann = profile();
      const notebook = await notebookOf('owner');
      await people.welcome({ ...ann, emailVerified: false });
      const terms = { role: known, mayUseConnections: true };
      await sharing.addMember(notebook, 'owner', { userId: ann.id, email: null }, terms);
      await invite(notebook, ann.email, invited);
      await people.welcome(ann);
      expect(await sharing.members(notebook)).toMatchObject([
        { person: { id: ann.id }, role, mayUseConnections: true },
      ]);
    },
  );

  test('an owner who invited another address of theirs stays the owner and no more', async () => {
    const ann = profile();
    await people.welcome({ ...ann, emailVerified: false });
    const notebook = await notebookOf(ann.id);
    await invite(notebook, ann.email);
    await people.welcome(ann);
    expect(await sharing.members(notebook)).toEqual([]);
    expect(await roleOf(notebook, ann.id)).toBe('owner');
  });
});

test('people are found by an address only where they have proven it', async () => {
  const ann = profile();
  await people.welcome({ ...ann, emailVerified: false });
  expect(await people.findByEmail(ann.email)).toBeNull();
  await people.welcome(ann);
  expect(await people.findByEmail(ann.email.toUpperCase())).toMatchObject({ id: ann.id });
  expect(await people.findByEmail('nobody@example.org')).toBeNull();
});

test('of several with one proven address the one who was here last is found, and nobody who is blocked', async () => {
  const gone = profile('Ann, deleted there');
  const ann = { ...profile('Ann, signed up again'), email: gone.email };
  for (const one of [gone, ann, gone]) await people.welcome(one);
  expect(await people.findByEmail(gone.email)).toMatchObject({ id: gone.id });
  await people.welcome(ann);
  expect(await people.findByEmail(gone.email)).toMatchObject({ id: ann.id });
  await people.welcome(gone);
  await new AccountStore(database.db, database.notices).setBlocked(gone.id, true);
  expect(await people.findByEmail(gone.email)).toMatchObject({ id: ann.id });
});
