/** Rights that end while a request is still coming, waits for its answer, or is answered for long (B5, C11, C12). */
import { once } from 'node:events';
import { connect } from 'node:net';
import { protocolVersion } from '@rnb/protocol';
import { describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { callRoute, type HttpWorld, openHttpWorld, tokens } from '../../test/http-world.ts';
import { maxOpenPerPerson } from '../open-per-person.ts';

type Ending = (world: HttpWorld) => void | Promise<void>;
const putOut: Ending = (world) => world.putOut('editor');
const signOut: Ending = (world) => world.endSignIn('editor');

/** What is answered to a request whose body comes once `before` is done, its headers having been judged. */
async function answerTo(
  world: HttpWorld,
  [method, path]: readonly [string, string],
  body: object,
  before: () => void | Promise<void>,
): Promise<string> {
  const judged = Promise.withResolvers<void>();
  world.app.server.once('request', () => judged.resolve());
  const { hostname, port } = new URL(world.url);
  const text = JSON.stringify(body);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(
    `${method} ${path.replace('{id}', world.notebook)} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n` +
      `Authorization: Bearer ${tokens.editor}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${text.length}\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n`,
  );
  await judged.promise;
  // The same questions, asked later, are answered later: the headers were judged by then.
  await callRoute(world, 'GET', '/api/notebooks/{id}', { token: tokens.editor });
  await before();
  socket.write(text);
  await once(socket, 'close');
  return /^HTTP\/1\.1 (?:100 Continue\r\n\r\nHTTP\/1\.1 )?(\d+)/.exec(answer)?.[1] ?? answer;
}

describe('B5: a body that comes after its headers were let in', () => {
  const rename = ['PATCH', '/api/notebooks/{id}'] as const;
  const makeToken = ['POST', '/api/tokens'] as const;

  test.each([
    ['of who was put out', rename, { title: 'Taken' }, putOut, '403'],
    ['of who was signed out', rename, { title: 'Taken' }, signOut, '401'],
    ['for a token of who was signed out', makeToken, { name: 'x', scope: 'read' }, signOut, '401'],
    ['of who still may', rename, { title: 'Renamed' }, () => {}, '200'],
  ] as const)('%s', async (_, route, body, before, status) => {
    await using world = await openHttpWorld();
    expect(await answerTo(world, route, body, () => before(world))).toBe(status);
    expect(world.session.document.title).toBe(status === '200' ? 'Renamed' : 'Fake');
    const made = await world.tokenStore.list(world.userId('editor'));
    expect(made).toEqual([]);
  });

  test('without a notice, a second later', async () => {
    await using world = await openHttpWorld();
    vi.useFakeTimers({ toFake: ['performance'] });
    const status = await answerTo(world, rename, { title: 'Taken' }, async () => {
      await world.sharing.leave(world.notebook, world.userId('editor'));
      vi.advanceTimersByTime(1_001);
    });
    vi.useRealTimers();
    expect([status, world.session.document.title]).toEqual(['403', 'Fake']);
  });
});

describe('B5: an answer that is waited for', () => {
  /** A session that never comes to rest; resolves when it is waited for. */
  function waitedFor(world: HttpWorld): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    world.session.whenAtRest = () => {
      resolve();
      return new Promise(() => {});
    };
    return promise;
  }

  test.each([
    ['POST', '/api/notebooks/{id}/run', { cells: 'all', wait: true }],
    ['PUT', '/api/notebooks/{id}/cells/{cellId}?wait=true', { code: 'y' }],
    ['POST', '/api/notebooks/{id}/cells?wait=true', { kind: 'python' }],
    ['POST', '/api/notebooks/{id}/cells/{cellId}/move?wait=true', { after: null }],
    ['DELETE', '/api/notebooks/{id}/cells/{cellId}?wait=true', undefined],
  ])('%s %s ends at once, and tells nothing', async (method, path, body) => {
    await using world = await openHttpWorld();
    const waiting = waitedFor(world);
    const asked = callRoute(world, method, path, { token: tokens.editor, ...(body && { body }) });
    await waiting;
    await world.putOut('editor');
    const { status, text } = await asked;
    expect([status, JSON.parse(text).code]).toEqual([403, 'forbidden']);
  });

  test('of whose sign-in ends', async () => {
    await using world = await openHttpWorld();
    const waiting = waitedFor(world);
    const body = { cells: 'all', wait: true };
    const options = { token: tokens.runner, body };
    const asked = callRoute(world, 'POST', '/api/notebooks/{id}/run', options);
    await waiting;
    world.endSignIn('runner');
    expect((await asked).status).toBe(401);
  });

  test('while the notebook is being opened', async () => {
    await using world = await openHttpWorld();
    const opening = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    const { open } = world.sessions;
    world.sessions.open = async (id) => {
      opening.resolve();
      await opened.promise;
      return open.call(world.sessions, id);
    };
    const options = { token: tokens.runner, body: { cells: 'all' } };
    const asked = callRoute(world, 'POST', '/api/notebooks/{id}/run', options);
    await opening.promise;
    await world.putOut('runner');
    opened.resolve();
    expect([(await asked).status, world.session.reached]).toEqual([403, []]);
  });
});

