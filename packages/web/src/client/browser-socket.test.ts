import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeServer } from '../../test/fake-server.ts';
import {
  createBrowserSocket,
  greeting,
  openEarlySocket,
  whenEarlyAnswered,
} from './browser-socket.ts';
import { openNotebook } from './notebook-client.ts';

const made: FakeWebSocket[] = [];

class FakeWebSocket {
  readonly url: string;
  readonly sent: unknown[] = [];
  closed = false;
  onopen = () => {};
  onmessage = (_event: { data: unknown }) => {};
  onclose = (_event: { code: number; reason: string }) => {};

  constructor(url: URL) {
    this.url = String(url);
    made.push(this);
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(): void {
    this.closed = true;
  }
}

beforeEach(() => {
  made.length = 0;
  vi.stubGlobal('WebSocket', FakeWebSocket);
  vi.stubGlobal('location', new URL('https://notebooks.example.com/notebooks/abc'));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const step2 = Uint8Array.of(0, 1, 2, 0, 0).buffer;

function listen() {
  const heard: unknown[] = [];
  const handler = {
    onOpen: () => heard.push('open'),
    onMessage: (data: string | Uint8Array) => heard.push(data),
    onClose: (code: number) => heard.push(code),
  };
  return { heard, handler };
}

test('greets as the client of a new notebook does', () => {
  const server = new FakeServer();
  const { createSocket, surroundings } = server;
  const client = openNotebook('abc', { createSocket, surroundings });
  const sent: unknown[] = [];
  server.socket.send = (data) => sent.push(data);
  server.flush();
  client.close();
  expect(greeting).toEqual(sent);
});

test('tells whoever takes it what it has heard, then all else, and of no opening', async () => {
  openEarlySocket('/notebooks/abc');
  const [early] = made;
  expect(early?.url).toBe('wss://notebooks.example.com/ws/notebooks/abc');
  early?.onopen();
  expect(early?.sent).toEqual(greeting);
  early?.onmessage({ data: 'welcome' });
  early?.onmessage({ data: step2 });

  const { heard, handler } = listen();
  expect(createBrowserSocket('abc', handler)).toBe(early);
  // Whoever takes it does not know it yet.
  expect(heard).toEqual([]);
  await Promise.resolve();
  early?.onmessage({ data: 'events' });
  early?.onclose({ code: 4503, reason: '' });
  expect(heard).toEqual(['welcome', new Uint8Array(step2), 'events', 4503]);

  // It is there once: after it, sockets are new ones.
  createBrowserSocket('abc', handler);
  made[1]?.onopen();
  expect(heard.at(-1)).toBe('open');
});

test('that of another notebook is closed', () => {
  openEarlySocket('/notebooks/abc');
  createBrowserSocket('other', listen().handler);
  expect(made.map(({ url, closed }) => [url.slice(-5), closed])).toEqual([
    ['s/abc', true],
    ['other', false],
  ]);
});

test.each(['/', '/sign-in', '/notebooks/', '/notebooks/a/b'])('%s has none', async (path) => {
  openEarlySocket(path);
  expect(made).toEqual([]);
  await whenEarlyAnswered(1_000_000);
});

test.each([
  ['the document', (early: FakeWebSocket) => early.onmessage({ data: step2 })],
  ['a refusal', (early: FakeWebSocket) => early.onclose({ code: 4401, reason: '' })],
  ['patience running out', () => vi.advanceTimersByTime(100)],
])('%s ends the wait for an answer', async (_, answer) => {
  vi.useFakeTimers();
  openEarlySocket('/notebooks/abc');
  const [early] = made;
  let waits = true;
  const waiting = whenEarlyAnswered(100).then(() => {
    waits = false;
  });
  early?.onmessage({ data: 'welcome' });
  early?.onmessage({ data: Uint8Array.of(0, 0, 1, 0).buffer });
  await vi.advanceTimersByTimeAsync(99);
  expect(waits).toBe(true);
  if (early) answer(early);
  await waiting;
  createBrowserSocket('abc', listen().handler);
});
