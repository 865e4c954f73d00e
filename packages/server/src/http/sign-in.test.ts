import { request } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type HttpWorld, openHttpWorld, tokens } from '../../test/http-world.ts';
import { StorageUnavailable } from '../store/store.ts';

let world: HttpWorld;
beforeEach(async () => {
  world = await openHttpWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

/** By node:http, which sends `Host` and `Origin` as it is told. */
function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<{ status: number; cookies: string[] }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    cookies: string[];
  }>();
  const json = body && { 'content-type': 'application/json' };
  const outgoing = request(
    world.url + path,
    { method, headers: { ...json, ...headers } },
    (answer) => {
      answer.resume();
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, cookies: answer.headers['set-cookie'] ?? [] }),
      );
    },
  );
  outgoing.on('error', reject);
  outgoing.end(body && JSON.stringify(body));
  return promise;
}

async function signIn(): Promise<string> {
  const token = await world.accounts.issueLink();
  const { status, cookies } = await send(
    'POST',
    '/api/auth/link',
    { origin: world.url },
    { token },
  );
  expect(status).toBe(200);
  return cookies.map((cookie) => cookie.split(';')[0]).join('; ');
}

test('a link signs in once, with a cookie that scripts cannot read', async () => {
  const token = await world.accounts.issueLink();
  const first = await send('POST', '/api/auth/link', {}, { token });
  expect(first.status).toBe(200);
  expect(first.cookies[0]).toMatch(/HttpOnly/i);
  expect(first.cookies[0]).toMatch(/SameSite=Lax/i);
  const cookie = first.cookies.map((one) => one.split(';')[0]).join('; ');
  expect((await send('GET', '/api/me', { cookie })).status).toBe(200);
  expect((await send('POST', '/api/auth/link', {}, { token })).status).toBe(401);
});

test('of many uses at once one signs in', async () => {
  const token = await world.accounts.issueLink();
  const uses = Array.from({ length: 5 }, () => send('POST', '/api/auth/link', {}, { token }));
  const statuses = (await Promise.all(uses)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([200, 401, 401, 401, 401]);
});

test('a new link ends the one before, and so does the end of the server', async () => {
  const token = await world.accounts.issueLink();
  const next = await world.accounts.issueLink();
  expect((await send('POST', '/api/auth/link', {}, { token })).status).toBe(401);
  await world.accounts.close();
  expect((await send('POST', '/api/auth/link', {}, { token: next })).status).toBe(401);
});

test('guessing links is slowed down', async () => {
  const statuses: number[] = [];
  for (let guess = 0; guess < 11; guess += 1) {
    statuses.push((await send('POST', '/api/auth/link', {}, { token: `guess${guess}` })).status);
  }
  expect(statuses.at(0)).toBe(401);
  expect(statuses.at(-1)).toBe(429);
});

test('signing out ends the session', async () => {
  const cookie = await signIn();
  await send('POST', '/api/auth/sign-out', { cookie, origin: world.url }, {});
  expect((await send('GET', '/api/me', { cookie })).status).toBe(401);
});

test.each([
  [`Bearer ${tokens.owner}`, 200],
  [`bearer ${tokens.owner}`, 200],
  [`Bearer ${tokens.owner}x`, 401],
  [`Bearer ${tokens.owner.slice(0, -1)}`, 401],
  ['Bearer ', 401],
  [`Basic ${tokens.owner}`, 401],
  [tokens.owner, 401],
])('authorization %j is answered %i', async (authorization, status) => {
  expect((await send('GET', '/api/me', { authorization })).status).toBe(status);
});

test('a wrong token is not made good by a cookie', async () => {
  const headers = { cookie: await signIn(), authorization: 'Bearer wrong' };
  expect((await send('GET', '/api/me', headers)).status).toBe(401);
});

const cookieCases: [
  name: string,
  headers: (url: string) => Record<string, string>,
  status: number,
][] = [
  ['the own page', (url) => ({ origin: url }), 201],
  ['same-origin without an Origin', () => ({ 'sec-fetch-site': 'same-origin' }), 201],
  ['an allowed origin', () => ({ origin: 'https://notebooks.example.org' }), 201],
  ['nothing said', () => ({}), 403],
  ['a stranger', () => ({ origin: 'https://evil.example' }), 403],
  ['null', () => ({ origin: 'null' }), 403],
  ['another port', () => ({ origin: 'http://127.0.0.1:1' }), 403],
  ['the https twin', (url) => ({ origin: url.replace('http:', 'https:') }), 403],
  [
    'the http twin of our name',
    () => ({ host: 'notebooks.example.org', origin: 'http://notebooks.example.org' }),
    403,
  ],
  ['our name as a prefix', () => ({ origin: 'https://notebooks.example.org.evil.example' }), 403],
  ['upper case', () => ({ origin: 'https://NOTEBOOKS.example.org' }), 403],
  ['same-site only', () => ({ 'sec-fetch-site': 'same-site' }), 403],
  [
    'a stranger who says same-origin',
    () => ({ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }),
    403,
  ],
];
test.each(cookieCases)('C1: a change with a cookie from %s', async (_name, headers, status) => {
  const cookie = await signIn();
  const sent = await send('POST', '/api/notebooks', { cookie, ...headers(world.url) }, {});
  expect(sent.status).toBe(status);
});

test('a token needs no origin', async () => {
  const headers = { authorization: `Bearer ${tokens.owner}`, origin: 'https://evil.example' };
  expect((await send('POST', '/api/notebooks', headers, {})).status).toBe(201);
});

test.each([
  ['127.0.0.1', 200],
  ['127.0.0.1:9999', 200],
  ['localhost:4747', 200],
  ['LOCALHOST', 200],
  ['[::1]:4747', 200],
  ['notebooks.example.org', 200],
  ['evil.example', 421],
  ['127.0.0.1.evil.example', 421],
  ['localhost.evil.example', 421],
  ['notebooks.example.org:8443', 421],
  ['user@127.0.0.1', 421],
  ['0.0.0.0', 421],
])('C2: host %s is answered %i', async (host, status) => {
  expect((await send('GET', '/api/health', { host })).status).toBe(status);
});

test('while the database is away signing in answers that it does not work at the moment', async () => {
  const token = await world.accounts.issueLink();
  vi.spyOn(world.accounts, 'signInByLink').mockRejectedValue(new StorageUnavailable('away'));
  expect((await send('POST', '/api/auth/link', {}, { token })).status).toBe(503);
});
