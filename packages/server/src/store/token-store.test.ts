import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../test/postgres.ts';
import { PeopleStore } from './people-store.ts';
import { maxTokensPerPerson, TokenStore } from './token-store.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let tokens: TokenStore;
let people = 0;
beforeAll(async () => {
  database = await testDatabase();
  tokens = new TokenStore(database.db);
});
afterAll(() => database.close());

async function newPerson(): Promise<string> {
  people += 1;
  const id = `person-${people}`;
  const profile = { id, name: 'Somebody', email: null, emailVerified: false };
  await new PeopleStore(database.db).welcome(profile);
  return id;
}

async function make(userId: string, spec: { expiresInMs?: number; name?: string } = {}) {
  const { name = 'ci', expiresInMs = 60_000 } = spec;
  const expiresAt = new Date(Date.now() + expiresInMs);
  const made = await tokens.create(userId, { name, scope: 'run', expiresAt });
  if (!made) throw new Error('No token was made');
  return made;
}

test('a token stands for its person, for what it was made for', async () => {
  const userId = await newPerson();
  const { token, record } = await make(userId);
  expect(token).toMatch(/^rnb_[\w-]{43}$/);
  expect(record.hint).toBe(token.slice(-4));
  const person = { id: userId, name: 'Somebody', emailVerified: false };
  expect(await tokens.use(token, '192.0.2.1')).toMatchObject({
    id: record.id,
    scope: 'run',
    person,
  });
});

test('the database has nothing that is a token', async () => {
  const { token } = await make(await newPerson());
  const { rows } = await database.db.execute<{ all: string }>(
    sql`select string_agg(t::text, ' ') as all from api_tokens t`,
  );
  expect(rows[0]?.all).not.toContain(token);
  expect(rows[0]?.all).not.toContain(token.slice(4));
});

test('an expired, a revoked and an unheard-of token stand for nobody', async () => {
  const userId = await newPerson();
  const expired = await make(userId, { expiresInMs: -1 });
  const revoked = await make(userId);
  expect(await tokens.exists(revoked.record.id)).toBe(true);
  expect(await tokens.revoke(userId, revoked.record.id)).toBe('ci');
  expect(await tokens.exists(revoked.record.id)).toBe(false);
  for (const token of [expired.token, revoked.token, `${revoked.token}x`, 'rnb_', 'nothing', '']) {
    expect(await tokens.use(token, null)).toBeNull();
  }
});

test('nobody sees or revokes the tokens of another person', async () => {
  const [one, other] = [await newPerson(), await newPerson()];
  const { record } = await make(one);
  expect(await tokens.list(other)).toEqual([]);
  expect(await tokens.revoke(other, record.id)).toBeNull();
  expect((await tokens.list(one)).map(({ id }) => id)).toEqual([record.id]);
});

test('its last use is shown, with the address', async () => {
  const userId = await newPerson();
  const { token } = await make(userId);
  expect(await tokens.list(userId)).toMatchObject([{ lastUsedAt: null, lastUsedFrom: null }]);
  await tokens.use(token, '192.0.2.7');
  const [used] = await tokens.list(userId);
  expect(used).toMatchObject({ lastUsedAt: expect.any(Date), lastUsedFrom: '192.0.2.7' });
  // Not written at every use.
  await tokens.use(token, '192.0.2.8');
  expect(await tokens.list(userId)).toEqual([used]);
});

test('a person has only so many', async () => {
  const userId = await newPerson();
  const spec = { name: 'many', scope: 'read' as const, expiresAt: new Date(Date.now() + 60_000) };
  for (let i = 0; i < maxTokensPerPerson; i += 1) {
    expect(await tokens.create(userId, spec)).not.toBeNull();
  }
  expect(await tokens.create(userId, spec)).toBeNull();
});
