/** Sign-in with Clerk as a client meets it: over the real HTTP side, the real socket and a real database. */
import { closeCode } from '@rnb/protocol';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type ClerkIssuer,
  generateKey,
  type IssuerUser,
  startClerkIssuer,
} from '../../../test/clerk-issuer.ts';
import { type ClerkWorld, openClerkWorld } from '../../../test/clerk-world.ts';
import { routes } from '../../../test/route-table.ts';
import { profileFreshMs, standingTrustMs } from './clerk-sign-in.ts';

let issuer: ClerkIssuer;
let world: ClerkWorld;
let ada: IssuerUser;
let claims: { sub: string; sid: string };

beforeAll(async () => {
  issuer = await startClerkIssuer();
});
afterAll(() => issuer[Symbol.asyncDispose]());
beforeEach(async () => {
  issuer.requests.length = 0;
  issuer.jwks = 'serves';
  issuer.usersFail = false;
  world = await openClerkWorld(issuer);
  ada = issuer.addUser();
  claims = { sub: ada.id, sid: `sess_${ada.id}` };
});
afterEach(async () => {
  vi.useRealTimers();
  await world[Symbol.asyncDispose]();
});

const me = (token: string) => world.call('/api/me', { token });
const statusOf = async (token: string) => (await me(token)).status;

/** Ada's token, and the first of her notebooks. */
async function arrive(more: object = {}): Promise<{ token: string; notebook: string }> {
  const token = world.mint({ ...claims, ...more });
  const [notebook] = await world.list(token);
  if (!notebook) throw new Error('Nothing in the list');
  return { token, notebook: notebook.id };
}

/** An API token of whoever has this one. */
async function makeToken(token: string): Promise<string> {
  const body = { name: 'ci', scope: 'read' };
  const made = await world.call('/api/tokens', { method: 'POST', token, body });
  return String(made.body.token);
}

async function trailOf(user: string) {
  return (await world.auditLog.list({ person: user }, { limit: 50 })).map(
    ({ action, actorName, via, detail, address }) => ({ action, actorName, via, detail, address }),
  );
}

describe('a server with Clerk', () => {
  test('tells browsers which instance, and nothing secret', async () => {
    const { body } = await world.call('/api/config');
    expect(body).toMatchObject({
      authProvider: 'clerk',
      clerkPublishableKey: issuer.publishableKey,
      signUp: null,
    });
  });

  test('lets the page load the script of the instance', async () => {
    const policyOf = async (path: string) =>
      (await world.call(path)).headers.get('content-security-policy') ?? '';
    const policy = await policyOf('/');
    const clerk = issuer.issuer;
    expect(policy).toContain(`script-src 'self' ${clerk} https://challenges.cloudflare.com`);
    expect(policy).toContain(`connect-src 'self' ${clerk}`);
    expect(policy).toContain("img-src 'self' data: blob: https://img.clerk.com;");
    expect(policy).toContain("worker-src 'self' blob:;");
    expect(policy).toContain("frame-src 'self' https://challenges.cloudflare.com");
    expect(policy).not.toContain('unsafe-eval');
    expect(await policyOf('/output-frame.html')).not.toContain(clerk);
    expect(await policyOf('/api/docs/')).not.toContain(clerk);
  });

  test.each(routes.filter(({ path }) => path.startsWith('/api/auth/')))(
    'has no local accounts: $method $path',
    async ({ method, path }) => {
      expect((await world.call(path, { method, body: {} })).status).toBe(404);
    },
  );
});

