/**
 * The server's own secret, on which session cookies and share links hang. It comes from the settings, or is made on the
 * first start and kept in the data folder. All servers of one database need the same: the database remembers by a
 * digest which one it was used with, and a start with another stops before anything goes dead without a word.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { SettingsStore } from '../store/settings-store.ts';

export async function openAuthSecret(
  config: Pick<Config, 'dataDir' | 'authSecret' | 'acceptedAuthSecret'>,
  settings: SettingsStore,
): Promise<string> {
  const secret = config.authSecret ?? (await ownSecret(config.dataDir));
  const digest = createHmac('sha256', secret).update('auth-secret').digest('hex');
  const known = await settings.settle('auth_secret', digest);
  if (known === digest) return secret;
  // Names this very secret, so that it may stay set: a third one is not accepted with it.
  const name = digest.slice(0, 12);
  if (config.acceptedAuthSecret !== name) throw new Error(explainOther(config, name));
  await settings.replace('auth_secret', digest);
  return secret;
}

function explainOther(
  { dataDir, authSecret }: Pick<Config, 'dataDir' | 'authSecret'>,
  name: string,
) {
  const given =
    authSecret === null ? `the secret in ${secretPath(dataDir)}` : 'the secret of AUTH_SECRET';
  return (
    `the database was used with another secret than ${given}; with this one all cookies and share links would be dead. ` +
    'Set AUTH_SECRET to the former one (without that setting, it is what the file auth-secret in the former DATA_DIR holds). ' +
    `Where it is lost, set ACCEPT_AUTH_SECRET=${name}: people then sign in anew, and owners send their links again.`
  );
}

/** Random, made on the first start, readable by the server's user alone. */
async function ownSecret(dataDir: string): Promise<string> {
  const path = secretPath(dataDir);
  await mkdir(dataDir, { recursive: true });
  try {
    // `wx` fails where the file exists, so that two starts cannot both make one.
    await writeFile(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const secret = (await readFile(path, 'utf8')).trim();
  if (secret.length < 32) {
    throw new Error(`${path} is damaged: put the former one back, or delete it and start again.`);
  }
  return secret;
}

function secretPath(dataDir: string): string {
  return join(dataDir, 'auth-secret');
}
