/** What of local accounts needs the database's help to be seen: what happens in between. */
import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../test/postgres.ts';
import { readConfig } from '../config.ts';
import { openIdentity } from '../identity.ts';

const password = 'violet kettle under snow';
const another = 'eleven owls in the attic';
const browser = { address: '192.0.2.1', userAgent: undefined };
const token = 'token-of-the-owner-0123456789-0123456789';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

/** One of the servers of the database. */
async function openServer() {
  const read = readConfig({ SIGN_UP: 'open', RNB_TOKEN: token });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const identity = await openIdentity({
    ...database,
    config: read.config,
    secret: 'a secret of at least thirty-two characters',
    log: pino({ level: 'silent' }),
  });
  if (!identity.local) throw new Error('No local accounts');
  const { close, local } = identity;
  return { ...local, close, [Symbol.asyncDispose]: close };
}

const newEmail = () => `${randomUUID().slice(0, 8)}@example.org`;

type Server = Awaited<ReturnType<typeof openServer>>;

async function signUp({ accounts }: Server, email = newEmail()) {
  const made = await accounts.signUp({ name: 'Ada', email, password }, browser);
  if ('refused' in made) throw new Error('refused');
  return made.person;
}

/** Every new row of the table calls `body` first. */
async function beforeInsert(table: string, body: string): Promise<AsyncDisposable> {
  const name = `hold_${table}`;
  await database.db.execute(
    sql.raw(`create function ${name}() returns trigger language plpgsql as $$ begin ${body}; return new; end $$;
      create trigger ${name} before insert on "${table}" for each row execute function ${name}()`),
  );
  return {
    async [Symbol.asyncDispose]() {
      await database.db.execute(sql.raw(`drop function ${name} cascade`));
    },
  };
}

/** Sessions are not made before `release`; `reached` once one is to be. */
async function holdSessions() {
  const held = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const trigger = await beforeInsert('session', 'perform pg_advisory_xact_lock(7)');
  const done = database.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(7)`);
    locked.resolve();
    await held.promise;
  });
  await locked.promise;
  return {
    async reached() {
      const waiting = sql`select 1 from pg_locks where locktype = 'advisory' and not granted`;
      const count = async () => (await database.db.execute(waiting)).rows.length;
      await expect.poll(count).toBe(1);
    },
    async release() {
      held.resolve();
      await done;
    },
    async [Symbol.asyncDispose]() {
      held.resolve();
      await done;
      await trigger[Symbol.asyncDispose]();
    },
  };
}

test.each<[string, (server: Server, id: string) => Promise<unknown>]>([
  ['reset', ({ accounts }, id) => accounts.passwordLink(id)],
  [
    'changed',
    ({ accounts }, id) =>
      accounts.changePassword(id, { currentPassword: password, newPassword: another }, null),
  ],
])('a sign-in that began before the password was %s comes to nothing', async (_, takeAway) => {
  await using server = await openServer();
  const { id, email } = await signUp(server);
  await server.accountStore.endSessions(id);
  await using hold = await holdSessions();
  const signingIn = server.accounts.signIn({ email: email ?? '', password }, browser);
  await hold.reached();
  await takeAway(server, id);
  await hold.release();
  expect(await signingIn).toBeNull();
  expect(await server.accountStore.sessions(id)).toEqual([]);
});

test('a sign-in by a link that was replaced meanwhile comes to nothing', async () => {
  await using server = await openServer();
  const { id } = await signUp(server);
  const link = await server.accounts.passwordLink(id);
  await using hold = await holdSessions();
  const signingIn = server.accounts.signInByLink(link?.token ?? '', browser);
  await hold.reached();
  await server.accounts.passwordLink(id);
  await hold.release();
  expect(await signingIn).toBeNull();
  expect(await server.accountStore.sessions(id)).toEqual([]);
});

test('of many who use one link at once, one is signed in', async () => {
  await using server = await openServer();
  const { id } = await signUp(server);
  const { token: link = '' } = (await server.accounts.passwordLink(id)) ?? {};
  const all = await Promise.all(
    Array.from({ length: 5 }, () => server.accounts.signInByLink(link, browser)),
  );
  expect(all.filter((one) => one !== null)).toHaveLength(1);
  expect(await server.accountStore.sessions(id)).toHaveLength(1);
});

test('an account is made as a whole or not at all, and an invitation is used up by an account alone', async () => {
  await using server = await openServer();
  const email = newEmail();
  const invitation = (await server.invitations.create(email))?.token ?? '';
  const form = { name: 'Ada', email, password, invitation };
  {
    await using _failing = await beforeInsert('account', `raise exception 'no'`);
    await expect(server.accounts.signUp(form, browser)).rejects.toThrow('no');
  }
  expect(await server.accounts.personOf(email)).toBeNull();
  expect(await server.accounts.signUp(form, browser)).toMatchObject({ person: { email } });
  expect(await server.invitations.find(invitation)).toBeNull();
});

test('an invitation that is in use is not there to be revoked, and does not come back', async () => {
  await using server = await openServer();
  const email = newEmail();
  const made = await server.invitations.create(null);
  await using hold = await holdSessions();
  const first = server.accounts.signUp(
    { name: 'Ada', email, password, invitation: made?.token ?? '' },
    browser,
  );
  await hold.reached();
  // It was used, and that is what the administrator hears.
  expect(await server.invitations.revoke(made?.record.id ?? '')).toBe(false);
  await hold.release();
  expect(await first).toMatchObject({ person: { email } });
  expect((await server.invitations.list()).map(({ id }) => id)).not.toContain(made?.record.id);
});

test('RNB_TOKEN acts under the names that the administrator has now, on every server', async () => {
  await using one = await openServer();
  await using other = await openServer();
  const { userId } = one.accounts.owner;
  await one.accounts.update(userId, { name: 'Grace' });
  const from = { host: undefined, address: null };
  expect(await other.accounts.principalOfToken(token, from)).toMatchObject({
    userId,
    name: 'Grace',
  });
});