describe('A1: without a token', () => {
  const closed = routes.filter(({ may }) => may !== 'anybody');
  test.each(closed.filter(({ path }) => !/\/(account|people|invitations)\b/.test(path)))(
    '$method $path is refused, and so it is with a cookie',
    async ({ method, path }) => {
      const address = path.replaceAll(/\{\w+\}/g, 'a'.repeat(32));
      const cookie = `__session=${world.mint(claims)}`;
      const cases: Record<string, string>[] = [{}, { cookie, origin: world.url }];
      for (const headers of cases) {
        const answer = await world.call(address, { method, headers });
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
      // Nobody was met.
      expect(await world.people.find(ada.id)).toBeNull();
    },
  );

  test('a socket is closed before it is told anything, and so it is with a cookie', async () => {
    const { token, notebook } = await arrive();
    for (const headers of [
      { origin: world.url },
      { origin: world.url, cookie: `__session=${token}` },
    ]) {
      const client = await world.connect(notebook, null, headers);
      await expect(client.hear('welcome')).rejects.toThrow(String(closeCode.unauthenticated));
    }
  });
});

describe('somebody who comes for the first time', () => {
  test('is told by Clerk, and finds two notebooks, however many requests come at once', async () => {
    const token = world.mint(claims);
    const lists = await Promise.all(Array.from({ length: 10 }, () => world.list(token)));
    expect(lists.map((list) => list.length)).toEqual(lists.map(() => 2));
    expect((await me(token)).body).toMatchObject({
      id: ada.id,
      name: 'Ada Lovelace',
      email: ada.email,
    });
    expect(issuer.requests).toEqual(['/v1/jwks', `/v1/users/${ada.id}`]);
  });

  test('is in the trail once for each session, whatever server they come to', async () => {
    const { token } = await arrive();
    await arrive({ sid: 'sess_2' });
    await world.list(token);
    await using other = await openClerkWorld(issuer);
    await other.list(other.mint(claims));
    await other.auditLog.flush();
    const name = `Ada Lovelace (${ada.email})`;
    const signedIn = {
      action: 'signed_in',
      actorName: name,
      via: 'page',
      detail: 'with Clerk',
      address: '127.0.0.1',
    };
    expect(await trailOf(ada.id)).toEqual([signedIn, signedIn]);
  });

  test('A11: impersonated, is in the trail with who does it', async () => {
    const { token } = await arrive({ act: { sub: 'user_operator' } });
    expect((await me(token)).body).toMatchObject({ id: ada.id });
    expect(await trailOf(ada.id)).toMatchObject([{ via: 'page, impersonated by user_operator' }]);
  });

  test('A11: impersonated, may edit, and gives nothing to anybody', async () => {
    const { token, notebook } = await arrive({ act: { sub: 'user_operator' } });
    const post = async (path: string, body: object) =>
      (await world.call(path, { method: 'POST', token, body })).status;
    expect(await post('/api/notebooks', {})).toBe(201);
    expect(await post('/api/tokens', { name: 'ci', scope: 'read' })).toBe(403);
    const member = { email: 'bob@example.org', role: 'viewer' };
    expect(await post(`/api/notebooks/${notebook}/members`, member)).toBe(403);
    expect(await post(`/api/notebooks/${notebook}/links`, { role: 'viewer' })).toBe(403);
  });

  test.each([
    [true, 3],
    [false, 2],
  ])(
    'with an address of which it is %s that it is proven has %i notebooks',
    async (emailVerified, count) => {
      const { notebook } = await arrive();
      const email = `bob-${ada.id}@example.org`;
      const terms = { role: 'viewer', mayUseConnections: false } as const;
      await world.sharing.addMember(notebook, ada.id, { userId: null, email }, terms);
      const bob = issuer.addUser({ email, emailVerified });
      expect(await world.list(world.mint({ sub: bob.id, sid: 'sess_bob' }))).toHaveLength(count);
    },
  );

  test.each([
    ['unknown to Clerk', () => issuer.users.delete(ada.id)],
    ['banned', () => issuer.addUser({ ...ada, banned: true })],
  ])('and is %s is refused', async (_, change) => {
    change();
    expect(await statusOf(world.mint(claims))).toBe(401);
    expect(await world.people.find(ada.id)).toBeNull();
  });

  test('comes in although Clerk does not tell who it is, and is named a minute later', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    issuer.usersFail = true;
    await arrive();
    expect((await me(world.mint(claims))).body).toMatchObject({
      name: `User ${ada.id.slice(-6)}`,
      email: null,
    });
    issuer.usersFail = false;
    vi.setSystemTime(Date.now() + 60_000);
    expect((await me(world.mint(claims))).body).toMatchObject({ name: 'Ada Lovelace' });
  });

  test('keeps their name while Clerk does not answer', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await arrive();
    issuer.usersFail = true;
    vi.setSystemTime(Date.now() + 24 * 60 * 60_000);
    expect((await me(world.mint(claims))).body).toMatchObject({ name: 'Ada Lovelace' });
  });
});

