/** What hostile requests must not get, by the rows of the threat table that concern HTTP. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { Notebook, Problem } from '@rnb/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callRoute, type HttpWorld, openHttpWorld, tokens } from '../../test/http-world.ts';
import { nameOf, routes } from '../../test/route-table.ts';

let world: HttpWorld;
beforeAll(async () => {
  world = await openHttpWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const token = tokens.owner;
const seed = Number(process.env.FUZZ_SEED ?? 20_261_129);
const withBody = routes.filter(({ body }) => body !== undefined);

/** By node:http, which sends bytes and paths as they are. */
function send(
  method: string,
  path: string,
  body?: Buffer,
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const { hostname, port } = new URL(world.url);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const outgoing = request({ method, hostname, port, path, headers }, (answer) => {
    let text = '';
    answer.on('data', (chunk) => {
      text += chunk;
    });
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

/** The headers of what a host of this name answers. */
function sendTo(host: string, path: string): Promise<NodeJS.Dict<string | string[]>> {
  const { promise, resolve, reject } = Promise.withResolvers<NodeJS.Dict<string | string[]>>();
  const { hostname, port } = new URL(world.url);
  const outgoing = request({ hostname, port, path, headers: { host } }, (answer) => {
    answer.resume();
    answer.on('end', () => resolve(answer.headers));
  });
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}

describe('B7 ids', () => {
  test('are 128 random bits each, and one that is known gives nothing', async () => {
    const made = await Promise.all(
      Array.from({ length: 20 }, () =>
        callRoute(world, 'POST', '/api/notebooks', { token, body: {} }),
      ),
    );
    const ids = made.map(({ text }) => String(JSON.parse(text).id));
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    const [leaked = ''] = ids;
    const guesses = [leaked, ...[...'0123456789abcdef'].map((end) => leaked.slice(0, -1) + end)];
    for (const id of guesses) {
      const answer = await callRoute(world, 'GET', `/api/notebooks/${id}`, {
        token: tokens.stranger,
      });
      expect(answer.status).toBe(403);
      expect(answer.text).not.toContain(id);
    }
  });
});

test('B9 what two people ask for in turns is never that of the other', async () => {
  const people = ['owner', 'editor', 'viewer'] as const;
  for (let turn = 0; turn < 100; turn += 1) {
    const answers = await Promise.all(
      people.map((person) =>
        callRoute(world, 'GET', '/api/notebooks/{id}', { token: tokens[person] }),
      ),
    );
    const roles = answers.map(({ text }) => Notebook.parse(JSON.parse(text)).role);
    expect(roles).toEqual(people);
    for (const { headers } of answers) expect(headers.get('cache-control')).toBe('no-store');
  }
});

describe('C14 what is no proper JSON', () => {
  const corpus: [string, Buffer][] = [
    ['cut short', Buffer.from('{"title":"x')],
    ['NaN', Buffer.from('{"title":NaN}')],
    ['nested a hundred thousand deep', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))],
    ['the same key twice', Buffer.from('{"title":"a","title":7}')],
    ['a key of a megabyte', Buffer.from(`{"${'k'.repeat(1_000_000)}":1}`)],
    ['a lone surrogate', Buffer.from('{"title":"\\ud800","kind":"\\udfff"}')],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['a number beyond all', Buffer.from('{"limit":1e999,"cells":-1e999}')],
    ['null', Buffer.from('null')],
    ['a string', Buffer.from('"text"')],
    ['a list', Buffer.from('[1,2,3]')],
    ['a byte order mark', Buffer.from('\ufeff{}')],
  ];
  test.each(corpus)('%s', async (_, body) => {
    for (const { method, path } of withBody) {
      const { status } = await send(method, path.replaceAll(/\{\w+\}/g, world.notebook), body);
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(500);
    }
  });

  test(`any bytes at all (seed ${seed})`, async () => {
    const routeIndex = fc.nat({ max: withBody.length - 1 });
    const json = fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text));
    const bytes = fc.oneof(
      json,
      fc.uint8Array({ maxLength: 200 }).map((data) => Buffer.from(data)),
    );
    await fc.assert(
      fc.asyncProperty(routeIndex, bytes, async (index, body) => {
        const route = withBody[index];
        if (!route) return;
        const path = route.path.replaceAll(/\{\w+\}/g, world.notebook);
        const { status } = await send(route.method, path, body);
        expect(status).toBeLessThan(500);
      }),
      { seed, numRuns: 600 },
    );
    expect((await callRoute(world, 'GET', '/api/health')).status).toBe(200);
  });
});

