/**
 * What was written and not sent, while the tab is away to sign in: in the tab's own storage, which the way to another
 * site and back does not empty and the end of the tab does. It is given to nobody but who wrote it.
 */
import * as buffer from 'lib0/buffer';

const keyOf = (notebook: string, user: string): string => `unsent:${notebook}:${user}`;

/** False where there is no room for it, or the browser keeps nothing. */
export function keepUnsent(notebook: string, user: string, update: Uint8Array): boolean {
  return ifStored((storage) => {
    storage.setItem(keyOf(notebook, user), buffer.toBase64(update));
    return true;
  }, false);
}

/** What was kept, which stays kept until it is forgotten. */
export function findUnsent(notebook: string, user: string): Uint8Array | null {
  return ifStored((storage) => {
    const kept = storage.getItem(keyOf(notebook, user));
    return kept === null ? null : buffer.fromBase64(kept);
  }, null);
}

/** It has been sent and saved. */
export function forgetUnsent(notebook: string, user: string): void {
  ifStored((storage) => storage.removeItem(keyOf(notebook, user)), undefined);
}

function ifStored<T>(use: (storage: Storage) => T, otherwise: T): T {
  try {
    return use(sessionStorage);
  } catch {
    return otherwise;
  }
}
