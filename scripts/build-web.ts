import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { cacheDir, root } from './repository.ts';
import { runCommand } from './run-command.ts';

const webDir = join(root, 'packages/web');
const builtPage = join(webDir, 'dist/index.html');
const builtFrom = join(cacheDir, 'web-inputs.sha256');

/** Everything that ends up in the pages, besides `VITE_CLERK_PUBLISHABLE_KEY`: the web's own files, the packages it bundles, and how they are built. */
const inputs = [
  'package-lock.json',
  'scripts/build-web.ts',
  'packages/web',
  'packages/document/src',
  'packages/protocol/src',
  'packages/engine/src',
];
const notInputs = new Set(['node_modules', 'dist', 'test']);

/** Builds the web unless what is there was built from the same sources. False when the build failed. */
export async function buildWeb(): Promise<boolean> {
  const hash = await hashInputs();
  if (existsSync(builtPage) && (await readBuiltFrom()) === hash) return true;
  console.log('Building the web (its sources changed since the last build)');
  if (!(await runCommand('npm', ['run', 'build'], { cwd: webDir }))) return false;
  await mkdir(dirname(builtFrom), { recursive: true });
  await writeFile(builtFrom, hash);
  return true;
}

async function readBuiltFrom(): Promise<string | null> {
  return readFile(builtFrom, 'utf8').catch(() => null);
}

async function hashInputs(): Promise<string> {
  const hash = createHash('sha256').update(process.env.VITE_CLERK_PUBLISHABLE_KEY ?? '');
  for (const input of inputs) {
    for (const file of await filesBelow(join(root, input))) {
      hash
        .update(`${relative(root, file)}\0`)
        .update(await readFile(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

/** A file is its own list. Sorted, so that the same files always hash the same. */
async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => null);
  if (entries === null) return existsSync(path) ? [path] : [];
  const kept = entries
    .filter(({ name }) => !notInputs.has(name) && !/\.test\.tsx?$/.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const lists = await Promise.all(
    kept.map((entry) => {
      const child = join(path, entry.name);
      return entry.isDirectory() ? filesBelow(child) : [child];
    }),
  );
  return lists.flat();
}

if (import.meta.main) process.exitCode = (await buildWeb()) ? 0 : 1;
