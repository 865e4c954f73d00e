/** How often, from where, and from which pages (C13, C16, CORS). */
import { Problem } from '@rnb/protocol';
import { expect, test } from 'vitest';
import { callRoute, openHttpWorld, tokens } from '../../test/http-world.ts';
import { createRateLimits, defaultLimits } from './rate-limits.ts';

const few = { points: 3, duration: 60 };

function problemOf({ text }: { text: string }): Problem {
  return Problem.parse(JSON.parse(text));
}

test('C13: who asks too often is told when to ask again; others are served', async () => {
  const limits = createRateLimits({ ...defaultLimits, requests: few });
  await using world = await openHttpWorld({ limits });
  const ask = (token: string) => callRoute(world, 'GET', '/api/me', { token });
  for (let i = 0; i < few.points; i += 1) expect((await ask(tokens.editor)).status).toBe(200);
  const refused = await ask(tokens.editor);
  expect([refused.status, problemOf(refused).code]).toEqual([429, 'too_many_requests']);
  const seconds = Number(refused.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  expect((await ask(tokens.viewer)).status).toBe(200);
});

test('C13: addresses of people cannot be tried out without end', async () => {
  const limits = createRateLimits({ ...defaultLimits, invites: few });
  await using world = await openHttpWorld({ limits });
  const statuses: number[] = [];
  for (let i = 0; i <= few.points; i += 1) {
    const body = { email: `guess${i}@example.org`, role: 'viewer' };
    const options = { token: tokens.owner, body };
    statuses.push((await callRoute(world, 'POST', '/api/notebooks/{id}/members', options)).status);
  }
  expect(statuses).toEqual([201, 201, 201, 429]);
  expect((await callRoute(world, 'GET', '/api/me', { token: tokens.owner })).status).toBe(200);
});

test('wrong credentials are slowed down by address; right ones from there are not', async () => {
  const limits = createRateLimits({ ...defaultLimits, failures: few });
  await using world = await openHttpWorld({ limits });
  const ask = (token: string) => callRoute(world, 'GET', '/api/me', { token });
  const statuses: number[] = [];
  for (let i = 0; i <= few.points; i += 1) statuses.push((await ask(`wrong-${i}`)).status);
  expect(statuses).toEqual([401, 401, 401, 429]);
  expect((await ask(tokens.viewer)).status).toBe(200);
  expect((await callRoute(world, 'GET', '/api/me')).status).toBe(401);
});

test('C13: the addresses of one IPv6 network are one', async () => {
  const limits = createRateLimits({ ...defaultLimits, failures: few });
  await using world = await openHttpWorld({ limits, trustedProxies: ['loopback'] });
  const statuses: number[] = [];
  for (let i = 0; i <= few.points; i += 1) {
    const headers = { 'x-forwarded-for': `2001:db8:1:2::${i}` };
    const options = { token: `wrong-${i}`, headers };
    statuses.push((await callRoute(world, 'GET', '/api/me', options)).status);
  }
  expect(statuses).toEqual([401, 401, 401, 429]);
});

test.each([
  [[], '127.0.0.1'],
  [['192.0.2.9'], '127.0.0.1'],
  [['loopback'], '203.0.113.7'],
  [['127.0.0.0/8'], '203.0.113.7'],
])('C16: of the proxies %j a client comes from %s', async (trustedProxies, from) => {
  await using world = await openHttpWorld({ trustedProxies });
  const headers = {
    // The nearest proxy speaks last; what stands before it anybody may have written.
    'x-forwarded-for': '198.51.100.1, 203.0.113.7',
    'x-user-id': world.userId('owner'),
  };
  const { status } = await callRoute(world, 'POST', '/api/tokens', {
    token: tokens.editor,
    headers,
    body: { name: 'x', scope: 'read' },
  });
  expect(status).toBe(201);
  const [event] = await world.auditLog.list({ person: world.userId('editor') }, { limit: 1 });
  expect(event).toMatchObject({ action: 'token_created', address: from });
});

const ours = 'https://notebooks.example.org';
test.each([
  [ours, ours],
  ['https://notebooks.example.org.evil.example', null],
  ['https://NOTEBOOKS.example.org', null],
  ['http://notebooks.example.org', null],
  ['https://notebooks.example.org:8443', null],
  ['null', null],
])('a page at %s may read the answers of the API: %s', async (origin, allowed) => {
  await using world = await openHttpWorld();
  const headers = { origin };
  const answer = await callRoute(world, 'GET', '/api/me', { token: tokens.owner, headers });
  expect(answer.headers.get('access-control-allow-origin')).toBe(allowed);
  expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  expect(answer.headers.get('vary')).toContain('Origin');
  const asked = { ...headers, 'access-control-request-method': 'DELETE' };
  const preflight = await callRoute(world, 'OPTIONS', '/api/notebooks/{id}', { headers: asked });
  expect(preflight.headers.get('access-control-allow-origin')).toBe(allowed);
});
