import { expect, test } from 'vitest';
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
  [{}, { signUp: 'invite' }],
  [{ SIGN_UP: 'open' }, { signUp: 'open' }],
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
  [{ ALLOWED_ORIGINS: 'https://a.example/path' }, ['ALLOWED_ORIGINS']],
  [{ LOG_LEVEL: 'loud' }, ['LOG_LEVEL', '"loud"']],
  [{ REDIS_URL: 'redis://x' }, ['REDIS_URL', 'not support']],
  [{ CLERK_SECRET_KEY: 'sk_live_secret' }, ['CLERK_SECRET_KEY', 'not support']],
])('%j stops the start with one sentence', (env, words) => {
  const result = readConfig(env);
  const faults = result.ok ? [] : result.faults;
  expect(faults).toHaveLength(1);
  for (const word of words) expect(faults[0]).toContain(word);
});

test.each([
  { RNB_TOKEN: 'too-short-secret'.slice(0, 15) },
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
