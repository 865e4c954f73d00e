import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type ClerkIssuer,
  generateKey,
  type Minted,
  startClerkIssuer,
} from '../../../test/clerk-issuer.ts';
import { clerkApi } from './clerk-api.ts';
import { type ClerkKeys, FetchedKeys, fixedKey } from './clerk-keys.ts';
import { maxTokenLength, verifySessionToken } from './clerk-tokens.ts';

const origin = 'http://127.0.0.1:4747';
const silent = { warn: () => {} };

let issuer: ClerkIssuer;
let keys: ClerkKeys;
beforeAll(async () => {
  issuer = await startClerkIssuer({ origin });
});
afterAll(() => issuer[Symbol.asyncDispose]());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  keys = new FetchedKeys(clerkApi(issuer), silent);
});
afterEach(() => vi.useRealTimers());

const verify = (text: string, parties = [origin]) =>
  verifySessionToken(text, { issuer: issuer.issuer, parties, keys });

async function refusalOf(text: string, parties?: string[]): Promise<string | null> {
  const verdict = await verify(text, parties);
  return verdict.ok ? null : verdict.reason;
}

const seconds = (ahead = 0) => Math.floor(Date.now() / 1000) + ahead;

test('a token of the instance tells who it is, by which session and until when', async () => {
  expect(await verify(issuer.mint())).toEqual({
    ok: true,
    token: {
      userId: 'user_2f6b',
      sessionId: 'sess_2f6b',
      expiresAt: seconds(60) * 1000,
      actor: null,
      claims: { name: null, email: null, emailVerified: false },
    },
  });
});

test('with a key from the settings Clerk is not asked', async () => {
  const before = issuer.requests.length;
  keys = fixedKey(issuer.jwtKey);
  expect((await verify(issuer.mint())).ok).toBe(true);
  expect((await verify(issuer.mint({ key: generateKey() }))).ok).toBe(false);
  expect(issuer.requests).toHaveLength(before);
});

test('name and address are told where an operator has put them into the token', async () => {
  const claims = { name: 'Ada', email: 'ada@example.org', email_verified: true };
  const told = await verify(issuer.mint({ claims }));
  expect(told).toMatchObject({
    token: { claims: { name: 'Ada', email: 'ada@example.org', emailVerified: true } },
  });
  const odd = await verify(issuer.mint({ claims: { name: 7, email: {}, email_verified: 'yes' } }));
  expect(odd).toMatchObject({
    token: { claims: { name: null, email: null, emailVerified: false } },
  });
});

/** Signed by the issuer's own key, in another way than it does. */
const rsa =
  (digest: string, padding = constants.RSA_PKCS1_PADDING) =>
  (input: string) =>
    sign(digest, Buffer.from(input), { key: issuer.key.privateKey, padding });
const none = () => Buffer.alloc(0);
const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

function hmac(key: (issuer: ClerkIssuer) => string | Buffer) {
  return (input: string) => createHmac('sha256', key(issuer)).update(input).digest();
}

const algorithms: [name: string, minted: Minted][] = [
  ...['none', 'None', 'nOnE', 'NONE'].map((alg): [string, Minted] => [
    `A2: alg ${alg}, no signature`,
    { header: { alg }, sign: none },
  ]),
  ['A2: alg none, a good signature', { header: { alg: 'none' } }],
  ['A2: an empty signature', { sign: none }],
  ['A3: HS256 by the PEM', { header: { alg: 'HS256' }, sign: hmac((i) => i.jwtKey) }],
  [
    'A3: HS256 by the DER',
    {
      header: { alg: 'HS256' },
      sign: hmac((i) => i.key.publicKey.export({ type: 'spki', format: 'der' })),
    },
  ],
  [
    'A3: HS256 by the JWK',
    {
      header: { alg: 'HS256' },
      sign: hmac((i) => JSON.stringify(i.key.publicKey.export({ format: 'jwk' }))),
    },
  ],
  ['A3: RS256 in name, HMAC by the PEM', { sign: hmac((i) => i.jwtKey) }],
  ['A4: RS384', { header: { alg: 'RS384' }, sign: rsa('sha384') }],
  ['A4: RS512', { header: { alg: 'RS512' }, sign: rsa('sha512') }],
  ['A4: PS256', { header: { alg: 'PS256' }, sign: rsa('sha256', constants.RSA_PKCS1_PSS_PADDING) }],
  [
    'A4: ES256',
    {
      header: { alg: 'ES256' },
      sign: (input) =>
        sign('sha256', Buffer.from(input), { key: ecKey, dsaEncoding: 'ieee-p1363' }),
    },
  ],
  ['A4: RS256 in name, SHA-512 in truth', { sign: rsa('sha512') }],
  ['A4: rs256 in small letters', { header: { alg: 'rs256' } }],
  ['A4: alg a list', { header: { alg: ['RS256'] } }],
  ['A4: alg missing', { header: { alg: undefined } }],
];
test.each(algorithms)('%s is refused', async (_, minted) => {
  const reason = await refusalOf(issuer.mint(minted));
  expect(reason).not.toBeNull();
  // Before the SDK is asked, which admits some of them.
  if (minted.header) expect(reason).toMatch(minted.sign === none ? 'three parts' : 'header.alg');
});