test('with a key for tokens alone nothing is asked of Clerk, and the token tells who it is', async () => {
  const env = { CLERK_SECRET_KEY: '', CLERK_JWT_KEY: issuer.jwtKey };
  await using own = await openClerkWorld(issuer, env);
  const told = { name: 'Ada', email: 'ADA@example.org', email_verified: true };
  const profile = async (more: object) => {
    const token = own.mint({ ...claims, ...more });
    return (await own.call('/api/me', { token })).body;
  };
  expect(await profile(told)).toMatchObject({ name: 'Ada', email: 'ADA@example.org' });
  expect(await own.people.find(ada.id)).toMatchObject({ emailVerified: true });
  expect(await profile({ ...told, name: 'Ada\n King ' })).toMatchObject({ name: 'Ada King' });
  expect(await own.list(own.mint({ ...claims, ...told }))).toHaveLength(2);
  expect(issuer.requests).toEqual([]);
});

test('A7: while Clerk cannot be reached nobody new comes in, and is told to come again', async () => {
  issuer.jwks = 'fails';
  const token = world.mint(claims);
  const { status, body } = await me(token);
  expect([status, body.code]).toEqual([503, 'unavailable']);
  const client = await world.connect('a'.repeat(32), token);
  expect(await client.closed).toBe(closeCode.failed);
});

test('C1, A10: where the server is reached by https, the page at its http twin is a stranger', async () => {
  const name = 'app.example.com';
  await using own = await openClerkWorld(issuer, { ALLOWED_ORIGINS: `https://${name}` });
  const open = async (page: string) => {
    const token = own.mint({ ...claims, azp: page });
    const client = await own.connect('a'.repeat(32), token, { host: name, origin: page });
    return client.closed;
  };
  expect(await open(`https://${name}`)).toBe(closeCode.forbidden);
  await expect(open(`http://${name}`)).rejects.toThrow('403');
  // A program sends no origin, and the page's token is good for it no more than for the page.
  const token = own.mint({ ...claims, azp: `http://${name}` });
  const client = await own.connect('a'.repeat(32), token, { host: name });
  expect(await client.closed).toBe(closeCode.unauthenticated);
});

describe('A13: a token in an address', () => {
  test('is no token, for HTTP and socket alike', async () => {
    const { token, notebook } = await arrive();
    for (const name of ['token', 'access_token', '__session', 'authorization']) {
      expect((await world.call(`/api/notebooks/${notebook}?${name}=${token}`)).status).toBe(401);
    }
    const connecting = world.connect(`${notebook}?token=${token}`, token);
    await expect(connecting).rejects.toThrow('404');
  });

  test('or anywhere else is in no log, nor is a key', async () => {
    const { token, notebook } = await arrive();
    const forged = world.mint(claims, { key: generateKey() });
    await world.call(`/api/me?token=${token}`);
    await me(forged);
    await me(world.mint({ ...claims, azp: 'https://evil.example' }));
    await (await world.connect(notebook, token)).hear('welcome');
    await (await world.connect(notebook, forged)).closed;
    await world.send(issuer.signWebhook('session.ended', {}, { secret: 'whsec_AAAA' }));
    issuer.usersFail = true;
    await world.list(world.mint({ sub: 'user_unknown', sid: 'sess_unknown' }));
    const log = world.logged.join('\n');
    expect(log).toContain('A session token was refused');
    const parts = [token, forged].flatMap((text) => text.split('.').slice(1));
    for (const secret of [...parts, issuer.secretKey, issuer.webhookSecret.slice(6)]) {
      expect(log).not.toContain(secret);
    }
  });
});

const sessionEvent = (sid: string) => ({ id: sid, user_id: ada.id, status: 'ended' });

