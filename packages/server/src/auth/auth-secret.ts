import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What session cookies are signed with: random, made on the first start, readable by the server's user alone. */
export async function loadAuthSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, 'auth-secret');
  await mkdir(dataDir, { recursive: true });
  try {
    // `wx` fails where the file exists, so that two starts cannot both make one.
    await writeFile(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const secret = (await readFile(path, 'utf8')).trim();
  if (secret.length < 32) {
    throw new Error(`${path} is damaged: delete it, start again, and everybody signs in anew.`);
  }
  return secret;
}