describe('A5: what a header points to or brings along', () => {
  const attacker = generateKey();
  let hits = 0;
  const server = createServer((_, response) => {
    hits += 1;
    const jwk = attacker.publicKey.export({ format: 'jwk' });
    response.end(JSON.stringify({ keys: [{ ...jwk, kid: attacker.kid, alg: 'RS256' }] }));
  });
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port');
    url = `http://127.0.0.1:${address.port}/jwks`;
  });
  afterAll(() => void server.close());

  const jwk = attacker.publicKey.export({ format: 'jwk' });
  test.each([
    ['jku', () => ({ jku: url })],
    ['x5u', () => ({ x5u: url })],
    ['jwk', () => ({ jwk })],
    ['x5c', () => ({ x5c: [attacker.publicKey.export({ type: 'spki', format: 'der' })] })],
    ['all of them', () => ({ jku: url, x5u: url, jwk })],
  ])('%s makes no other key good, and is never fetched', async (_, header) => {
    for (const kid of [issuer.key.kid, attacker.kid]) {
      const token = issuer.mint({ header: { ...header(), kid }, key: attacker });
      expect(await refusalOf(token)).not.toBeNull();
    }
    // Names that nobody needs to understand are left alone, these among them.
    expect(await refusalOf(issuer.mint({ header: { ...header(), oiat: seconds() } }))).toBeNull();
    expect(hits).toBe(0);
  });

  test.each([[['exp']], [['b64']], [[]], ['exp'], [null]])('crit %j is refused', async (crit) => {
    expect(await refusalOf(issuer.mint({ header: { crit, b64: true, exp: 1 } }))).not.toBeNull();
  });
});

test('A6: ten thousand tokens of made-up keys lead to two fetches, and hold up nobody', async () => {
  const before = issuer.jwksHits;
  const key = generateKey();
  const bystander = issuer.mint();
  let refused = 0;
  for (let index = 0; index < 10_000; index += 1) {
    const header = { kid: `made-up-${index}` };
    const token = issuer.mint({ header, key, sign: () => Buffer.from('x') });
    if (!(await verify(token)).ok) refused += 1;
    if (index % 1_000 === 0) expect((await verify(bystander)).ok).toBe(true);
  }
  expect(refused).toBe(10_000);
  expect(issuer.jwksHits - before).toBeLessThanOrEqual(2);
});

test('A6: a token that its text betrays leads to no fetch at all', async () => {
  const before = issuer.jwksHits;
  await verify(issuer.mint({ claims: { iss: 'https://other.example' }, header: { kid: 'x' } }));
  await verify(issuer.mint({ claims: { azp: 'https://other.example' }, header: { kid: 'x' } }));
  await verify(issuer.mint({ claims: { exp: 1 }, header: { kid: 'x' } }));
  expect(issuer.jwksHits).toBe(before);
});

describe('A8: another instance', () => {
  let other: ClerkIssuer;
  beforeAll(async () => {
    other = await startClerkIssuer({ origin });
  });
  afterAll(() => other[Symbol.asyncDispose]());

  test('in one process has keys of its own', async () => {
    const theirs = new FetchedKeys(clerkApi(other), silent);
    const expected = { issuer: other.issuer, parties: [origin], keys: theirs };
    expect((await verifySessionToken(other.mint(), expected)).ok).toBe(true);
    expect((await verify(issuer.mint())).ok).toBe(true);
    expect((await verify(other.mint())).ok).toBe(false);
    expect((await verifySessionToken(issuer.mint(), expected)).ok).toBe(false);
  });

  test.each([
    ['its own words', () => ({})],
    ['our kid', () => ({ header: { kid: issuer.key.kid } })],
    ['our iss', () => ({ claims: { iss: issuer.issuer } })],
    [
      'our iss and kid',
      () => ({ claims: { iss: issuer.issuer }, header: { kid: issuer.key.kid } }),
    ],
  ])('is refused with %s', async (_, minted) => {
    expect(await refusalOf(other.mint(minted()))).not.toBeNull();
  });

  test.each([
    ['a slash at the end', () => `${issuer.issuer}/`],
    ['http', () => issuer.issuer.replace('https:', 'http:')],
    ['upper case', () => issuer.issuer.toUpperCase()],
    ['a longer name', () => `${issuer.issuer}.evil.example`],
    ['a list', () => [issuer.issuer]],
    ['nothing', () => undefined],
    ['null', () => null],
  ])('our own key does not make an iss with %s good', async (_, iss) => {
    expect(await refusalOf(issuer.mint({ claims: { iss: iss() } }))).not.toBeNull();
  });
});