describe('a stream of events', () => {
  async function follow(world: HttpWorld, token: string) {
    const stop = new AbortController();
    const response = await fetch(`${world.url}/api/notebooks/${world.notebook}/events`, {
      headers: { authorization: `Bearer ${token}` },
      signal: stop.signal,
    });
    return { response, stop: () => stop.abort() };
  }

  test('A16: ends with the sign-in', async () => {
    await using world = await openHttpWorld();
    const { response } = await follow(world, tokens.viewer);
    world.endSignIn('viewer');
    expect(await response.text()).toMatch(/event: closed\ndata: {"reason":"access"}\n\n$/);
    expect(world.session.listeners).toBe(0);
  });

  test('C11: HEAD opens none', async () => {
    await using world = await openHttpWorld();
    const options = { token: tokens.viewer };
    const { status } = await callRoute(world, 'HEAD', '/api/notebooks/{id}/events', options);
    expect([status, world.session.listeners]).toEqual([404, 0]);
  });

  test('C11: streams and sockets of one person count together, until they end', async () => {
    await using world = await openHttpWorld();
    const socket = new WebSocket(
      `${world.url.replace('http', 'ws')}/ws/notebooks/${world.notebook}`,
    );
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'hello', protocol: protocolVersion, token: tokens.viewer }));
    await once(socket, 'message');
    const held: Awaited<ReturnType<typeof follow>>[] = [];
    for (let i = 1; i < maxOpenPerPerson; i += 1) held.push(await follow(world, tokens.viewer));
    expect(held.every(({ response }) => response.status === 200)).toBe(true);
    expect((await follow(world, tokens.viewer)).response.status).toBe(429);
    const other = await follow(world, tokens.runner);
    expect(other.response.status).toBe(200);
    held[0]?.stop();
    await vi.waitUntil(() => world.session.listeners === maxOpenPerPerson);
    expect((await follow(world, tokens.viewer)).response.status).toBe(200);
    for (const { stop } of [...held, other]) stop();
    socket.terminate();
  });

  test('C12: a reader that does not read is cut off; another hears everything', async () => {
    await using world = await openHttpWorld();
    const { hostname, port } = new URL(world.url);
    const stuck = connect(Number(port), hostname);
    stuck.write(
      `GET /api/notebooks/${world.notebook}/events HTTP/1.1\r\nHost: ${hostname}:${port}\r\n` +
        `Authorization: Bearer ${tokens.runner}\r\n\r\n`,
    );
    await once(stuck, 'data');
    stuck.pause();
    const { response, stop } = await follow(world, tokens.viewer);
    const reader = response.body?.getReader();
    const text = 'x'.repeat(1024 * 1024);
    let heard = 0;
    for (let seq = 1; seq <= 40; seq += 1) {
      world.session.tell([{ type: 'cell_stdout', cell: 'c1', run: 1, stream: 'stdout', text }]);
      while (heard < seq * text.length) heard += (await reader?.read())?.value?.length ?? 0;
    }
    // Its subscription is gone; that of the other is not.
    expect(world.session.listeners).toBe(1);
    stuck.destroy();
    stop();
  });
});
