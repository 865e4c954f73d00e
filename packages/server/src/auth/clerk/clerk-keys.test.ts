import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ClerkIssuer, type JwksMood, startClerkIssuer } from '../../../test/clerk-issuer.ts';
import { SignInUnavailable } from '../sign-in-unavailable.ts';
import { clerkApi } from './clerk-api.ts';
import {
  FetchedKeys,
  failurePauseMs,
  fixedKey,
  keysFreshMs,
  keysOutageMs,
  unknownKeyPauseMs,
} from './clerk-keys.ts';

const broken: JwksMood[] = ['fails', 'html', 'empty', 'odd', 'huge', 'hangs', 'trickles'];

let issuer: ClerkIssuer;
let keys: FetchedKeys;
let warnings: object[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  issuer = await startClerkIssuer();
  keys = openKeys();
});
afterEach(async () => {
  vi.useRealTimers();
  await issuer[Symbol.asyncDispose]();
});

/** `timeoutMs`: after which answers that never come are given up. */
function openKeys(timeoutMs?: number): FetchedKeys {
  // Not those of a fetch that the test before left behind.
  const own: object[] = [];
  warnings = own;
  const api = clerkApi({ ...issuer, ...(timeoutMs && { timeoutMs }) });
  return new FetchedKeys(api, { warn: (fields) => void own.push(fields) });
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

test('keys are fetched once for all who ask', async () => {
  const found = await Promise.all(Array.from({ length: 50 }, () => keys.keyOf(issuer.key.kid)));
  expect(new Set(found)).toEqual(new Set([expect.objectContaining({ kty: 'RSA', alg: 'RS256' })]));
  expect(issuer.jwksHits).toBe(1);
});

test('A6: ten thousand unknown key ids at once lead to two fetches, and none holds up the known one', async () => {
  const { kid } = issuer.key;
  const unknown = Array.from({ length: 10_000 }, (_, index) => keys.keyOf(`made-up-${index}`));
  const known = keys.keyOf(kid);
  expect(new Set(await Promise.all(unknown))).toEqual(new Set([null]));
  expect(await known).not.toBeNull();
  expect(issuer.jwksHits).toBeLessThanOrEqual(2);
});

test('A6: unknown key ids one after the other lead to a fetch every half minute', async () => {
  await keys.keyOf(issuer.key.kid);
  for (let second = 0; second < 120; second += 1) {
    expect(await keys.keyOf(`made-up-${second}`)).toBeNull();
    pass(1_000);
  }
  expect(issuer.jwksHits).toBe(1 + 4);
});

test('A7: a new key counts at once, without a restart', async () => {
  await keys.keyOf(issuer.key.kid);
  const { kid } = issuer.rotate();
  expect(await keys.keyOf(kid)).not.toBeNull();
});

test('A7: a new key counts at once although somebody else has just asked for one that is made up', async () => {
  await keys.keyOf('made-up');
  const { kid } = issuer.rotate();
  expect(await keys.keyOf(kid)).toBeNull();
  pass(unknownKeyPauseMs);
  expect(await keys.keyOf(kid)).not.toBeNull();
});

test('A7: a key that was taken back is refused once what is known is five minutes old', async () => {
  const { kid } = issuer.key;
  await keys.keyOf(kid);
  issuer.rotate();
  issuer.retire();
  pass(keysFreshMs - 1);
  expect(await keys.keyOf(kid)).not.toBeNull();
  pass(1);
  expect(await keys.keyOf(kid)).toBeNull();
});

describe.each(broken)('A7: while the keys %s', (mood) => {
  beforeEach(() => {
    if (mood === 'hangs' || mood === 'trickles') keys = openKeys(200);
  });

  test('nobody can tell who is asking, and Clerk is not asked by everyone', async () => {
    issuer.jwks = mood;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(keys.keyOf(issuer.key.kid)).rejects.toThrow(SignInUnavailable);
    }
    expect(issuer.jwksHits).toBe(1);
    issuer.jwks = 'serves';
    pass(failurePauseMs);
    expect(await keys.keyOf(issuer.key.kid)).not.toBeNull();
  });

  test('the known keys live on for an hour, and no other', async () => {
    const { kid } = issuer.key;
    await keys.keyOf(kid);
    issuer.jwks = mood;
    const { kid: next } = issuer.rotate();
    pass(keysFreshMs);
    expect(await keys.keyOf(kid)).not.toBeNull();
    expect(await keys.keyOf(next)).toBeNull();
    expect(issuer.jwksHits).toBe(2);
    pass(keysOutageMs - keysFreshMs - 1);
    expect(await keys.keyOf(kid)).not.toBeNull();
    pass(1);
    await expect(keys.keyOf(kid)).rejects.toThrow(SignInUnavailable);
  });
});

test('A7: nobody waits for a Clerk that did not answer just before', async () => {
  keys = openKeys(200);
  const { kid } = issuer.key;
  await keys.keyOf(kid);
  pass(keysFreshMs);
  issuer.jwks = 'fails';
  await keys.keyOf(kid);
  issuer.jwks = 'hangs';
  pass(failurePauseMs);
  expect(await keys.keyOf(kid)).not.toBeNull();
  // The attempt is under way, and fails later.
  expect(warnings).toHaveLength(1);
  await vi.waitUntil(() => warnings.length === 2);
});

test('A7: a connection that was cut is made anew at once', async () => {
  issuer.jwks = 'stumbles';
  expect(await keys.keyOf(issuer.key.kid)).not.toBeNull();
});

test('the secret key goes nowhere else', async () => {
  issuer.jwks = 'redirects';
  await expect(keys.keyOf(issuer.key.kid)).rejects.toThrow(SignInUnavailable);
  expect(issuer.requests).not.toContain('/elsewhere');
});

test('the secret key is in no warning', async () => {
  issuer.jwks = 'fails';
  await keys.keyOf(issuer.key.kid).catch(() => {});
  expect(warnings).toHaveLength(1);
  expect(JSON.stringify(warnings)).not.toContain(issuer.secretKey);
});

test('a key from the settings asks nobody', async () => {
  const key = await fixedKey(issuer.jwtKey).keyOf('whatever');
  expect(key?.n).toBe(issuer.key.publicKey.export({ format: 'jwk' }).n);
  expect(issuer.requests).toEqual([]);
});