describe('A9: times', () => {
  const cases: [claim: 'exp' | 'nbf' | 'iat', ahead: number, good: boolean][] = [
    ['exp', -6, false],
    ['exp', -5, false],
    ['exp', -4, true],
    ['exp', 4, true],
    ['exp', 6, true],
    ['nbf', -6, true],
    ['nbf', -4, true],
    ['nbf', 4, true],
    ['nbf', 6, false],
    ['iat', -6, true],
    ['iat', -4, true],
    ['iat', 4, true],
    ['iat', 6, false],
  ];
  test.each(cases)('%s %i s from now: good is %s', async (claim, ahead, good) => {
    vi.setSystemTime(1_800_000_000_000);
    const reason = await refusalOf(issuer.mint({ claims: { [claim]: seconds(ahead) } }));
    expect(reason === null).toBe(good);
  });

  const odd = ['60', null, undefined, true, [1], {}, 1e308, -1, '1e9'];
  test.each(
    (['exp', 'nbf', 'iat'] as const).flatMap((claim) => odd.map((value) => ({ claim, value }))),
  )('$claim of $value is refused', async ({ claim, value }) => {
    expect(await refusalOf(issuer.mint({ claims: { [claim]: value } }))).not.toBeNull();
  });

  test('a token for longer than sign-outs are remembered is refused', async () => {
    const day = 24 * 60 * 60;
    expect(await refusalOf(issuer.mint({ claims: { exp: seconds(day) } }))).toBeNull();
    expect(await refusalOf(issuer.mint({ claims: { exp: seconds(day + 1) } }))).not.toBeNull();
  });
});

test.each([
  ['another origin', 'https://evil.example'],
  ['another port', 'http://127.0.0.1:1'],
  ['the https twin', 'https://127.0.0.1:4747'],
  ['a longer name', `${origin}.evil.example`],
  ['a slash at the end', `${origin}/`],
  ['an empty one', ''],
  ['a list', [origin]],
  ['null', null],
  ['absent', undefined],
])('A10: azp that is %s is refused', async (_, azp) => {
  expect(await refusalOf(issuer.mint({ claims: { azp } }))).not.toBeNull();
});

test('A10: for a host that is not ours no azp is good', async () => {
  expect(await refusalOf(issuer.mint(), [])).not.toBeNull();
  expect(await refusalOf(issuer.mint({ claims: { azp: undefined } }), [])).not.toBeNull();
});

const odd: [name: string, minted: Minted][] = [
  ['another typ', { header: { typ: 'at+jwt' } }],
  ['a typ in small letters', { header: { typ: 'jwt' } }],
  ['no typ', { header: { typ: undefined } }],
  ['a pending session', { claims: { sts: 'pending' } }],
  ['a session in a state that is not known', { claims: { sts: 'frozen' } }],
  ['one that was made for another service', { claims: { aud: 'https://api.example.org' } }],
  ['one that was made for a list of services', { claims: { aud: [origin] } }],
  ['no session', { claims: { sid: undefined } }],
  ['no user', { claims: { sub: undefined } }],
  ['an empty user', { claims: { sub: '' } }],
  ['a user that is a list', { claims: { sub: ['user_2f6b'] } }],
  ['a user id with a line in it', { claims: { sub: 'user\nadmin' } }],
  ['an impersonator that is not named', { claims: { act: {} } }],
  ['an organisation that is no id', { claims: { org_id: { id: 'org_1' } } }],
  ['no kid', { header: { kid: undefined } }],
  ['a kid that is a name of objects', { header: { kid: '__proto__' } }],
];
test.each(odd)('A11: %s is refused', async (_, minted) => {
  const [part] = Object.entries({ ...minted.header, ...minted.claims });
  const reason = await refusalOf(issuer.mint(minted));
  expect(reason).toMatch(part?.[0] === 'kid' && part[1] ? 'no key' : `.${part?.[0]}`);
});

