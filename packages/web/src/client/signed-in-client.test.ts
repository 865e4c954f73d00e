import { closeCode } from '@rnb/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeAuth } from '../../test/fake-auth.ts';
import { FakeServer } from '../../test/fake-server.ts';
import { type NotebookClient, openNotebook } from './notebook-client.ts';

const stored = new Map<string, string>();
const lifeMs = 60_000;

let server: FakeServer;
let auth: FakeAuth;
let client: NotebookClient;

beforeEach(() => {
  vi.useFakeTimers();
  stored.clear();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  });
  server = new FakeServer();
  server.expiresInMs = lifeMs;
  auth = new FakeAuth();
  client = open();
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const open = () =>
  openNotebook('a'.repeat(32), {
    createSocket: server.createSocket,
    surroundings: server.surroundings,
    random: () => 1,
    auth,
  });

/** Tokens are promised, so frames and promises take turns until both have come to rest. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    server.flush();
    await vi.advanceTimersByTimeAsync(0);
  }
}

const connection = () => client.status.get().connection;
const type = (text: string) => {
  const [first] = client.structure.getOrder();
  client.structure.getCell(first ?? '')?.text.insert(0, text);
};
const tokens = () => server.heard.flatMap((message) => ('token' in message ? [message.token] : []));

test('S2: the hello has a token, and none is sent in any other way', async () => {
  await settle();
  expect(server.heard[0]).toMatchObject({ type: 'hello', token: 'u1-0' });
  expect(connection().state).toBe('connected');
});

test.each([
  ['ten seconds before the end', 60_000, 50_000],
  ['at half time where it is short', 4_000, 2_000],
])('S13: it authenticates anew %s, on the same socket', async (_, expiresInMs, afterMs) => {
  server.expiresInMs = expiresInMs;
  await settle();
  await vi.advanceTimersByTimeAsync(afterMs - 1);
  await settle();
  expect(tokens()).toEqual(['u1-0']);
  await vi.advanceTimersByTimeAsync(1);
  await settle();
  await vi.advanceTimersByTimeAsync(afterMs);
  await settle();
  expect(tokens()).toEqual(['u1-0', 'u1-1', 'u1-2']);
  expect(server.sockets).toHaveLength(1);
});

test('S13: while Clerk cannot be reached it goes on asking', async () => {
  await settle();
  auth.reachable = false;
  await vi.advanceTimersByTimeAsync(55_000);
  auth.reachable = true;
  await vi.advanceTimersByTimeAsync(2_000);
  await settle();
  expect(tokens()).toEqual(['u1-0', 'u1-1']);
});

test('C4: after 4401 a fresh token is tried once, without a word to the reader', async () => {
  await settle();
  const states: string[] = [];
  client.status.subscribe(() => states.push(connection().state));
  server.socket.lose(closeCode.unauthenticated);
  await settle();
  expect(connection().state).toBe('connected');
  expect(tokens()).toEqual(['u1-0', 'u1-1']);
  expect(states).not.toContain('refused');
});

test('C4: what the server refuses again stays refused', async () => {
  await settle();
  server.socket.lose(closeCode.unauthenticated);
  await vi.advanceTimersByTimeAsync(0);
  server.socket.lose(closeCode.unauthenticated);
  await settle();
  expect(connection()).toMatchObject({ state: 'refused', code: 'unauthenticated' });
  expect(server.sockets).toHaveLength(2);
});

test('C4: whoever is signed out is told so, and goes on where they were once they are back', async () => {
  await settle();
  auth.user = null;
  server.socket.lose(closeCode.unauthenticated);
  type('typed ');
  await settle();
  expect(connection()).toMatchObject({ state: 'refused', code: 'unauthenticated' });
  expect(client.hasUnsaved()).toBe(true);
  auth.become('u1');
  await settle();
  expect(connection().state).toBe('connected');
  expect(server.code).toBe('typed x = 1');
  expect(client.hasUnsaved()).toBe(false);
});

test('a socket ends as soon as the page knows that nobody is signed in', async () => {
  await settle();
  auth.become(null);
  await settle();
  expect(connection()).toMatchObject({ state: 'refused', code: 'unauthenticated' });
});

test('Clerk being away is told as such, and tried again', async () => {
  await settle();
  auth.reachable = false;
  server.socket.lose();
  await vi.advanceTimersByTimeAsync(200);
  await settle();
  expect(connection()).toEqual({ state: 'reconnecting', reason: 'Clerk is away.' });
  auth.reachable = true;
  await vi.advanceTimersByTimeAsync(400);
  await settle();
  expect(connection().state).toBe('connected');
});

test('what was written outlives the page that is left to sign in, and is sent once', async () => {
  await settle();
  auth.user = null;
  server.socket.lose(closeCode.unauthenticated);
  await settle();
  type('typed ');
  client.edit((document) => document.insertCell({ kind: 'python', code: 'y = 2' }));
  expect(client.keepUnsaved()).toBe(true);
  expect(client.hasUnsaved()).toBe(false);
  client.close();

  auth.user = 'u1';
  client = open();
  await settle();
  expect(server.code).toBe('typed x = 1|y = 2');
  expect(client.status.get().saved).toBe('saved');
  expect([...stored]).toEqual([]);
});

test('what was written after it was kept would be lost again', async () => {
  await settle();
  server.surroundings.loseNetwork();
  type('a');
  expect(client.keepUnsaved()).toBe(true);
  type('b');
  expect(client.hasUnsaved()).toBe(true);
});

test('it stays kept until the server has saved it', async () => {
  await settle();
  server.surroundings.loseNetwork();
  type('typed ');
  client.keepUnsaved();
  client.close();
  server.surroundings.online = true;
  server.saves = false;
  client = open();
  await settle();
  expect(server.code).toBe('typed x = 1');
  expect(stored.size).toBe(1);
  server.socket.saved();
  await settle();
  expect(stored.size).toBe(0);
});

test('nobody else is given what somebody wrote', async () => {
  await settle();
  server.surroundings.loseNetwork();
  type('secret ');
  client.keepUnsaved();
  client.close();
  server.surroundings.online = true;
  server.user = { id: 'u2', name: 'Second' };
  client = open();
  await settle();
  expect(connection().state).toBe('connected');
  expect(server.code).toBe('x = 1');
});

test.each([
  ['as Clerk says in the page', () => auth.become('u2')],
  ['as the server says', () => server.surroundings.wake()],
])('C5: nothing is sent in the name of who has signed in since, %s', async (_, find) => {
  await settle();
  server.surroundings.loseNetwork();
  type('secret ');
  server.user = { id: 'u2', name: 'Second' };
  auth.user = 'u2';
  server.surroundings.online = true;
  find();
  await settle();
  expect(server.code).toBe('x = 1');
  expect(server.surroundings.reloads).toBe(1);
  // It is u1's, should they come back.
  expect([...stored.keys()]).toEqual([`unsent:${client.id}:u1`]);
});

test('where there is no room to keep it, it says so', async () => {
  await settle();
  server.surroundings.loseNetwork();
  type('typed ');
  vi.stubGlobal('sessionStorage', {
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  });
  expect(client.keepUnsaved()).toBe(false);
  expect(client.hasUnsaved()).toBe(true);
});
