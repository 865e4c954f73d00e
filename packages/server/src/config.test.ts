import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

test('without a setting the server is for this machine alone', () => {
  const result = readConfig({ XDG_DATA_HOME: '/data' });
  expect(result).toMatchObject({
    ok: true,
    config: { host: '127.0.0.1', port: 4747, token: null, databaseUrl: null, allowedOrigins: [] },
  });
});

test.each([
  [{ PORT: '0' }, { port: 0 }],
  [{ PORT: '' }, { port: 4747 }],
  [{ DATA_DIR: '/srv/rnb' }, { dataDir: '/srv/rnb' }],
  [
    { ALLOWED_ORIGINS: 'https://a.example, http://b.example:8080' },
    { allowedOrigins: ['https://a.example', 'http://b.example:8080'] },
  ],
  [
    { HOST: '0.0.0.0', SANDBOX: 'none' },
    { host: '0.0.0.0', sandbox: 'none' },
  ],
  [{ HOST: '::1' }, { host: '::1' }],
  [
    { TRUSTED_PROXIES: '10.0.0.0/8, loopback, ::1, fd00::/8' },
    { trustedProxies: ['10.0.0.0/8', 'loopback', '::1', 'fd00::/8'] },
  ],
  [{}, { signUp: 'invite' }],
  [{ SIGN_UP: 'open' }, { signUp: 'open' }],
  [{}, { authSecret: null, acceptedAuthSecret: null }],
  [{ AUTH_SECRET: 's'.repeat(32) }, { authSecret: 's'.repeat(32) }],
  [{ ACCEPT_AUTH_SECRET: '0123456789ab' }, { acceptedAuthSecret: '0123456789ab' }],
])('%j is taken', (env, config) => {
  expect(readConfig(env)).toMatchObject({ ok: true, config });
});

test.each([
  [{ PORT: '70000' }, ['PORT', '"70000"', '65535']],
  [{ PORT: '80a' }, ['PORT', '"80a"']],
  [{ HOST: 'a b' }, ['HOST', '"a b"']],
  [{ HOST: '0.0.0.0' }, ['HOST', 'SANDBOX=none']],
  [{ HOST: '127.0.0.1.evil.example' }, ['HOST', 'SANDBOX=none']],
  [{ SIGN_UP: 'yes' }, ['SIGN_UP', '"yes"', 'open, invite or closed']],
  [{ SANDBOX: 'on' }, ['SANDBOX', '"on"', 'bubblewrap']],
  [{ SANDBOX: 'bubblewrap' }, ['SANDBOX', 'no sandbox yet']],
  [{ KERNEL_NETWORK: 'off' }, ['KERNEL_NETWORK', 'without a sandbox']],
  [{ ALLOWED_ORIGINS: '*' }, ['ALLOWED_ORIGINS', '"*"']],
  [{ TRUSTED_PROXIES: '*' }, ['TRUSTED_PROXIES', '"*"']],
  [{ TRUSTED_PROXIES: '0.0.0.0/0' }, ['TRUSTED_PROXIES', '0.0.0.0/0']],
  [{ TRUSTED_PROXIES: '10.0.0.0/33' }, ['TRUSTED_PROXIES', '10.0.0.0/33']],
  [{ TRUSTED_PROXIES: '10.0.0/8' }, ['TRUSTED_PROXIES', '10.0.0/8']],
  [{ TRUSTED_PROXIES: 'proxy.example' }, ['TRUSTED_PROXIES', 'proxy.example']],
  [{ ALLOWED_ORIGINS: 'https://a.example/path' }, ['ALLOWED_ORIGINS']],
  [{ LOG_LEVEL: 'loud' }, ['LOG_LEVEL', '"loud"']],
  [{ ACCEPT_AUTH_SECRET: 'yes' }, ['ACCEPT_AUTH_SECRET', '"yes"', 'a stopped start tells']],
  [{ REDIS_URL: 'redis://x' }, ['REDIS_URL', 'not support']],
])('%j stops the start with one sentence', (env, words) => {
  const result = readConfig(env);
  const faults = result.ok ? [] : result.faults;
  expect(faults).toHaveLength(1);
  for (const word of words) expect(faults[0]).toContain(word);
});

test.each([
  { RNB_TOKEN: 'too-short-secret'.slice(0, 15) },
  { AUTH_SECRET: 'thirty-one characters of secret'.replaceAll(' ', '-') },
  { DATABASE_URL: 'mysql://user:hunter2@host/db' },
])('a secret is not repeated: %j', (env) => {
  const result = readConfig(env);
  const text = result.ok ? '' : result.faults.join();
  expect(text).toContain(Object.keys(env)[0]);
  expect(text).not.toContain(Object.values(env)[0]);
});

test('all faults are told at once', () => {
  const result = readConfig({ PORT: 'x', LOG_LEVEL: 'y', REDIS_URL: 'z' });
  expect(result.ok ? 0 : result.faults.length).toBe(3);
});

