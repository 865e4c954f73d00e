import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as Y from 'yjs';
import { testDatabase } from '../../test/postgres.ts';
import { newNotebook, readText, storeContract, type } from '../../test/store-contract.ts';
import { openStore } from './open-store.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

storeContract(() => database.store);

let killed = 0;

/** What was killed before may answer for a moment longer: its successor is waited for. */
async function killPostgres(): Promise<void> {
  const path = join(database.dataDir, 'postgres', 'postmaster.pid');
  const pid = () => (existsSync(path) && Number.parseInt(readFileSync(path, 'utf8'), 10)) || killed;
  while (pid() === killed) await nextTurn();
  killed = pid();
  process.kill(killed, 'SIGKILL');
}

// Recovery begins by syncing every file of the cluster: seconds on a busy disk.
test('killing PostgreSQL during appends loses nothing that was acknowledged', {
  timeout: 30_000,
}, async () => {
  const { doc, ...notebook } = newNotebook();
  await database.store.createNotebook(notebook);
  const appends: Promise<void>[] = [];
  for (let i = 0; i < 300; i += 1) {
    const append = database.store.appendUpdate(notebook.id, type(doc, `${i},`));
    appends.push(append);
    if (i === 100 || i === 200) {
      await append;
      await killPostgres();
    }
  }
  await Promise.all(appends);
  expect(await readText(database.store, notebook.id)).toBe(doc.getText('t').toString());
});

test('an update that could not be stored takes those after it with it, for no log may have a gap', async () => {
  const { doc, ...notebook } = newNotebook();
  const { doc: _, ...other } = newNotebook();
  await database.store.createNotebook(notebook);
  await database.store.createNotebook(other);
  const { db, store } = database;
  await db.execute(sql`alter table document_updates add check (length(data) <> 7)`);
  const { id } = notebook;
  const first = store.appendUpdate(id, type(doc, 'stored'));
  const refused = store.appendUpdate(id, new Uint8Array(7));
  // More than fits into the transaction of the one before it.
  const next = store.appendUpdate(id, type(doc, 'x'.repeat(9_000_000)));
  const elsewhere = store.appendUpdate(other.id, other.update);
  const outcomes = await Promise.allSettled([first, refused, next, elsewhere]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
    'rejected',
    'fulfilled',
  ]);
  // What the database said, without what people wrote.
  expect(outcomes[1]).toMatchObject({ reason: { message: expect.not.stringContaining('insert') } });
  expect(await readText(store, id)).toBe('start');
  await store.appendUpdate(id, Y.encodeStateAsUpdate(doc));
  expect(await readText(store, id)).toBe(doc.getText('t').toString());
});

test('a second server on the same data directory is refused and told who holds it', async () => {
  const log = { debug() {}, warn() {} };
  await expect(openStore({ dataDir: database.dataDir }, log)).rejects.toThrow(
    `process ${process.pid}`,
  );
});
