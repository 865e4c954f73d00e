import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';

/** What scripts/clerk-files.ts fetched. */
const folder = join(dirname(dirname(import.meta.dirname)), '.cache/clerk');

/** A file of one of Clerk's browser packages, at its path on Clerk's CDN; null where there is none. */
export async function readClerkFile(path: string): Promise<Buffer | null> {
  const [, name, file] = /^\/npm\/@clerk\/(clerk-js|ui)@[\w.-]+\/dist\/([\w.-]+)$/.exec(path) ?? [];
  if (name === undefined || file === undefined || extname(file) !== '.js') return null;
  const place = (await packagesIn(folder)).find((each) => each.startsWith(`${name}-`));
  if (place === undefined) {
    throw new Error(
      'The journeys with Clerk need the files of its browser packages: run `node scripts/clerk-files.ts`.',
    );
  }
  return readFile(join(folder, place, 'dist', file)).catch(() => null);
}

async function packagesIn(path: string): Promise<string[]> {
  return existsSync(path) ? readdir(path) : [];
}