describe('A14: a webhook', () => {
  let token: string;
  beforeEach(async () => {
    ({ token } = await arrive());
  });
  const minute = 60_000;

  test('that Clerk signed just now counts', async () => {
    const webhook = issuer.signWebhook('session.ended', sessionEvent(claims.sid));
    expect(await world.send(webhook)).toBe(204);
    expect(await statusOf(token)).toBe(401);
  });

  const data = () => sessionEvent(claims.sid);
  const good = () => issuer.signWebhook('session.ended', data());
  test.each([
    [
      'signed by another secret',
      () => issuer.signWebhook('session.ended', data(), { secret: 'whsec_AAAA' }),
    ],
    ['with another text', () => ({ ...good(), body: good().body.replace('ended', 'begun') })],
    ['with another id', () => ({ ...good(), headers: { ...good().headers, 'svix-id': 'msg_2' } })],
    [
      'that is older',
      () => issuer.signWebhook('session.ended', data(), { at: Date.now() - 6 * minute }),
    ],
    [
      'of the future',
      () => issuer.signWebhook('session.ended', data(), { at: Date.now() + 6 * minute }),
    ],
    ['without a signature', () => ({ ...good(), headers: { 'content-type': 'application/json' } })],
    [
      'with a signature of another kind',
      () => {
        const { headers, body } = good();
        const signature = headers['svix-signature']?.replace('v1,', 'v0,') ?? '';
        return { headers: { ...headers, 'svix-signature': signature }, body };
      },
    ],
    ['of nothing', () => ({ ...good(), body: '' })],
  ])('%s is refused and changes nothing', async (_, webhook) => {
    expect(await world.send(webhook())).toBe(401);
    expect(await statusOf(token)).toBe(200);
  });

  test('that was captured and is sent again is refused', async () => {
    const told = (user: Partial<IssuerUser>) =>
      issuer.signWebhook('user.updated', issuer.userJson(issuer.addUser({ ...ada, ...user })));
    await world.send(told({ banned: true }));
    expect(await statusOf(token)).toBe(401);
    const unbanned = told({});
    expect(await world.send(unbanned)).toBe(204);
    expect(await statusOf(token)).toBe(200);
    await world.send(told({ banned: true }));
    expect(await world.send(unbanned)).toBe(401);
    expect(await statusOf(token)).toBe(401);
  });

  test('that Clerk sends again, having missed the answer, is taken and does nothing', async () => {
    const unbanned = (at: number) =>
      issuer.signWebhook('user.updated', issuer.userJson(ada), { id: `msg_${ada.id}`, at });
    expect(await world.send(unbanned(Date.now() - minute))).toBe(204);
    await world.send(issuer.signWebhook('user.deleted', { id: ada.id }));
    expect(await world.send(unbanned(Date.now()))).toBe(204);
    expect(await statusOf(token)).toBe(401);
  });

  test('that cannot be acted on counts when it comes again', async () => {
    issuer.usersFail = true;
    const banned = (at: number) => {
      const user = issuer.userJson({ ...ada, banned: true });
      return issuer.signWebhook('user.updated', user, { id: `msg_${ada.id}`, at });
    };
    expect(await world.send(banned(Date.now() - minute))).toBeGreaterThanOrEqual(500);
    issuer.usersFail = false;
    issuer.addUser({ ...ada, banned: true });
    expect(await world.send(banned(Date.now()))).toBe(204);
    expect(await statusOf(token)).toBe(401);
  });

  test.each([
    ['session.ended', 'ended_sign_ins', () => sessionEvent(claims.sid)],
    ['user.deleted', 'told_users', () => ({ id: ada.id })],
  ])(
    '%s, that the database did not take, counts when it comes again',
    async (type, table, data) => {
      const webhook = issuer.signWebhook(type, data());
      const rename = (from: string, to: string) =>
        world.db.execute(sql`alter table ${sql.identifier(from)} rename to ${sql.identifier(to)}`);
      await rename(table, 'away');
      const status = await world.send(webhook);
      await rename('away', table);
      expect(status).toBeGreaterThanOrEqual(500);
      expect(await statusOf(token)).toBe(200);
      expect(await world.send(webhook)).toBe(204);
      expect(await statusOf(token)).toBe(401);
    },
  );

  test('is in the trail once, however often it comes', async () => {
    const sent = (at: number) =>
      issuer.signWebhook('user.deleted', { id: ada.id }, { id: `msg_${ada.id}`, at });
    for (const at of [Date.now() - minute, Date.now()])
      expect(await world.send(sent(at))).toBe(204);
    const trail = await trailOf(ada.id);
    expect(trail.filter(({ action }) => action === 'signed_out')).toHaveLength(1);
  });

  test('of something else is taken and left alone', async () => {
    expect(await world.send(issuer.signWebhook('email.created', { id: 'x' }))).toBe(204);
    expect(await statusOf(token)).toBe(200);
  });

  test('of 1 MB is refused', async () => {
    const webhook = issuer.signWebhook('user.updated', { id: 'x'.repeat(1_000_000) });
    expect(await world.send(webhook)).toBe(413);
  });

  test('without a secret to verify it by has no address', async () => {
    await using own = await openClerkWorld(issuer, { CLERK_WEBHOOK_SECRET: '' });
    expect(await own.send(good())).toBe(404);
    expect(own.logged.join()).toContain('CLERK_WEBHOOK_SECRET is not set');
  });
});

