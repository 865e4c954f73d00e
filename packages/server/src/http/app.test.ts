import { limits, Problem } from '@rnb/protocol';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callRoute, type HttpWorld, openHttpWorld, tokens } from '../../test/http-world.ts';
import { nameOf, routes } from '../../test/route-table.ts';
import { createAuthenticator } from '../auth/authenticate.ts';
import { NotebookDamaged, StorageUnavailable } from '../store/store.ts';
import { enforceAccess } from './access.ts';
import { createRateLimits } from './rate-limits.ts';

const withBody = routes.filter((route) => route.body !== undefined);
const withoutBody = routes.filter(
  ({ method, body, provesNothing }) => method !== 'GET' && body === undefined && !provesNothing,
);

let world: HttpWorld;
beforeAll(async () => {
  world = await openHttpWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const call = (
  method: string,
  path: string,
  options: Parameters<typeof callRoute>[3] = {},
  where = world,
) => callRoute(where, method, path, options);

function problemOf({ headers, text }: { headers: Headers; text: string }): Problem {
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return Problem.parse(JSON.parse(text));
}

describe('routes', () => {
  test('a route that does not say who may call it stops the start', async () => {
    const app = fastify();
    const { accounts: signIn, sharing, tokenStore, notices } = world;
    const authenticator = createAuthenticator({ signIn, tokens: tokenStore });
    const config = { host: '127.0.0.1', allowedOrigins: [] };
    const { log } = app;
    const limits = createRateLimits();
    enforceAccess(app, { config, authenticator, sharing, notices, log, limits });
    app.get('/open', () => 'x');
    await expect(app.ready()).rejects.toThrow('GET /open does not declare');
  });

  test('the OpenAPI document has every route, and no other', async () => {
    const { text, status } = await call('GET', '/api/openapi.json');
    expect(status).toBe(200);
    const { paths } = JSON.parse(text);
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods ?? {}).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(routes.map(nameOf).sort());
  });

  test('the OpenAPI document asks for a token where one is needed', async () => {
    const { paths } = JSON.parse((await call('GET', '/api/openapi.json')).text);
    for (const { method, path, may } of routes) {
      const { security } = paths[path][method.toLowerCase()];
      const expected = may === 'anybody' ? [] : undefined;
      expect([method, path, security]).toEqual([method, path, expected]);
    }
  });

  test('the documentation works without a CDN', async () => {
    const page = await call('GET', '/api/docs/');
    expect(page.status).toBe(200);
    const scripts = [...page.text.matchAll(/src="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(scripts).toEqual(['js/scalar.js']);
    expect((await call('GET', '/api/docs/js/scalar.js')).status).toBe(200);
  });
});

describe('who may call', () => {
  test('a deleted notebook is brought back by who deleted it', async () => {
    await using own = await openHttpWorld();
    const { owner: token } = tokens;
    expect((await call('DELETE', '/api/notebooks/{id}', { token }, own)).status).toBe(204);
    expect((await call('GET', '/api/notebooks/{id}', { token }, own)).status).toBe(404);
    const restore = '/api/notebooks/{id}/restore';
    expect((await call('GET', '/api/notebooks/{id}', { token: tokens.editor }, own)).status).toBe(
      404,
    );
    for (const person of ['stranger', 'editor'] as const) {
      expect((await call('POST', restore, { token: tokens[person] }, own)).status).toBe(403);
    }
    expect((await call('POST', restore, { token }, own)).status).toBe(200);
    expect((await call('GET', '/api/notebooks/{id}', { token }, own)).status).toBe(200);
  });
});

describe('bad input', () => {
  const token = tokens.owner;

  test.each(withBody)('broken JSON: $method $path', async ({ method, path }) => {
    const answer = await call(method, path, { token, body: '{"a":' });
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'malformed']);
  });

  test.each(withoutBody)('nothing, called JSON, is no fault: $method $path', async (route) => {
    await using own = await openHttpWorld();
    const answer = await call(route.method, route.path, { token, body: '' }, own);
    // The owner cannot leave, which is no fault of the body.
    expect(answer.status).toBe(route.path.endsWith('/leave') ? 409 : answer.status);
    expect(answer.status === 409 || answer.status < 300).toBe(true);
  });

  test('no body says as much as an empty one', async () => {
    await using own = await openHttpWorld();
    const run = await call('POST', '/api/notebooks/{id}/run', { token }, own);
    expect(run.status).toBeLessThan(300);
    const cell = await call('POST', '/api/notebooks/{id}/cells', { token }, own);
    expect(cell.status).toBe(422);
    expect(problemOf(cell).faults?.map(({ path }) => path)).toEqual(['body.kind']);
  });

  test.each(withBody)('a wrong type: $method $path', async ({ method, path }) => {
    const answer = await call(method, path, { token, body: { unheardOf: 1 } });
    const problem = problemOf(answer);
    expect([answer.status, problem.code]).toEqual([422, 'invalid']);
    expect(problem.faults?.every((fault) => fault.path.startsWith('body'))).toBe(true);
  });

  test.each(withBody)('a body that is no JSON: $method $path', async ({ method, path }) => {
    const headers = { 'content-type': 'text/plain' };
    const answer = await call(method, path, { token, headers, body: '{}' });
    expect([answer.status, problemOf(answer).code]).toEqual([415, 'malformed']);
  });

  test.each(withBody)('a body beyond the limit: $method $path', async ({ method, path }) => {
    const body = JSON.stringify({ code: 'x'.repeat(limits.maxRequestBytes) });
    const answer = await call(method, path, { token, body });
    expect([answer.status, problemOf(answer).code]).toEqual([413, 'too_large']);
  });

  test.each(routes.filter(({ path, method }) => path.includes('{cellId}') && method !== 'GET'))(
    'an unknown cell: $method $path',
    async ({ method, path, body }) => {
      const options = { token, ...(body && { body }) };
      const answer = await call(method, path.replace('{cellId}', 'nobody'), options);
      expect(problemOf(answer).code).toBe('not_found');
    },
  );

  test.each([
    ['PATCH', '/api/notebooks/{id}', { title: '' }, 'body.title'],
    ['PATCH', '/api/notebooks/{id}', { mode: 'sometimes' }, 'body.mode'],
    ['POST', '/api/notebooks/{id}/cells', { kind: 'cobol' }, 'body.kind'],
    ['POST', '/api/notebooks/{id}/cells', { kind: 'python', after: 'a b' }, 'body.after'],
    ['PUT', '/api/notebooks/{id}/cells/{cellId}', { code: 7 }, 'body.code'],
    ['PATCH', '/api/notebooks/{id}', { runOnIdle: 'yes' }, 'body.runOnIdle'],
    ['PUT', '/api/notebooks/{id}/cells/{cellId}', { disabled: 1 }, 'body.disabled'],
    ['POST', '/api/notebooks/{id}/run', { timeoutMs: 0 }, 'body.timeoutMs'],
    ['POST', '/api/notebooks/{id}/cells?wait=perhaps', { kind: 'python' }, 'query.wait'],
  ])('%s %s %j names the place %s', async (method, path, body, place) => {
    const problem = problemOf(await call(method, path, { token, body }));
    expect(problem.faults?.map((fault) => fault.path)).toEqual([place]);
  });

  test.each([
    ['%ff', 400, 'malformed'],
    ['a'.repeat(300), 414, 'too_large'],
  ])('an address that cannot be read: %s', async (id, status, code) => {
    const answer = await call('GET', `/api/notebooks/${id}`, { token });
    expect([answer.status, problemOf(answer).code]).toEqual([status, code]);
  });

  test('an unknown address', async () => {
    const problem = problemOf(await call('GET', '/api/nothing', { token }));
    expect(problem).toMatchObject({ status: 404, code: 'not_found' });
  });
});

describe('failures', () => {
  test.each([
    [new StorageUnavailable('x'), 503, 'storage_unavailable'],
    [new NotebookDamaged('The document cannot be read.'), 500, 'notebook_damaged'],
  ])('%s', async (failure, status, code) => {
    world.sharing.failure = failure;
    const problem = problemOf(await call('GET', '/api/notebooks/{id}', { token: tokens.owner }));
    expect(problem).toMatchObject({ status, code });
  });

  test('a bug shows its id alone, under which the log has it', async () => {
    world.sharing.failure = new Error('secret detail');
    const answer = await call('GET', '/api/notebooks/{id}', { token: tokens.owner });
    const { id } = problemOf(answer);
    expect(answer.text).not.toContain('secret detail');
    const entry = world.logged.find((line) => id && line.includes(id));
    expect(entry).toContain('secret detail');
    expect(entry).not.toContain(tokens.owner);
  });
});

describe('editing and running', () => {
  const token = tokens.owner;

  test('cells are made, changed, moved and deleted', async () => {
    await using own = await openHttpWorld();
    const cells = '/api/notebooks/{id}/cells';
    const codes = () => own.session.document.cells().map((cell) => cell.text.toString());
    const made = await call(
      'POST',
      `${cells}?wait=true`,
      { token, body: { kind: 'python', code: 'b', after: null } },
      own,
    );
    expect(made.status).toBe(201);
    const { id } = JSON.parse(made.text);
    expect(codes()).toEqual(['b', 'x = 1']);
    await call('PUT', `${cells}/${id}`, { token, body: { code: 'c' } }, own);
    expect(codes()).toEqual(['c', 'x = 1']);
    await call('POST', `${cells}/${id}/move`, { token, body: { after: own.cell } }, own);
    expect(codes()).toEqual(['x = 1', 'c']);
    await call('DELETE', `${cells}/${id}`, { token }, own);
    expect(codes()).toEqual(['x = 1']);
  });

  test('events begin with a snapshot, go on with frames, end with the session', async () => {
    await using own = await openHttpWorld();
    const response = await fetch(`${own.url}/api/notebooks/${own.notebook}/events`, {
      headers: { authorization: `Bearer ${token}` },
    });
    own.session.tell([{ type: 'kernel_status', language: 'python', status: 'idle' }]);
    own.session.end('deleted');
    const text = await response.text();
    expect([...text.matchAll(/^event: (.*)$/gm)].map((match) => match[1])).toEqual([
      'snapshot',
      'events',
      'closed',
    ]);
    expect(text).toContain('"seq":1');
  });
});

describe('B5: an answer that lasts', () => {
  async function follow(own: HttpWorld, token: string) {
    const response = await fetch(`${own.url}/api/notebooks/${own.notebook}/events`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return { text: () => response.text() };
  }
  const told = { type: 'access_changed' } as const;

  test('ends when the notebook is taken from who reads it, and goes on for others', async () => {
    await using own = await openHttpWorld();
    const runner = await follow(own, tokens.runner);
    const viewer = await follow(own, tokens.viewer);
    await call('DELETE', '/api/notebooks/{id}/members/{memberId}', { token: tokens.owner }, own);
    const text = await runner.text();
    expect(text).toMatch(/event: closed\ndata: {"reason":"access"}\n\n$/);
    // The other one is looked at again too, and is still here for what comes next.
    own.notices.publish({ ...told, notebook: own.notebook });
    own.session.tell([{ type: 'kernel_status', language: 'python', status: 'busy' }]);
    own.session.end('deleted');
    expect(await viewer.text()).toContain('"status":"busy"');
  });

  test('ends when the token that it was asked for with is revoked', async () => {
    await using own = await openHttpWorld();
    const body = { name: 'stream', scope: 'read' };
    const made = await call('POST', '/api/tokens', { token: tokens.viewer, body }, own);
    const { id, token } = JSON.parse(made.text);
    const stream = await follow(own, token);
    await call('DELETE', `/api/tokens/${id}`, { token: tokens.viewer }, own);
    expect(await stream.text()).toContain('{"reason":"access"}');
    expect((await call('GET', '/api/me', { token }, own)).status).toBe(401);
  });
});

test.each([
  ['/api/tokens/{tokenId}', ({ ids }: HttpWorld) => ({ subject: `token:${ids.tokenId}` })],
  ['/api/notebooks/{id}/links/{linkId}', ({ notebook }: HttpWorld) => ({ notebook })],
])('DELETE %s tells the servers in any case: an answer may have been lost', async (path, about) => {
  await using own = await openHttpWorld();
  expect((await call('DELETE', path, { token: tokens.owner }, own)).status).toBe(204);
  own.heard.length = 0;
  expect((await call('DELETE', path, { token: tokens.owner }, own)).status).toBe(404);
  expect(own.heard).toEqual([expect.objectContaining(about(own))]);
});

describe('what a token may do at most', () => {
  test.each([
    ['read', 'GET', '/api/notebooks/{id}', undefined, 200],
    ['read', 'POST', '/api/notebooks/{id}/run', {}, 403],
    ['run', 'POST', '/api/notebooks/{id}/run', {}, 200],
    ['run', 'POST', '/api/notebooks/{id}/cells', { kind: 'python' }, 403],
    ['run', 'POST', '/api/notebooks', {}, 403],
    ['edit', 'POST', '/api/notebooks/{id}/cells', { kind: 'python' }, 201],
    ['edit', 'POST', '/api/notebooks', {}, 201],
    ['read', 'POST', '/api/notebooks/{id}/leave', undefined, 403],
    ['edit', 'POST', '/api/notebooks/{id}/leave', undefined, 403],
    ['edit', 'GET', '/api/notebooks/{id}/sharing', undefined, 403],
    ['edit', 'POST', '/api/tokens', { name: 'x', scope: 'edit' }, 403],
    ['edit', 'GET', '/api/account/audit', undefined, 403],
  ])('one for %s: %s %s', async (scope, method, path, body, status) => {
    const made = await call('POST', '/api/tokens', {
      token: tokens.owner,
      body: { name: 'scope', scope },
    });
    const { id, token } = JSON.parse(made.text);
    const answer = await call(method, path, { token, ...(body && { body }) });
    await call('DELETE', `/api/tokens/${id}`, { token: tokens.owner });
    expect(answer.status).toBe(status);
    if (status === 403) expect(problemOf(answer).detail).toMatch(/token/);
  });
});

test.each(['read', 'run', 'edit'] as const)(
  'a token for %s gives up nothing of its person’s',
  async (scope) => {
    await using own = await openHttpWorld();
    const expiresAt = new Date(Date.now() + 60_000);
    const editor = own.userId('editor');
    const made = await own.tokenStore.create(editor, { name: 'x', scope, expiresAt });
    const token = made?.token ?? '';
    const answer = await call('POST', '/api/notebooks/{id}/leave', { token }, own);
    expect(problemOf(answer)).toMatchObject({
      status: 403,
      detail: expect.stringMatching(/token/),
    });
    const found = await own.sharing.find(own.notebook, editor);
    expect(found?.grant?.role).toBe('editor');
  },
);

describe('pages', () => {
  test.each([
    ['/', 'app', 'no-cache'],
    ['/notebooks/abc', 'app', 'no-cache'],
    ['/output-frame.html', 'frame', 'no-cache'],
    ['/index-abcdef12.js', 'app()', 'public, max-age=31536000, immutable'],
  ])('%s', async (path, content, cache) => {
    const answer = await call('GET', path);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(content);
    expect(answer.headers.get('cache-control')).toBe(cache);
  });

  test('a missing file is not the page', async () => {
    expect((await call('GET', '/assets/gone.js')).status).toBe(404);
  });

  test('without a build the page says what to do', async () => {
    await using own = await openHttpWorld({ built: false });
    const answer = await call('GET', '/', {}, own);
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('npm start');
  });
});

describe('security headers', () => {
  const paths = [
    '/',
    '/nothing.js',
    '/api/health',
    '/api/me',
    '/api/nothing',
    '/api/docs/',
    '/frame/x.js',
  ];
  test.each(paths)('%s has them', async (path) => {
    const { headers } = await call('GET', path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('content-security-policy')).toContain("base-uri 'none'");
  });

  test('the app runs its own scripts only, the docs page its inline one, the frame any but alone', async () => {
    const policy = async (path: string) =>
      (await call('GET', path)).headers.get('content-security-policy') ?? '';
    expect(await policy('/')).toContain("script-src 'self';");
    expect(await policy('/api/docs/')).toContain("script-src 'self' 'unsafe-inline';");
    const frame = await policy('/output-frame.html');
    expect(frame).toContain('sandbox allow-scripts;');
    expect(frame).toContain("connect-src 'none'");
    expect(frame).toContain(`style-src 'unsafe-inline' ${world.url}`);
    expect((await call('GET', '/frame/x.js')).headers.get('access-control-allow-origin')).toBe('*');
    expect((await call('GET', '/')).headers.get('access-control-allow-origin')).toBeNull();
  });
});
