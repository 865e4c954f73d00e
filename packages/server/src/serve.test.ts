import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeCode, protocolVersion } from '@rnb/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startClerkIssuer } from '../test/clerk-issuer.ts';
import { SocketClient } from '../test/clerk-world.ts';

/** The real server as a process, over its own PostgreSQL. */
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rnb-serve-'));
  // Started as root, PostgreSQL runs as another user, who must be able to come in.
  await chmod(dataDir, 0o755);
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: dataDir,
      // None, so that nothing is installed: no cell runs here.
      RNB_PYTHON: join(dataDir, 'no-python'),
      LOG_LEVEL: 'error',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  const exited = once(child, 'close').then(([code]) => code);
  return { child, said, exited };
}

/** The link that the server prints when it is ready; with Clerk, its address. */
async function linkOf(
  { child, said, exited }: ReturnType<typeof start>,
  shape = /http:\/\/\S+#\S+(?=\s)/,
): Promise<URL> {
  const gone = exited.then(() => Promise.reject(new Error(`The server ended: ${said.err}`)));
  for (;;) {
    const link = shape.exec(said.out)?.[0];
    if (link) return new URL(link);
    await Promise.race([once(outputOf(child), 'data'), gone]);
  }
}

function outputOf(child: ChildProcess) {
  if (!child.stdout) throw new Error('The server has no output');
  return child.stdout;
}

const List = z.array(z.object({ id: z.string(), title: z.string(), cellCount: z.number() }));

test('a new owner signs in by the link, finds two notebooks, and after a restart still does', async () => {
  const first = start({});
  const link = await linkOf(first);
  const token = link.hash.slice(1);
  const signIn = await fetch(`${link.origin}/api/auth/link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  expect(signIn.status).toBe(200);
  const cookie = signIn.headers
    .getSetCookie()
    .map((one) => one.split(';', 1)[0])
    .join('; ');
  const list = async (origin: string) => {
    const answer = await fetch(`${origin}/api/notebooks`, { headers: { cookie } });
    expect(answer.status).toBe(200);
    return List.parse(await answer.json());
  };
  const notebooks = await list(link.origin);
  expect(notebooks).toHaveLength(2);
  first.child.kill('SIGTERM');
  expect(await first.exited).toBe(0);
  expect(first.said.err).toBe('');

  const second = start({});
  const { origin } = await linkOf(second);
  expect(await list(origin)).toEqual(notebooks);
  second.child.kill('SIGINT');
  expect(await second.exited).toBe(0);
}, 60_000);

test('a busy port is said in a sentence, and nothing stays behind', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address ? String(address.port) : '';
  const server = start({ PORT: port });
  expect(await server.exited).toBe(1);
  expect(server.said.err).toContain(`Port ${port} on 127.0.0.1 is in use`);
  other.close();
  const next = start({});
  await linkOf(next);
  next.child.kill('SIGTERM');
  expect(await next.exited).toBe(0);
}, 60_000);

test('wrong settings stop the start with a sentence each', async () => {
  const server = start({ PORT: 'x', HOST: '0.0.0.0' });
  expect(await server.exited).toBe(2);
  expect(server.said.err.trim().split('\n')).toHaveLength(2);
  expect(server.said.out).toBe('');
}, 20_000);

test('a data directory that is a file stops the start with a sentence', async () => {
  const server = start({ DATA_DIR: join(import.meta.dirname, 'main.ts') });
  expect(await server.exited).toBe(1);
  expect(server.said.err).toMatch(/^Could not start: The data directory .* cannot be written/);
  expect(server.said.out).toBe('');
}, 20_000);

describe('with Clerk', () => {
  test('people come in by its tokens, A16: until it tells that they signed out; A13: no log has a secret', async () => {
    await using issuer = await startClerkIssuer();
    const server = start({ ...issuer.env, LOG_LEVEL: 'trace' });
    const { origin } = await linkOf(server, /http:\/\/[\d.:]+(?=\s)/);
    const user = issuer.addUser();
    const claims = { sub: user.id, sid: `sess_${user.id}`, azp: origin };
    const token = issuer.mint({ claims });
    const list = (headers: Record<string, string>) => fetch(`${origin}/api/notebooks`, { headers });
    const answer = await list({ authorization: `Bearer ${token}` });
    const [notebook] = List.parse(await answer.json());
    expect(await list({ cookie: `__session=${token}` })).toMatchObject({ status: 401 });
    expect(await list({ authorization: `Bearer ${issuer.mint()}` })).toMatchObject({ status: 401 });

    const address = `${origin}/ws/notebooks/${notebook?.id}`;
    const client = new SocketClient(address, { origin });
    await client.opened;
    client.say({ type: 'hello', protocol: protocolVersion, token });
    await client.hear('welcome');
    const { headers, body } = issuer.signWebhook('session.ended', {
      id: claims.sid,
      user_id: user.id,
    });
    const told = await fetch(`${origin}/api/clerk/webhooks`, { method: 'POST', headers, body });
    expect(told.status).toBe(204);
    expect(await client.closed).toBe(closeCode.unauthenticated);
    expect(await list({ authorization: `Bearer ${token}` })).toMatchObject({ status: 401 });

    server.child.kill('SIGTERM');
    expect(await server.exited).toBe(0);
    const log = server.said.out + server.said.err;
    expect(log).toContain('A session token was refused');
    for (const secret of [...token.split('.').slice(1), issuer.secretKey, issuer.webhookSecret]) {
      expect(log).not.toContain(secret);
    }
  }, 60_000);

  test('A15: in production a development instance stops the start', async () => {
    await using issuer = await startClerkIssuer();
    const server = start({ ...issuer.env, NODE_ENV: 'production' });
    expect(await server.exited).toBe(2);
    expect(server.said.err).toContain('NODE_ENV is "production"');
    expect(server.said.err).not.toContain(issuer.secretKey);
  }, 20_000);
});
