import { dirname, join } from 'node:path';

/** The repository's root, wherever a script was called from. */
export const root = dirname(import.meta.dirname);

/** What can be made again at any time. Outside node_modules, which `npm ci` empties. */
export const cacheDir = join(root, '.cache');

/** The program of an installed package. */
export function installedProgram(name: string): string {
  return join(root, 'node_modules', '.bin', name);
}
