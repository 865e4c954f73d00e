import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { testDatabase } from '../../test/postgres.ts';
import { SettingsStore } from '../store/settings-store.ts';
import { openAuthSecret } from './auth-secret.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

let dataDir: string;
beforeEach(async () => {
  dataDir = await newDataDir();
  await database.db.execute(sql`delete from settings`);
});
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});
async function newDataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rnb-secret-'));
  folders.push(folder);
  return folder;
}

interface Settings {
  dataDir?: string;
  authSecret?: string;
  acceptedAuthSecret?: string;
}
/** A start on the one database. */
const start = (settings: Settings = {}) =>
  openAuthSecret(
    { dataDir, authSecret: null, acceptedAuthSecret: null, ...settings },
    new SettingsStore(database.db),
  );

const one = 'one secret of thirty-two letters'.replaceAll(' ', '-');
const other = 'another secret of thirty-two signs'.replaceAll(' ', '-');

/** What a start says that is stopped, and the name by which it may be accepted. */
async function refusalOf(settings: Settings): Promise<{ says: string; name: string }> {
  const says = await start(settings).then(
    () => '',
    (error) => String(error),
  );
  return { says, name: /ACCEPT_AUTH_SECRET=([0-9a-f]{12})/.exec(says)?.[1] ?? '' };
}

test('without a setting it is made once and kept where its user alone can read it', async () => {
  const secret = await start();
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(await start()).toBe(secret);
  const path = join(dataDir, 'auth-secret');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, 'utf8')).toBe(secret);
  await writeFile(path, 'short');
  await expect(start()).rejects.toThrow('damaged');
});

test('two starts at once make one', async () => {
  const secrets = await Promise.all(Array.from({ length: 10 }, () => start()));
  expect(new Set(secrets)).toHaveLength(1);
});

test('the setting goes before the file, and makes none', async () => {
  expect(await start({ authSecret: one })).toBe(one);
  await expect(stat(join(dataDir, 'auth-secret'))).rejects.toThrow('ENOENT');
});

test('what one server kept in its file, others of the database are given as the setting', async () => {
  const secret = await start();
  expect(await start({ dataDir: await newDataDir(), authSecret: secret })).toBe(secret);
});

test.each([
  ['another setting', async () => ({ authSecret: other }), 'AUTH_SECRET'],
  ['a new data folder', async () => ({ dataDir: await newDataDir() }), 'auth-secret'],
])('with %s a start stops and says how to go on', async (_, settings, word) => {
  await start({ authSecret: one });
  const second = await settings();
  const { says, name } = await refusalOf(second);
  expect(says).toContain(word);
  expect(says).not.toContain(other);
  // Nothing has changed for the first.
  expect(await start({ authSecret: one })).toBe(one);
  const accepted = await start({ ...second, acceptedAuthSecret: name });
  expect(await start(second)).toBe(accepted);
  await expect(start({ authSecret: one })).rejects.toThrow('another secret');
});

test('what was accepted once lets no third secret in', async () => {
  await start({ authSecret: one });
  const { name } = await refusalOf({ authSecret: other });
  await start({ authSecret: other, acceptedAuthSecret: name });
  await expect(start({ authSecret: `${other}!`, acceptedAuthSecret: name })).rejects.toThrow(
    'another secret',
  );
});

test('the database has nothing of which the secret could be made', async () => {
  await start({ authSecret: one });
  const { rows } = await database.db.execute(sql`select * from settings`);
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(one);
});