describe('Clerk', () => {
  const keyOf = (host: string, kind = 'live') =>
    `pk_${kind}_${Buffer.from(`${host}$`).toString('base64')}`;
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
  const secret = 'sk_live_0123456789abcdef';
  const good = {
    CLERK_PUBLISHABLE_KEY: keyOf('clerk.example.org'),
    CLERK_SECRET_KEY: secret,
    SANDBOX: 'none',
  };
  const test_ = {
    CLERK_PUBLISHABLE_KEY: keyOf('able.clerk.accounts.dev', 'test'),
    CLERK_SECRET_KEY: 'sk_test_0123456789abcdef',
  };
  const faultsOf = (env: Record<string, string | undefined>) => {
    const result = readConfig({ ...good, ...env });
    return result.ok ? [] : result.faults;
  };

  test('the publishable key tells where Clerk is, and what it calls itself', () => {
    expect(readConfig(good)).toMatchObject({
      ok: true,
      config: {
        clerk: {
          issuer: 'https://clerk.example.org',
          secretKey: secret,
          jwtKey: null,
          webhookSecret: null,
          apiUrl: 'https://api.clerk.com',
        },
      },
    });
  });

  test.each([
    [{ CLERK_PUBLISHABLE_KEY: '', VITE_CLERK_PUBLISHABLE_KEY: keyOf('a.example') }, 'a.example'],
    [{ CLERK_PUBLISHABLE_KEY: keyOf('127.0.0.1:4000') }, '127.0.0.1:4000'],
    [{ CLERK_SECRET_KEY: '', CLERK_JWT_KEY: pem }, 'clerk.example.org'],
    [{ CLERK_SECRET_KEY: '', CLERK_JWT_KEY: pem.replaceAll('\n', '\\n') }, 'clerk.example.org'],
    [{ CLERK_API_URL: 'http://127.0.0.1:4000/' }, 'clerk.example.org'],
    [{ ...test_, NODE_ENV: 'development' }, 'able.clerk.accounts.dev'],
    [{ NODE_ENV: 'production' }, 'clerk.example.org'],
    [{ HOST: '0.0.0.0', ALLOWED_ORIGINS: 'https://a.example' }, 'clerk.example.org'],
  ])('%j is taken', (env, host) => {
    expect(readConfig({ ...good, ...env })).toMatchObject({
      ok: true,
      config: { clerk: { issuer: `https://${host}` } },
    });
  });

  test('a PEM is read in whatever spelling', () => {
    const written = { ...good, CLERK_JWT_KEY: pem.replaceAll('\n', '\\n') };
    expect(readConfig(written)).toMatchObject({ config: { clerk: { jwtKey: pem } } });
  });

  test.each([
    [{ CLERK_PUBLISHABLE_KEY: '' }, ['CLERK_SECRET_KEY is set without CLERK_PUBLISHABLE_KEY']],
    [{ CLERK_SECRET_KEY: '' }, ['CLERK_SECRET_KEY or CLERK_JWT_KEY']],
    [{ CLERK_PUBLISHABLE_KEY: 'pk_live_xyz' }, ['CLERK_PUBLISHABLE_KEY', 'it must be']],
    [{ CLERK_PUBLISHABLE_KEY: keyOf('a/b') }, ['CLERK_PUBLISHABLE_KEY', 'it must be']],
    [{ CLERK_PUBLISHABLE_KEY: keyOf('a.example:443') }, ['CLERK_PUBLISHABLE_KEY', 'it must be']],
    [{ CLERK_PUBLISHABLE_KEY: keyOf('a.example').slice(0, -4) }, ['it must be']],
    [{ CLERK_SECRET_KEY: 'pk_live_0123456789abcdef' }, ['CLERK_SECRET_KEY is not valid']],
    [{ CLERK_JWT_KEY: 'MIIB' }, ['CLERK_JWT_KEY is not valid']],
    [{ CLERK_WEBHOOK_SECRET: 'whsec_$' }, ['CLERK_WEBHOOK_SECRET is not valid']],
    [{ CLERK_API_URL: 'http://api.example' }, ['CLERK_API_URL', 'only on this machine']],
    [{ CLERK_API_URL: 'https://api.clerk.com/v1' }, ['CLERK_API_URL']],
    [{ VITE_CLERK_PUBLISHABLE_KEY: keyOf('b.example') }, ['VITE_CLERK', 'not the same']],
    [{ RNB_TOKEN: '0123456789abcdef' }, ['RNB_TOKEN', 'unset']],
    [{ SIGN_UP: 'open' }, ['SIGN_UP', 'unset']],
    [{ HOST: '0.0.0.0' }, ['ALLOWED_ORIGINS']],
    [{ SANDBOX: '' }, ['SANDBOX=none']],
    [{ CLERK_SECRET_KEY: test_.CLERK_SECRET_KEY }, ['two instances']],
  ])('%j stops the start with one sentence', (env, words) => {
    const faults = faultsOf(env);
    expect(faults).toHaveLength(1);
    for (const word of words) expect(faults[0]).toContain(word);
  });

  test.each([
    [test_, 'development instance'],
    [{ CLERK_API_URL: 'http://127.0.0.1:4000' }, 'CLERK_API_URL'],
    [{ CLERK_API_URL: 'http://[::1]:4000' }, 'CLERK_API_URL'],
  ])('A15: in production %j stops the start', (env, word) => {
    expect(faultsOf(env)).toEqual([]);
    const faults = faultsOf({ ...env, NODE_ENV: 'production' });
    expect(faults).toEqual([expect.stringContaining(word)]);
  });

  test.each(['CLERK_SECRET_KEY', 'CLERK_JWT_KEY', 'CLERK_WEBHOOK_SECRET'])(
    'what %s holds is not repeated',
    (name) => {
      const faults = faultsOf({ [name]: 'canary-4711', SIGN_UP: 'open', RNB_TOKEN: 'canary-4711' });
      expect(faults.join()).toContain(name);
      expect(faults.join()).not.toContain('4711');
    },
  );
});