describe('A16: when Clerk tells that', () => {
  const banned = () => issuer.userJson(issuer.addUser({ ...ada, banned: true }));
  const deleted = () => {
    issuer.users.delete(ada.id);
    return { id: ada.id, object: 'user', deleted: true };
  };
  test.each([
    ['session.ended', () => sessionEvent(claims.sid), 'session ended', true],
    ['session.removed', () => sessionEvent(claims.sid), 'session removed', true],
    ['session.revoked', () => sessionEvent(claims.sid), 'session revoked', true],
    ['user.deleted', deleted, 'account deleted', false],
    ['user.updated', banned, 'banned', false],
  ])('%s, the socket is closed and the token refused', async (type, data, detail, mayReturn) => {
    const { token, notebook } = await arrive();
    const bob = issuer.addUser();
    const bobs = world.mint({ sub: bob.id, sid: `sess_${bob.id}` });
    const [bobsNotebook] = await world.list(bobs);
    const client = await world.connect(notebook, token);
    const bystander = await world.connect(bobsNotebook?.id ?? '', bobs);
    await client.hear('welcome');
    await bystander.hear('welcome');

    expect(await world.send(issuer.signWebhook(type, data()))).toBe(204);
    expect(await client.closed).toBe(closeCode.unauthenticated);
    expect(await statusOf(token)).toBe(401);
    expect(await (await world.connect(notebook, token)).closed).toBe(closeCode.unauthenticated);
    expect(await statusOf(world.mint({ ...claims, sid: 'sess_new' }))).toBe(mayReturn ? 200 : 401);
    expect(await trailOf(ada.id)).toContainEqual(
      expect.objectContaining({ action: 'signed_out', via: 'Clerk', detail }),
    );
    expect(bystander.isOpen).toBe(true);
    expect(await statusOf(bobs)).toBe(200);
  });

  test('a user is banned, their API tokens count no longer, until they are let in again', async () => {
    const { token, notebook } = await arrive();
    const apiToken = await makeToken(token);
    expect(await statusOf(apiToken)).toBe(200);
    const client = await world.connect(notebook, apiToken);
    await client.hear('welcome');
    await world.send(issuer.signWebhook('session.ended', sessionEvent(claims.sid)));
    expect(await statusOf(apiToken)).toBe(200);
    await world.send(issuer.signWebhook('user.updated', banned()));
    expect(await client.closed).toBe(closeCode.unauthenticated);
    expect(await statusOf(apiToken)).toBe(401);
    issuer.addUser(ada);
    await world.send(issuer.signWebhook('user.updated', issuer.userJson(ada)));
    expect(await statusOf(apiToken)).toBe(200);
  });

  test('nothing, their API tokens end and count again with what is found when they come', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { token } = await arrive();
    const apiToken = await makeToken(token);
    for (const isBanned of [true, false]) {
      issuer.addUser({ ...ada, banned: isBanned });
      vi.setSystemTime(Date.now() + profileFreshMs);
      const status = isBanned ? 401 : 200;
      expect(await statusOf(world.mint(claims))).toBe(status);
      expect(await statusOf(apiToken)).toBe(status);
    }
  });

  test('a user is banned no longer, they come in again', async () => {
    const { token } = await arrive();
    await world.send(issuer.signWebhook('user.updated', banned()));
    expect(await statusOf(token)).toBe(401);
    issuer.addUser(ada);
    await world.send(issuer.signWebhook('user.updated', issuer.userJson(ada)));
    expect(await statusOf(token)).toBe(200);
  });

  test('a user was changed before they were banned, they stay out', async () => {
    const { token } = await arrive();
    const before = issuer.userJson(ada);
    await world.send(issuer.signWebhook('user.updated', banned()));
    await world.send(issuer.signWebhook('user.updated', before));
    expect(await statusOf(token)).toBe(401);
  });

  test('the same, and it cannot be asked', async () => {
    const env = { CLERK_SECRET_KEY: '', CLERK_JWT_KEY: issuer.jwtKey };
    await using own = await openClerkWorld(issuer, env);
    const token = own.mint(claims);
    await own.list(token);
    const told = (user: Partial<IssuerUser>) =>
      own.send(issuer.signWebhook('user.updated', issuer.userJson({ ...ada, ...user })));
    const status = async () => (await own.call('/api/me', { token })).status;
    await told({ banned: true, updatedAt: 2_000 });
    await told({ updatedAt: 1_000 });
    expect(await status()).toBe(401);
    await told({ updatedAt: 3_000 });
    expect(await status()).toBe(200);
    await own.send(issuer.signWebhook('user.deleted', { id: ada.id }));
    await told({ updatedAt: 4_000 });
    expect(await status()).toBe(401);
  });

  test('a user is banned, a server that cannot ask and was started since knows which word was the last', async () => {
    const env = { CLERK_SECRET_KEY: '', CLERK_JWT_KEY: issuer.jwtKey };
    const told = (user: Partial<IssuerUser>) =>
      issuer.signWebhook('user.updated', issuer.userJson({ ...ada, ...user }));
    {
      await using before = await openClerkWorld(issuer, env);
      await before.list(before.mint(claims));
      await before.send(told({ banned: true, updatedAt: 2_000 }));
    }
    await using after = await openClerkWorld(issuer, env);
    const status = async () => (await after.call('/api/me', { token: after.mint(claims) })).status;
    expect(await after.send(told({ updatedAt: 1_000 }))).toBe(204);
    expect(await status()).toBe(401);
    await after.send(told({ updatedAt: 3_000 }));
    expect(await status()).toBe(200);
  });

  test('a user is banned, a request that asked Clerk just before does not let them in again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const apiToken = await makeToken((await arrive()).token);
    vi.setSystemTime(Date.now() + profileFreshMs);
    const held = issuer.holdNextUser();
    const request = statusOf(world.mint(claims));
    await held.asked;
    vi.setSystemTime(Date.now() + 1);
    await world.send(issuer.signWebhook('user.updated', banned()));
    held.send();
    expect(await request).toBe(401);
    expect(await statusOf(apiToken)).toBe(401);
  });

  test('a user is locked, which anybody can bring about, they stay in', async () => {
    const { token } = await arrive();
    const locked = issuer.addUser({ ...ada, locked: true });
    await world.send(issuer.signWebhook('user.updated', issuer.userJson(locked)));
    expect(await statusOf(token)).toBe(200);
  });

  test('a user has another name, it is known at once; of whom was never here nothing is kept', async () => {
    const { token } = await arrive();
    const renamed = issuer.addUser({ ...ada, lastName: 'King' });
    await world.send(issuer.signWebhook('user.updated', issuer.userJson(renamed)));
    expect((await me(token)).body).toMatchObject({ name: 'Ada King' });
    const stranger = issuer.addUser();
    await world.send(issuer.signWebhook('user.updated', issuer.userJson(stranger)));
    expect(await world.people.find(stranger.id)).toBeNull();
  });
});