test.each([
  ['version 1, of an organisation', { org_id: 'org_1', org_role: 'org:admin', v: undefined }],
  ['version 2, of an organisation', { o: { id: 'org_1', rol: 'admin', slg: 'x' }, v: 2 }],
  ['without a state of its session', { sts: undefined }],
])('A11: claims %s are those of the user alone', async (_, claims) => {
  const verdict = await verify(issuer.mint({ claims }));
  expect(verdict).toMatchObject({ ok: true, token: { userId: 'user_2f6b' } });
  expect(JSON.stringify(verdict)).not.toContain('org');
});

test('A11: who impersonates the user is told', async () => {
  const verdict = await verify(issuer.mint({ claims: { act: { sub: 'user_operator' } } }));
  expect(verdict).toMatchObject({ ok: true, token: { actor: 'user_operator' } });
});

describe('A12: texts that are no tokens', () => {
  const header = () => JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: issuer.key.kid });
  const claims = () => Buffer.from(issuer.mint().split('.')[1] ?? '', 'base64url').toString();
  const cases: [name: string, text: () => string][] = [
    ['nothing', () => ''],
    ['dots', () => '...'],
    ['two parts', () => issuer.mint().split('.').slice(0, 2).join('.')],
    ['four parts', () => `${issuer.mint()}.e30`],
    ['100 KB', () => issuer.mint({ claims: { padding: 'x'.repeat(100_000) } })],
    ['standard base64', () => issuer.mint().replace('.', '=.')],
    ['a space', () => issuer.mint().replace('.', ' .')],
    [
      'bits left over, another spelling of the same signature',
      () => {
        const token = issuer.mint();
        const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
        const twin = digits[digits.indexOf(token.slice(-1)) ^ 1] ?? '';
        return token.slice(0, -1) + twin;
      },
    ],
    [
      'UTF-8 that is none',
      () => {
        const bytes = Buffer.from(`${header().slice(0, -1)},"x":"\xff"}`, 'latin1');
        return issuer.mintText(bytes, claims());
      },
    ],
    [
      'a name twice in the header',
      () => issuer.mintText(`${header().slice(0, -1)},"alg":"none"}`, claims()),
    ],
    [
      'a name twice in the claims',
      () => issuer.mintText(header(), `{"sub":"user_admin",${claims().slice(1)}`),
    ],
    [
      'a prototype',
      () => issuer.mintText(header(), `{"__proto__":{"admin":true},${claims().slice(1)}`),
    ],
    ['claims that are a list', () => issuer.mintText(header(), '[]')],
    ['a byte order mark', () => issuer.mintText(header(), `\ufeff${claims()}`)],
    ['a hole of 5,000 brackets', () => issuer.mintText(header(), '['.repeat(5_000))],
  ];
  test.each(cases)('%s', async (_, text) => {
    expect(await refusalOf(text())).toMatch(/three parts|too long/);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test('while a token of their making is one', async () => {
    expect(await refusalOf(issuer.mintText(header(), claims()))).toBeNull();
  });

  test('as long as a token may be', async () => {
    const room = maxTokenLength - issuer.mint({ claims: { padding: '' } }).length;
    const padded = (bytes: number) => issuer.mint({ claims: { padding: 'x'.repeat(bytes) } });
    expect(await refusalOf(padded(Math.floor(room * 0.75) - 2))).toBeNull();
    expect(await refusalOf(padded(Math.ceil(room * 0.75) + 2))).toBe('it is too long');
  });

  const seed = Date.now() % 2 ** 31;
  test(`10,000 tokens with a part that was changed are refused without a throw, seed ${seed}`, async () => {
    const good = issuer.mint();
    const change = fc.record({
      at: fc.nat(good.length - 1),
      drop: fc.nat(3),
      put: fc.oneof(
        fc.string({ maxLength: 4 }),
        fc.string({ unit: 'binary', maxLength: 4 }),
        fc.constantFrom('.', '=', 'A', '-', '\0', '\ud800', '%00', '{}'),
      ),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, drop, put }) => {
        const changed = good.slice(0, at) + put + good.slice(at + drop);
        expect((await verify(changed)).ok).toBe(changed === good);
      }),
      { numRuns: 10_000, seed },
    );
  });
});
