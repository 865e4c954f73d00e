/**
 * The public keys with which a Clerk instance signs: from the settings, or fetched from Clerk and kept for a while.
 * What is kept belongs to one instance; there is none of another in it.
 */
import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { SignInUnavailable } from '../sign-in-unavailable.ts';
import type { ClerkApi } from './clerk-api.ts';
import { isStrongEnough } from './clerk-settings.ts';

/** After so long keys are fetched anew: a key that Clerk took back is good no longer. */
export const keysFreshMs = 5 * 60_000;
/** While Clerk cannot be reached, the keys that were known live on for so long. */
export const keysOutageMs = 60 * 60_000;
/** A key id that nobody knows may be a new one, or made up: it is looked for no more often than this. */
export const unknownKeyPauseMs = 30_000;
/** Between attempts while Clerk cannot be reached. */
export const failurePauseMs = 5_000;
const maxKeys = 20;

/** As a JWK. */
export interface RsaKey {
  kty: 'RSA';
  n: string;
  e: string;
  alg: 'RS256';
}

export interface ClerkKeys {
  /** The key of that id; null where the instance has none. Rejects with `SignInUnavailable` when nobody can tell. */
  keyOf(kid: string): Promise<RsaKey | null>;
}

/** One key, from the settings: whatever a token calls it, it is the only one. */
export function fixedKey(pem: string): ClerkKeys {
  const { n = '', e = '' } = createPublicKey(pem).export({ format: 'jwk' });
  const key: RsaKey = { kty: 'RSA', n, e, alg: 'RS256' };
  return { keyOf: async () => key };
}

const Jwk = z.object({
  kid: z.string().min(1).max(256),
  kty: z.literal('RSA'),
  n: z.string(),
  e: z.string(),
  alg: z.literal('RS256').optional(),
  use: z.literal('sig').optional(),
});
const Jwks = z.object({ keys: z.array(z.unknown()).min(1).max(maxKeys) });

export class FetchedKeys implements ClerkKeys {
  readonly #api: ClerkApi;
  readonly #log: { warn(fields: object, message: string): void };
  #keys = new Map<string, RsaKey>();
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;
  /** When an unknown key id last led to a fetch. */
  #soughtAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | null = null;

  constructor(api: ClerkApi, log: { warn(fields: object, message: string): void }) {
    this.#api = api;
    this.#log = log;
  }

  async keyOf(kid: string): Promise<RsaKey | null> {
    if (isOver(this.#fetchedAt, keysFreshMs)) {
      const inOutage = this.#failedAt > this.#fetchedAt;
      const attempt =
        this.#fetching || isOver(this.#failedAt, failurePauseMs) ? this.#fetch() : null;
      // Nobody waits for a Clerk that did not answer just before.
      if (!inOutage || !this.#keys.has(kid)) await attempt;
    }
    if (!this.#keys.has(kid) && (this.#fetching || this.#mayBeSought())) await this.#fetch();
    if (isOver(this.#fetchedAt, keysOutageMs)) {
      throw new SignInUnavailable(
        'Clerk, which tells who you are, cannot be reached. Try again shortly.',
      );
    }
    return this.#keys.get(kid) ?? null;
  }

  /** Of those who ask at once, the first alone may have it sought; the others then find it under way. */
  #mayBeSought(): boolean {
    const may = isOver(this.#soughtAt, unknownKeyPauseMs) && isOver(this.#failedAt, failurePauseMs);
    if (may) this.#soughtAt = Date.now();
    return may;
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#fetchOnce().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  /** Nothing that is known is dropped for an answer that has no keys in it. */
  async #fetchOnce(): Promise<void> {
    try {
      const keys = readKeys(await this.#api.get('/jwks'));
      if (keys.size === 0) throw new Error('Clerk told no key that can be used');
      this.#keys = keys;
      this.#fetchedAt = Date.now();
    } catch (error) {
      this.#failedAt = Date.now();
      this.#log.warn({ error: String(error) }, "Clerk's keys could not be fetched");
    }
  }
}

function readKeys(answer: unknown): Map<string, RsaKey> {
  const keys = new Map<string, RsaKey>();
  for (const one of Jwks.parse(answer).keys) {
    const parsed = Jwk.safeParse(one);
    if (!parsed.success) continue;
    const { kid, n, e } = parsed.data;
    const key: RsaKey = { kty: 'RSA', n, e, alg: 'RS256' };
    if (isUsable(key)) keys.set(kid, key);
  }
  return keys;
}

function isUsable(key: RsaKey): boolean {
  try {
    return isStrongEnough(createPublicKey({ key: { ...key }, format: 'jwk' }));
  } catch {
    return false;
  }
}

function isOver(since: number, ms: number): boolean {
  return Date.now() - since >= ms;
}