describe('an API token, without a word of Clerk', () => {
  let apiToken: string;
  let notebook: string;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const arrived = await arrive();
    notebook = arrived.notebook;
    apiToken = await makeToken(arrived.token);
  });
  const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

  test.each([
    ['banned', () => issuer.addUser({ ...ada, banned: true })],
    ['deleted', () => issuer.users.delete(ada.id)],
  ])('of somebody who was %s counts no longer than some minutes', async (_, change) => {
    const client = await world.connect(notebook, apiToken);
    await client.hear('welcome');
    change();
    expect(await statusOf(apiToken)).toBe(200);
    later(standingTrustMs);
    expect(await statusOf(apiToken)).toBe(401);
    expect(await client.closed).toBe(closeCode.unauthenticated);
    expect(await statusOf(apiToken)).toBe(401);
  });

  test('asks Clerk now and then, not each time', async () => {
    later(standingTrustMs);
    issuer.requests.length = 0;
    for (let i = 0; i < 3; i += 1) expect(await statusOf(apiToken)).toBe(200);
    expect(issuer.requests).toEqual([`/v1/users/${ada.id}`]);
  });

  test('lives through an outage of minutes, after which nobody is let in unseen', async () => {
    issuer.usersFail = true;
    later(standingTrustMs - 1);
    expect(await statusOf(apiToken)).toBe(200);
    later(1);
    const { status, body } = await me(apiToken);
    expect([status, body.code]).toEqual([503, 'unavailable']);
    issuer.usersFail = false;
    expect(await statusOf(apiToken)).toBe(200);
  });

  test('counts again when they were let in again and come back', async () => {
    issuer.addUser({ ...ada, banned: true });
    later(standingTrustMs);
    expect(await statusOf(apiToken)).toBe(401);
    issuer.addUser(ada);
    later(60_000);
    expect(await statusOf(world.mint(claims))).toBe(200);
    expect(await statusOf(apiToken)).toBe(200);
  });
});

