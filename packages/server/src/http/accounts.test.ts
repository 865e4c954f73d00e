/** Local accounts over HTTP: signing up and in, one's own account, and what the administrator does (C3, C19, C20). */
import { randomUUID } from 'node:crypto';
import {
  Account,
  CreatedInvitation,
  Invitation,
  Me,
  PasswordLink,
  PersonRecord,
  Problem,
  SignedInBrowser,
  type SignUpPolicy,
} from '@rnb/protocol';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type HttpWorld, openHttpWorld, tokens } from '../../test/http-world.ts';
import { createRateLimits, defaultLimits } from './rate-limits.ts';

const password = 'violet kettle under snow';
const another = 'eleven owls in the attic';

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** As a browser sends it again. */
  cookie: string;
}

async function call(
  world: HttpWorld,
  method: string,
  path: string,
  { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(world.url + path, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const cookie = response.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  return {
    status: response.status,
    headers: response.headers,
    text: await response.text(),
    cookie,
  };
}

/** As the own page asks, with a cookie. */
const asPage = (world: HttpWorld, cookie: string) => ({ cookie, origin: world.url });
const administrator = { authorization: `Bearer ${tokens.owner}` };

function problemOf({ text }: Answer): Problem {
  return Problem.parse(JSON.parse(text));
}

/** Worlds of one file share a database. */
const newEmail = () => `${randomUUID().slice(0, 8)}@example.org`;

async function invite(world: HttpWorld, email: string | null = null): Promise<string> {
  const made = await call(world, 'POST', '/api/people/invitations', {
    body: { email },
    headers: administrator,
  });
  return CreatedInvitation.parse(JSON.parse(made.text)).token;
}

const signUp = (world: HttpWorld, body: object) =>
  call(world, 'POST', '/api/auth/sign-up/email', { body: { name: 'Ada', password, ...body } });

const signIn = (
  world: HttpWorld,
  body: { email: string; password: string },
  headers: Record<string, string> = {},
) => call(world, 'POST', '/api/auth/sign-in/email', { body, headers });

/** Somebody with an account; their address, and the cookie of the browser in which they made it. */
async function newPerson(world: HttpWorld): Promise<{ email: string; cookie: string; id: string }> {
  const email = newEmail();
  const { cookie, status } = await signUp(world, { email, invitation: await invite(world) });
  expect(status).toBe(200);
  return { email, cookie, id: (await me(world, cookie)).id };
}

async function me(world: HttpWorld, cookie: string): Promise<Me> {
  return Me.parse(JSON.parse((await call(world, 'GET', '/api/me', { headers: { cookie } })).text));
}

async function statusOf(world: HttpWorld, cookie: string): Promise<number> {
  return (await call(world, 'GET', '/api/me', { headers: { cookie } })).status;
}

describe('signing up', () => {
  test.each<[SignUpPolicy, boolean, number]>([
    ['open', false, 200],
    ['open', true, 200],
    ['invite', false, 403],
    ['invite', true, 200],
    ['closed', false, 403],
    ['closed', true, 403],
  ])('where it is %s, invited: %s, is answered %i', async (policy, invited, status) => {
    await using world = await openHttpWorld({ signUp: policy });
    const token = (await world.invitations.create(null))?.token;
    const answer = await signUp(world, {
      email: newEmail(),
      ...(invited && { invitation: token }),
    });
    expect(answer.status).toBe(status);
    expect(answer.cookie === '').toBe(status !== 200);
    const { text } = await call(world, 'GET', '/api/config');
    expect(JSON.parse(text)).toMatchObject({ authProvider: 'local', signUp: policy });
  });

  test('whoever signs up is signed in, is nobody special, and has a first look', async () => {
    await using world = await openHttpWorld({ signUp: 'open' });
    const email = newEmail();
    const { cookie } = await signUp(world, { email: email.toUpperCase(), name: '  Ada  ' });
    const ada = await me(world, cookie);
    expect(ada).toMatchObject({ name: 'Ada', email, isAdministrator: false });
    expect(await world.people.find(ada.id)).toMatchObject({ email, emailVerified: false });
    const { events } = JSON.parse(
      (await call(world, 'GET', '/api/account/audit', { headers: { cookie } })).text,
    );
    expect(events).toMatchObject([{ action: 'signed_up', actor: { id: ada.id } }]);
  });

  test('an invitation works once, also for many at once', async () => {
    await using world = await openHttpWorld();
    const invitation = await invite(world);
    const all = await Promise.all(
      [1, 2, 3, 4].map(() => signUp(world, { email: newEmail(), invitation })),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403]);
  });

  test('an invitation that came to nothing can be used again', async () => {
    await using world = await openHttpWorld();
    const { email } = await newPerson(world);
    const invitation = await invite(world);
    const refused = await signUp(world, { email, invitation });
    expect(problemOf(refused)).toMatchObject({
      status: 422,
      faults: [{ path: 'body.email', message: expect.stringContaining('an account') }],
    });
    expect((await signUp(world, { email: newEmail(), invitation })).status).toBe(200);
  });

  test('of two with one address at once one has the account, and the other keeps the invitation', async () => {
    await using world = await openHttpWorld();
    const email = newEmail();
    const [one, two] = [await invite(world), await invite(world)];
    const both = await Promise.all(
      [one, two].map((invitation) => signUp(world, { email, invitation })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 422]);
    const left = both[0]?.status === 422 ? one : two;
    expect((await signUp(world, { email: newEmail(), invitation: left })).status).toBe(200);
  });

  test('an invitation that names an address is for it alone, and proves it', async () => {
    await using world = await openHttpWorld();
    const email = newEmail();
    const invitation = await invite(world, email.toUpperCase());
    const terms = await call(world, 'POST', '/api/auth/invitation', {
      body: { token: invitation },
    });
    expect(JSON.parse(terms.text)).toMatchObject({ email });
    const other = await signUp(world, { email: newEmail(), invitation });
    expect(problemOf(other).faults).toEqual([
      { path: 'body.email', message: expect.stringContaining(email) },
    ]);
    const { cookie } = await signUp(world, { email, invitation });
    const { id } = await me(world, cookie);
    expect(await world.people.find(id)).toMatchObject({ emailVerified: true });
  });

  test('whom the administrator vouches for gets their address from who had not proven it', async () => {
    await using world = await openHttpWorld({ signUp: 'open' });
    const email = newEmail();
    const eve = await signUp(world, { email, name: 'Ada' });
    const eveId = (await me(world, eve.cookie)).id;
    const invitation = await invite(world, email);
    const ada = await signUp(world, { email, invitation, password: another });
    const adaId = (await me(world, ada.cookie)).id;
    expect(await world.people.find(adaId)).toMatchObject({ email, emailVerified: true });
    expect(await world.people.find(eveId)).toMatchObject({ email: null, emailVerified: false });
    expect((await signIn(world, { email, password })).status).toBe(401);
    expect((await signIn(world, { email, password: another })).status).toBe(200);
    // What is theirs stays, and they are told.
    expect(await statusOf(world, eve.cookie)).toBe(200);
    const path = '/api/account/audit';
    const { text } = await call(world, 'GET', path, { headers: { cookie: eve.cookie } });
    expect(JSON.parse(text).events).toContainEqual(
      expect.objectContaining({ action: 'address_taken', detail: email, from: null }),
    );
  });

  test('nobody gets the address of who has proven it', async () => {
    await using world = await openHttpWorld({ signUp: 'open' });
    const email = newEmail();
    const [first, second] = [await invite(world, email), await invite(world, email)];
    const { cookie } = await signUp(world, { email, invitation: first });
    for (const invitation of [second, undefined]) {
      const refused = await signUp(world, { email, ...(invitation && { invitation }) });
      expect(problemOf(refused).faults?.[0]?.path).toBe('body.email');
    }
    expect((await me(world, cookie)).email).toBe(email);
    expect(await world.invitations.find(second)).not.toBeNull();
  });

  test('an invitation for anybody proves no address', async () => {
    await using world = await openHttpWorld();
    const { id } = await newPerson(world);
    expect(await world.people.find(id)).toMatchObject({ emailVerified: false });
  });

  test.each([
    ['short', 'at least 12'],
    ['password123456', 'tried first'],
    ['adaadaadaada', 'your name'],
    ['x1y2z3'.repeat(43), 'at most 256'],
  ])('the password %j is refused where it stands', async (weak, words) => {
    await using world = await openHttpWorld({ signUp: 'open' });
    const answer = await signUp(world, { email: newEmail(), password: weak });
    expect(problemOf(answer).faults).toEqual([
      { path: 'body.password', message: expect.stringContaining(words) },
    ]);
    expect(answer.text).not.toContain(weak);
  });

  test.each([
    [{ email: 'no address' }, 'body.email'],
    [{ name: ' ' }, 'body.name'],
    [{ name: 'two\nlines' }, 'body.name'],
    [{ name: 'x'.repeat(101) }, 'body.name'],
  ])('%j is refused where it stands', async (body, path) => {
    await using world = await openHttpWorld({ signUp: 'open' });
    const answer = await signUp(world, { email: newEmail(), ...body });
    expect(problemOf(answer).faults?.map((fault) => fault.path)).toEqual([path]);
  });

  test.each(['used', 'revoked', 'expired', 'made up'])('an invitation that is %s', async (how) => {
    await using world = await openHttpWorld();
    const token =
      how === 'made up' ? 'x' : await invite(world, how === 'expired' ? 'old@example.org' : null);
    if (how === 'used') await signUp(world, { email: newEmail(), invitation: token });
    if (how === 'expired') await world.expireInvitations();
    if (how === 'revoked') {
      const record = await world.invitations.find(token);
      const path = `/api/people/invitations/${record?.id}`;
      expect((await call(world, 'DELETE', path, { headers: administrator })).status).toBe(204);
    }
    const answers = [
      await call(world, 'POST', '/api/auth/invitation', { body: { token } }),
      await signUp(world, { email: newEmail(), invitation: token }),
    ];
    for (const answer of answers) {
      expect(problemOf(answer)).toMatchObject({
        status: 403,
        detail: expect.stringContaining('new one'),
      });
    }
  });

  test('open ones are listed without what opens them', async () => {
    await using world = await openHttpWorld();
    const token = await invite(world, 'someone@example.org');
    const { text } = await call(world, 'GET', '/api/people/invitations', {
      headers: administrator,
    });
    const open = z.array(Invitation).parse(JSON.parse(text));
    expect(open.map(({ email }) => email)).toContain('someone@example.org');
    expect(text).not.toContain(token);
    expect(JSON.stringify(await world.invitations.find(token))).not.toContain(token);
  });
});

describe('signing in', () => {
  test('with a password, in a cookie that scripts cannot read', async () => {
    await using world = await openHttpWorld();
    const { email, id } = await newPerson(world);
    const answer = await signIn(world, { email: ` ${email.toUpperCase()} `, password });
    expect(answer.status).toBe(200);
    const [header = ''] = answer.headers.getSetCookie();
    for (const word of ['HttpOnly', 'SameSite=Lax', 'Path=/']) expect(header).toContain(word);
    expect(header).not.toContain('Secure');
    expect((await me(world, answer.cookie)).id).toBe(id);
    // The cookie alone has the secret.
    expect(JSON.parse(answer.text)).toEqual({ ok: true });
  });

  test('where browsers come by https alone, the cookie travels by nothing else', async () => {
    await using world = await openHttpWorld({ https: true });
    const { email } = await newPerson(world);
    const { headers } = await signIn(world, { email, password });
    expect(headers.getSetCookie()[0]).toMatch(/^__Secure-.*; Secure/);
  });

  test('a wrong password and an unknown address are answered alike', async () => {
    await using world = await openHttpWorld();
    const { email } = await newPerson(world);
    const wrong = await signIn(world, { email, password: another });
    const unknown = await signIn(world, { email: newEmail(), password: another });
    const withoutPassword = await signIn(world, { email: 'owner@localhost', password: another });
    const tooLong = await signIn(world, { email, password: 'x'.repeat(300) });
    const noAddress = await signIn(world, { email: 'x', password: another });
    expect(wrong.status).toBe(401);
    for (const answer of [unknown, withoutPassword, tooLong, noAddress]) {
      expect([answer.status, answer.text, answer.cookie]).toEqual([401, wrong.text, '']);
    }
  });

  test('C19: what was tried stands in the trail, short and on one line, and the password nowhere', async () => {
    await using world = await openHttpWorld();
    const { email, cookie } = await newPerson(world);
    await signIn(world, { email, password: 'my secret guess' });
    const { text } = await call(world, 'GET', '/api/account/audit', { headers: { cookie } });
    expect(JSON.parse(text).events[0]).toMatchObject({
      action: 'sign_in_failed',
      actor: { name: 'somebody' },
      detail: `as ${email}`,
    });
    await signIn(world, { email: `a\r\n\u001b[2J${'x'.repeat(900)}`, password: 'my secret guess' });
    await signIn(world, { email: `${'x'.repeat(5_000)}`, password: 'my secret guess' });
    const tried = await world.failedSignIns();
    expect(tried.at(0)).toMatch(/^as a \[2Jx{90,100}$/);
    expect(JSON.stringify([tried, text, world.logged])).not.toContain('my secret guess');
  });

  test('whoever guesses has to wait, and locks out nobody elsewhere', async () => {
    await using world = await openHttpWorld({ trustedProxies: ['loopback'] });
    const { email } = await newPerson(world);
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const guess = () => signIn(world, { email, password: another }, from('192.0.2.1'));
    for (let n = 0; n < 10; n += 1) expect((await guess()).status).toBe(401);
    const late = await guess();
    expect(late.status).toBe(429);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    // Not even with the right one, from there.
    expect((await signIn(world, { email, password }, from('192.0.2.1'))).status).toBe(429);
    expect((await signIn(world, { email, password }, from('192.0.2.2'))).status).toBe(200);
  });

  test('an address of one network has as many tries as all of it', async () => {
    await using world = await openHttpWorld({ trustedProxies: ['loopback'] });
    const statuses: number[] = [];
    for (let n = 0; n < 61; n += 1) {
      const headers = { 'x-forwarded-for': `2001:db8::${(n + 1).toString(16)}` };
      // Not even an address, which is answered without any work, and counts as well.
      const { status } = await signIn(world, { email: `x${n}`, password: another }, headers);
      statuses.push(status);
    }
    expect([statuses.at(0), statuses.at(59), statuses.at(60)]).toEqual([401, 401, 429]);
  });

  test('who signs in often is not stopped', async () => {
    await using world = await openHttpWorld();
    const { email } = await newPerson(world);
    for (let n = 0; n < 12; n += 1) {
      expect((await signIn(world, { email, password })).status).toBe(200);
    }
  });

  const strangers: [string, (url: string) => Record<string, string>][] = [
    ['another site', () => ({ origin: 'https://evil.example' })],
    ['a page without an origin', () => ({ origin: 'null' })],
    ['another port', () => ({ origin: 'http://127.0.0.1:1' })],
    ['another site that tells no origin', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['a neighbour', () => ({ 'sec-fetch-site': 'same-site' })],
  ];
  test.each(strangers)('C3: %s signs nobody in or up', async (_, headersFor) => {
    await using world = await openHttpWorld({ signUp: 'open' });
    const { email } = await newPerson(world);
    const headers = headersFor(world.url);
    const inAnswer = await signIn(world, { email, password }, headers);
    const upAnswer = await call(world, 'POST', '/api/auth/sign-up/email', {
      body: { name: 'Ada', email: newEmail(), password },
      headers,
    });
    for (const answer of [inAnswer, upAnswer]) {
      expect([answer.status, answer.cookie]).toEqual([403, '']);
    }
  });

  test.each([
    ['GET', 'get-session'],
    ['POST', 'get-session'],
    ['GET', 'list-sessions'],
    ['POST', 'revoke-session'],
    ['POST', 'revoke-sessions'],
    ['POST', 'revoke-other-sessions'],
    ['POST', 'update-user'],
    ['POST', 'update-session'],
    ['POST', 'delete-user'],
    ['POST', 'change-email'],
    ['POST', 'change-password'],
    ['POST', 'set-password'],
    ['POST', 'verify-password'],
    ['POST', 'request-password-reset'],
    ['POST', 'reset-password'],
    ['POST', 'send-verification-email'],
    ['GET', 'verify-email'],
    ['POST', 'sign-in/social'],
    ['POST', 'link-social'],
    ['GET', 'list-accounts'],
    ['POST', 'start-session'],
    ['GET', 'callback/github'],
    ['GET', 'error'],
    ['GET', 'ok'],
  ])('the library’s %s %s is not to be had', async (method, path) => {
    await using world = await openHttpWorld();
    const { cookie } = await newPerson(world);
    const body = method === 'POST' ? { body: {} } : {};
    const headers = asPage(world, cookie);
    const answer = await call(world, method, `/api/auth/${path}`, { ...body, headers });
    expect(answer.status).toBe(404);
  });
});

/** Somebody signed in in two browsers. */
async function twoBrowsers(world: HttpWorld) {
  const person = await newPerson(world);
  const { cookie: other } = await signIn(world, { email: person.email, password });
  const [first, second] = await Promise.all(
    [person.cookie, other].map(async (cookie) => {
      const { text } = await call(world, 'GET', '/api/account/sessions', { headers: { cookie } });
      const sessions = z.array(SignedInBrowser).parse(JSON.parse(text));
      expect(sessions).toHaveLength(2);
      return sessions.find(({ isThisOne }) => isThisOne)?.id ?? '';
    }),
  );
  world.heard.length = 0;
  return { ...person, other, first, second };
}

const ended = (...sessions: (string | undefined)[]) =>
  sessions.map((id) => ({ type: 'sign_in_ended', subject: `session:${id}` }));

describe('one’s own account', () => {
  test('signing out ends what is open in that browser alone', async () => {
    await using world = await openHttpWorld();
    const { cookie, other, first } = await twoBrowsers(world);
    const out = await call(world, 'POST', '/api/auth/sign-out', { headers: asPage(world, cookie) });
    expect(out.status).toBe(200);
    expect(out.headers.getSetCookie()[0]).toContain('Max-Age=0');
    expect(world.heard).toEqual(ended(first));
    expect([await statusOf(world, cookie), await statusOf(world, other)]).toEqual([401, 200]);
  });

  test('a new password ends every other sign-in at once, and the old cookie too', async () => {
    await using world = await openHttpWorld();
    const { email, cookie, other, first, second } = await twoBrowsers(world);
    const changed = await call(world, 'POST', '/api/account/password', {
      body: { currentPassword: password, newPassword: another },
      headers: asPage(world, cookie),
    });
    expect(changed.status).toBe(204);
    expect(world.heard).toHaveLength(2);
    expect(world.heard).toEqual(expect.arrayContaining(ended(first, second)));
    const statuses = [cookie, other, changed.cookie].map((one) => statusOf(world, one));
    expect(await Promise.all(statuses)).toEqual([401, 401, 200]);
    expect((await signIn(world, { email, password })).status).toBe(401);
    expect((await signIn(world, { email, password: another })).status).toBe(200);
  });

  test.each([
    [
      'a wrong present password',
      { currentPassword: another, newPassword: another },
      'currentPassword',
    ],
    ['no present password', { newPassword: another }, 'currentPassword'],
    ['a weak new one', { currentPassword: password, newPassword: 'password123456' }, 'newPassword'],
  ])('%s changes nothing', async (_, body, field) => {
    await using world = await openHttpWorld();
    const { email, cookie } = await newPerson(world);
    const headers = asPage(world, cookie);
    const answer = await call(world, 'POST', '/api/account/password', { body, headers });
    expect(problemOf(answer).faults?.map(({ path }) => path)).toEqual([`body.${field}`]);
    expect(await statusOf(world, cookie)).toBe(200);
    expect((await signIn(world, { email, password })).status).toBe(200);
  });

  test('who found an open browser cannot guess the password in it for long', async () => {
    await using world = await openHttpWorld();
    const { cookie } = await newPerson(world);
    const guess = async () => {
      const body = { currentPassword: 'guess', newPassword: another };
      const headers = asPage(world, cookie);
      return (await call(world, 'POST', '/api/account/password', { body, headers })).status;
    };
    for (let n = 0; n < 10; n += 1) expect(await guess()).toBe(422);
    expect(await guess()).toBe(429);
  });

  test('sessions are ended one by one, or all but this one; nobody ends those of others', async () => {
    await using world = await openHttpWorld();
    const { cookie, other, second } = await twoBrowsers(world);
    const stranger = await newPerson(world);
    const end = (by: string, id: string) =>
      call(world, 'DELETE', `/api/account/sessions/${id}`, { headers: asPage(world, by) });
    expect((await end(stranger.cookie, second ?? '')).status).toBe(404);
    world.heard.length = 0;
    expect((await end(cookie, second ?? '')).status).toBe(204);
    expect(world.heard).toEqual(ended(second));
    expect(await statusOf(world, other)).toBe(401);

    const third = await twoBrowsers(world);
    const headers = asPage(world, third.cookie);
    const all = await call(world, 'POST', '/api/account/sign-out-others', { headers });
    expect(JSON.parse(all.text)).toEqual({ ended: 1 });
    expect(world.heard).toEqual(ended(third.second));
    expect([await statusOf(world, third.cookie), await statusOf(world, third.other)]).toEqual([
      200, 401,
    ]);
  });

  test('a name is changed freely, an address with the password, and then it is not proven', async () => {
    await using world = await openHttpWorld();
    const email = newEmail();
    const { cookie } = await signUp(world, { email, invitation: await invite(world, email) });
    const change = (body: object) =>
      call(world, 'PATCH', '/api/account', { body, headers: asPage(world, cookie) });
    const named = Account.parse(JSON.parse((await change({ name: 'Ada L.' })).text));
    expect(named).toMatchObject({ name: 'Ada L.', email, emailVerified: true, hasPassword: true });
    const next = newEmail();
    expect(problemOf(await change({ email: next })).faults?.[0]?.path).toBe('body.currentPassword');
    const taken = (await newPerson(world)).email;
    const refused = await change({ email: taken, currentPassword: password });
    expect(problemOf(refused).faults?.[0]?.path).toBe('body.email');
    const moved = Account.parse(
      JSON.parse((await change({ email: next, currentPassword: password })).text),
    );
    expect(moved).toMatchObject({ email: next, emailVerified: false });
    expect((await signIn(world, { email: next, password })).status).toBe(200);
    expect((await signIn(world, { email, password })).status).toBe(401);
  });

  test('whether there is an account with an address is not found out by changing one’s own', async () => {
    const limits = createRateLimits({ ...defaultLimits, invites: { points: 2, duration: 60 } });
    await using world = await openHttpWorld({ limits });
    const { cookie } = await newPerson(world);
    const { email } = await newPerson(world);
    const headers = asPage(world, cookie);
    const body = { email, currentPassword: password };
    const statuses: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      statuses.push((await call(world, 'PATCH', '/api/account', { body, headers })).status);
    }
    expect(statuses).toEqual([422, 422, 429]);
  });

  test('the administrator came by a link, sets an address and a first password, and stays who they are', async () => {
    await using world = await openHttpWorld();
    const token = await world.accounts.issueLink();
    const { cookie } = await call(world, 'POST', '/api/auth/link', { body: { token } });
    const before = await me(world, cookie);
    expect(before).toMatchObject({ isAdministrator: true });
    const headers = asPage(world, cookie);
    const email = newEmail();
    const moved = await call(world, 'PATCH', '/api/account', { body: { email }, headers });
    expect(JSON.parse(moved.text)).toMatchObject({
      email,
      emailVerified: true,
      hasPassword: false,
    });
    const body = { newPassword: password };
    expect((await call(world, 'POST', '/api/account/password', { body, headers })).status).toBe(
      204,
    );
    const { cookie: again } = await signIn(world, { email, password });
    expect(await me(world, again)).toEqual({ ...before, email });
    // The next start finds the same account.
    await using next = await openHttpWorld();
    expect(next.accounts.owner).toEqual({ userId: before.id });
    expect(await next.accountStore.administrator()).toMatchObject({ id: before.id, email });
  });
});

describe('the administrator', () => {
  const people = async (world: HttpWorld) => {
    const { text } = await call(world, 'GET', '/api/people', { headers: administrator });
    return z.array(PersonRecord).parse(JSON.parse(text));
  };
  const block = (world: HttpWorld, id: string, isBlocked: boolean) =>
    call(world, 'PATCH', `/api/people/${id}`, { body: { isBlocked }, headers: administrator });

  test('sees who has an account', async () => {
    await using world = await openHttpWorld();
    const { email } = await twoBrowsers(world);
    const all = await people(world);
    expect(all.find((person) => person.email === email)).toMatchObject({
      name: 'Ada',
      emailVerified: false,
      isAdministrator: false,
      isBlocked: false,
      sessionCount: 2,
    });
    expect(all.filter(({ isAdministrator }) => isAdministrator)).toHaveLength(1);
  });

  test('whoever is blocked is out at once, also by token, until let in again', async () => {
    await using world = await openHttpWorld();
    const { id, email, cookie } = await newPerson(world);
    const made = await call(world, 'POST', '/api/tokens', {
      body: { name: 'ci', scope: 'read' },
      headers: asPage(world, cookie),
    });
    const { token, id: tokenId } = JSON.parse(made.text);
    const byToken = async () =>
      (await call(world, 'GET', '/api/me', { headers: { authorization: `Bearer ${token}` } }))
        .status;
    expect(await byToken()).toBe(200);
    world.heard.length = 0;

    expect(JSON.parse((await block(world, id, true)).text)).toMatchObject({ isBlocked: true });
    expect(world.heard).toContainEqual({ type: 'sign_in_ended', subject: `user:${id}` });
    expect(world.heard).toHaveLength(2);
    expect([await statusOf(world, cookie), await byToken()]).toEqual([401, 401]);
    expect(await world.tokenStore.exists(tokenId)).toBe(false);
    const refused = await signIn(world, { email, password });
    expect([refused.status, refused.cookie]).toEqual([403, '']);
    expect(problemOf(refused).detail).toContain('blocked');
    // Who does not know the password does not hear of it.
    expect((await signIn(world, { email, password: another })).status).toBe(401);

    await block(world, id, false);
    expect(await byToken()).toBe(200);
    expect((await signIn(world, { email, password })).status).toBe(200);
  });

  test('gives a link to who forgot their password: it signs in once, to set a new one', async () => {
    await using world = await openHttpWorld();
    const { id, email, cookie } = await newPerson(world);
    const give = (whose: string) =>
      call(world, 'POST', `/api/people/${whose}/password-link`, { headers: administrator });
    const first = PasswordLink.parse(JSON.parse((await give(id)).text));
    const { token } = PasswordLink.parse(JSON.parse((await give(id)).text));
    expect(await statusOf(world, cookie)).toBe(401);
    expect((await signIn(world, { email, password })).status).toBe(401);

    const open = (link: string) => call(world, 'POST', '/api/auth/link', { body: { token: link } });
    expect((await open(first.token)).status).toBe(401);
    // A start of the server ends its own links, and not these.
    await world.accounts.issueLink();
    const opened = await open(token);
    expect((await me(world, opened.cookie)).id).toBe(id);
    expect((await open(token)).status).toBe(401);
    const body = { newPassword: another };
    const headers = asPage(world, opened.cookie);
    expect((await call(world, 'POST', '/api/account/password', { body, headers })).status).toBe(
      204,
    );
    expect((await signIn(world, { email, password: another })).status).toBe(200);

    expect((await give('nobody')).status).toBe(404);
    expect((await give(world.accounts.owner.userId)).status).toBe(409);
  });

  test('what they did to an account stands in its trail, for whose it is', async () => {
    await using world = await openHttpWorld();
    const { id, cookie, email } = await newPerson(world);
    await block(world, id, true);
    await block(world, id, false);
    const path = `/api/people/${id}/password-link`;
    const given = await call(world, 'POST', path, { headers: administrator });
    const { token } = PasswordLink.parse(JSON.parse(given.text));
    const opened = await call(world, 'POST', '/api/auth/link', { body: { token } });
    expect(await statusOf(world, cookie)).toBe(401);
    const { text } = await call(world, 'GET', '/api/account/audit', {
      headers: { cookie: opened.cookie },
    });
    const { userId } = world.accounts.owner;
    const of = { actor: { id: userId }, from: null, detail: `Ada (${email}, not proven)` };
    expect(JSON.parse(text).events).toMatchObject([
      { action: 'signed_in', actor: { id } },
      { action: 'password_reset', ...of },
      { action: 'person_unblocked', ...of },
      { action: 'person_blocked', ...of },
      { action: 'signed_up' },
    ]);
  });

  test('cannot lock themselves out, nor block nobody', async () => {
    await using world = await openHttpWorld();
    expect((await block(world, world.accounts.owner.userId, true)).status).toBe(409);
    expect((await block(world, 'nobody', true)).status).toBe(404);
  });

  test('is nobody else, and no API token of theirs', async () => {
    await using world = await openHttpWorld();
    const { cookie } = await newPerson(world);
    const refused = await call(world, 'GET', '/api/people', { headers: { cookie } });
    expect(problemOf(refused)).toMatchObject({
      status: 403,
      detail: expect.stringContaining('administrator'),
    });
    const made = await world.tokenStore.create(world.accounts.owner.userId, {
      name: 'own',
      scope: 'edit',
      expiresAt: new Date(Date.now() + 60_000),
    });
    const headers = { authorization: `Bearer ${made?.token}` };
    expect((await call(world, 'GET', '/api/people', { headers })).status).toBe(403);
  });

  test('invites nobody where accounts are closed, and hears why', async () => {
    await using world = await openHttpWorld({ signUp: 'closed' });
    const refused = await call(world, 'POST', '/api/people/invitations', {
      body: {},
      headers: administrator,
    });
    expect(problemOf(refused)).toMatchObject({
      status: 409,
      detail: expect.stringContaining('SIGN_UP'),
    });
  });
});
