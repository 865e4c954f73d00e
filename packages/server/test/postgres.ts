import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenStore, openStore } from '../src/store/open-store.ts';

const silent = { debug() {}, warn() {} };

/** A store of its own on a real PostgreSQL in a temporary directory; close it at the end of the file. */
export async function testDatabase(): Promise<OpenStore & { dataDir: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'rnb-test-'));
  // mkdtemp makes it private, but as root PostgreSQL runs as another user.
  await chmod(dataDir, 0o711);
  const opened = await openStore({ dataDir }, silent);
  return {
    ...opened,
    dataDir,
    async close() {
      await opened.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