describe('C4: a token that expires with the socket open', () => {
  test('is good for 15 s more, for its successor to come', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const { token, notebook } = await arrive();
    const client = await world.connect(notebook, token);
    const { expiresInMs } = await client.hear('welcome');
    expect(expiresInMs).toBeLessThanOrEqual(60_000);
    vi.advanceTimersByTime((expiresInMs ?? 0) + 14_900);
    expect(client.isOpen).toBe(true);
    vi.advanceTimersByTime(200);
    expect(await client.closed).toBe(closeCode.unauthenticated);
  });

  test('closes the socket at the next message, which is not acted on', async () => {
    const { token, notebook } = await arrive();
    const client = await world.connect(notebook, token);
    await client.hear('welcome');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 80_000 });
    client.say({ type: 'run_cells', id: 1, cells: 'all' });
    expect(await client.closed).toBe(closeCode.unauthenticated);
    expect(world.sessions.of(notebook).commands).toEqual([]);
  });

  test('is followed by another of the same session, and the socket lives on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const { token, notebook } = await arrive();
    const client = await world.connect(notebook, token);
    await client.hear('welcome');
    vi.advanceTimersByTime(45_000);
    client.say({ type: 'authenticate', token: world.mint(claims) });
    const { expiresInMs } = await client.hear('authenticated');
    expect(expiresInMs).toBeGreaterThan(55_000);
    vi.advanceTimersByTime(31_000);
    client.say({ type: 'run_cells', id: 1, cells: 'all' });
    await client.hear('reply');
    expect(world.sessions.of(notebook).commands).toHaveLength(1);
  });

  test('is not followed by one that has ended or is forged', async () => {
    const { token, notebook } = await arrive();
    for (const next of [
      world.mint(claims, { key: generateKey() }),
      'x',
      world.mint({ ...claims, exp: 1 }),
    ]) {
      const client = await world.connect(notebook, token);
      await client.hear('welcome');
      client.say({ type: 'authenticate', token: next });
      expect(await client.closed).toBe(closeCode.unauthenticated);
    }
  });
});

test.each([
  ['user', () => ({ sub: issuer.addUser().id })],
  ['session', () => ({ sid: 'sess_other' })],
])('C5: a good token of another %s does not go on with a socket', async (_, other) => {
  const { token, notebook } = await arrive();
  const client = await world.connect(notebook, token);
  await client.hear('welcome');
  client.say({ type: 'authenticate', token: world.mint({ ...claims, ...other() }) });
  expect(await client.closed).toBe(closeCode.forbidden);
});

test('C5: the active organisation may be another, as nothing is decided by it', async () => {
  const { token, notebook } = await arrive({ o: { id: 'org_1' } });
  const client = await world.connect(notebook, token);
  await client.hear('welcome');
  client.say({ type: 'authenticate', token: world.mint({ ...claims, o: { id: 'org_2' } }) });
  await client.hear('authenticated');
});
