import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../test/postgres.ts';
import { newNotebook, readText, storeContract, type } from '../../test/store-contract.ts';
import { openStore } from './open-store.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

storeContract(() => database.store);

function killPostgres(): void {
  const file = readFileSync(join(database.dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  process.kill(Number.parseInt(file, 10), 'SIGKILL');
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
      killPostgres();
    }
  }
  await Promise.all(appends);
  expect(await readText(database.store, notebook.id)).toBe(doc.getText('t').toString());
});

test('a second server on the same data directory is refused and told who holds it', async () => {
  const log = { debug() {}, warn() {} };
  await expect(openStore({ dataDir: database.dataDir }, log)).rejects.toThrow(
    `process ${process.pid}`,
  );
});