describe('C15 prototypes', () => {
  const canary = { polluted: true };
  test.each([
    ['__proto__', `{"__proto__":{"polluted":true}}`],
    ['constructor', `{"constructor":{"prototype":{"polluted":true}}}`],
    ['nested', `{"title":{"__proto__":{"polluted":true}}}`],
  ])('%s in a body is refused', async (_, body) => {
    for (const { method, path } of withBody) {
      const { status } = await send(
        method,
        path.replaceAll(/\{\w+\}/g, world.notebook),
        Buffer.from(body),
      );
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expect({} as Partial<typeof canary>).not.toHaveProperty('polluted');
  });

  test('in a query they are nothing', async () => {
    for (const { path } of routes.filter(({ method }) => method === 'GET')) {
      if (path.endsWith('/events')) continue;
      const query = '?__proto__[polluted]=1&constructor.prototype.polluted=1&__proto__=1';
      await callRoute(world, 'GET', path + query, { token });
    }
    expect({} as Partial<typeof canary>).not.toHaveProperty('polluted');
  });
});

test('C17 a bug in a handler fails its request alone, and tells nothing of the inside', async () => {
  world.sharing.failure = new Error('select * from secret_table at /srv/app/file.ts:1');
  const [broken, fine] = await Promise.all([
    callRoute(world, 'GET', '/api/notebooks/{id}', { token }),
    callRoute(world, 'GET', '/api/me', { token }),
  ]);
  expect([broken.status, fine.status]).toEqual([500, 200]);
  const problem = Problem.parse(JSON.parse(broken.text));
  expect(problem).toMatchObject({ code: 'internal', id: expect.any(String) });
  expect(broken.text).not.toMatch(/secret_table|file\.ts|select|Error/);
});

describe('C18 files beside the app', () => {
  const sibling = () => `${world.webDist}-private`;
  beforeAll(async () => {
    await mkdir(sibling());
    await writeFile(`${sibling()}/secret.txt`, 'the secret of a sibling');
  });
  afterAll(() => rm(sibling(), { recursive: true }));

  test.each([
    '/../{sibling}/secret.txt',
    '/..%2f{sibling}%2fsecret.txt',
    '/%2e%2e/{sibling}/secret.txt',
    '/%2e%2e%2f{sibling}/secret.txt',
    '/..%5c{sibling}%5csecret.txt',
    '/%252e%252e%252f{sibling}/secret.txt',
    '/frame/../../{sibling}/secret.txt',
    '/index.html/../../{sibling}/secret.txt',
    '//etc/passwd',
    '/..%00/secret.txt',
    '/./..//{sibling}//secret.txt',
  ])('%s', async (path) => {
    const name = sibling().split('/').at(-1) ?? '';
    const { status, text } = await send('GET', path.replace('{sibling}', name));
    expect(text).not.toMatch(/the secret of a sibling|root:/);
    // Or, for what looks like no file, the page of the app.
    if (status === 200) expect(text).toContain('<title>app</title>');
    else expect([400, 403, 404]).toContain(status);
  });
});

describe('C20 what every answer says', () => {
  const everything = [
    ...routes.map(({ method, path }) => ({ method, path })),
    { method: 'GET', path: '/' },
    { method: 'GET', path: '/nothing' },
    { method: 'GET', path: '/nothing.js' },
    { method: 'POST', path: '/nothing' },
    { method: 'GET', path: '/api/nothing' },
    { method: 'GET', path: '/api/notebooks/%ff' },
    { method: 'GET', path: '/output-frame.html' },
    { method: 'GET', path: '/index-abcdef12.js' },
  ];
  test.each(everything)('$method $path', async ({ method, path }) => {
    for (const host of [new URL(world.url).host, 'evil.example']) {
      const headers = { host };
      const answer = await callRoute(world, method, path, { headers });
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(answer.headers.get('content-security-policy')).toMatch(
        /frame-ancestors '(none|self)'/,
      );
      expect(answer.headers.get('content-security-policy')).toMatch(/(object|default)-src 'none'/);
    }
  });

  test('over https, to come back by nothing else', async () => {
    const origin = 'notebooks.example.org';
    const answer = await sendTo(origin, '/api/health');
    expect(answer['strict-transport-security']).toMatch(/^max-age=\d{8}$/);
    expect(await sendTo('127.0.0.1', '/api/health')).not.toHaveProperty(
      'strict-transport-security',
    );
  });

  test('a row for every route that is tried', () => {
    expect(new Set(routes.map(nameOf)).size).toBe(routes.length);
  });
});
