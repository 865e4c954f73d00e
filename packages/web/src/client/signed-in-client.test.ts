import { closeCode } from '@rnb/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeAuth } from '../../test/fake-auth.ts';
import { FakeServer } from '../../test/fake-server.ts';
import { leaveAndComeBack, wouldLoseByLeaving } from './leaving.ts';
import { type NotebookClient, openNotebook } from './notebook-client.ts';
import { findUnsent, forgetUnsentOf, keepUnsent } from './unsent-edits.ts';

const stored = new Map<string, string>();
/** As a browser's: what is stored are its own properties. */
const room: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> = new Proxy(
  {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  },
  {
    ownKeys: () => [...stored.keys()],
    getOwnPropertyDescriptor: (_, key) => ({
      configurable: true,
      enumerable: true,
      value: stored.get(String(key)),
    }),
  },
);
const noRoom = {
  ...room,
  getItem: () => null,
  setItem: () => {
    throw new DOMException('full', 'QuotaExceededError');
  },
};
const lifeMs = 60_000;

let server: FakeServer;
let auth: FakeAuth;
let client: NotebookClient;

beforeEach(() => {
  vi.useFakeTimers();
  stored.clear();
  vi.stubGlobal('sessionStorage', room);
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
const text = () => {
  const [first] = client.structure.getOrder();
  return client.structure.getCell(first ?? '')?.text.toString();
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
  expect(server.surroundings.starts).toBe(1);
  // It is u1's, should they come back.
  expect([...stored.keys()]).toEqual([`unsent:${client.id}:u1`]);
});

test.each(['viewer', 'runner'] as const)(
  'A2: who comes back as %s sees what everybody sees, and what they wrote beside it',
  async (role) => {
    await settle();
    server.surroundings.loseNetwork();
    type('typed ');
    client.close();
    server.surroundings.online = true;
    server.role = role;
    client = open();
    await settle();
    expect(text()).toBe('x = 1');
    expect(client.status.get().saved).toBe('saved');
    expect(client.kept.get()).toMatchObject([{ number: 1, code: 'typed x = 1' }]);
    expect(stored.size).toBe(1);

    // And goes in, should they be an editor again.
    server.role = 'editor';
    server.socket.lose();
    await vi.advanceTimersByTimeAsync(200);
    await settle();
    expect(client.kept.get()).toEqual([]);
    expect(server.code).toBe('typed x = 1');
    expect(stored.size).toBe(0);
  },
);

test('A2: it is thrown away when its writer says so', async () => {
  await settle();
  server.surroundings.loseNetwork();
  type('typed ');
  client.close();
  server.surroundings.online = true;
  server.role = 'viewer';
  client = open();
  await settle();
  client.throwAwayKept();
  expect(client.kept.get()).toEqual([]);
  expect(stored.size).toBe(0);
});

test('A2: what arrived all the same is not shown as lost', async () => {
  await settle();
  server.saves = false;
  type('typed ');
  await settle();
  server.socket.lose();
  client.close();
  server.role = 'viewer';
  client = open();
  await settle();
  expect(server.code).toBe('typed x = 1');
  expect(client.kept.get()).toEqual([]);
  expect(stored.size).toBe(0);
});

test.each([closeCode.forbidden, closeCode.notFound])(
  'A2: what was written in a notebook that one has no more (%i) can still be found',
  async (code) => {
    await settle();
    server.surroundings.loseNetwork();
    type('typed ');
    server.surroundings.online = true;
    client.reconnect();
    server.socket.lose(code);
    await settle();
    expect(findUnsent(client.id, 'u1')?.cells).toMatchObject([{ code: 'typed x = 1' }]);
  },
);

test('A4: the page is loaded anew for whoever signs in, however often they take turns', async () => {
  await settle();
  for (const [turn, id] of ['u2', 'u1'].entries()) {
    server.user = { id, name: id };
    auth.become(id);
    await settle();
    expect(server.surroundings.starts).toBe(turn + 1);
    client.close();
    client = open();
    await settle();
  }
});

test('A5: what was kept and had arrived is kept no longer', async () => {
  await settle();
  server.saves = false;
  type('typed ');
  await settle();
  client.keepUnsaved();
  server.socket.lose();
  client.close();
  expect(stored.size).toBe(1);
  server.saves = true;
  client = open();
  await settle();
  expect(client.status.get().saved).toBe('saved');
  expect(stored.size).toBe(0);
});

describe('A1: whoever turns to another page', () => {
  test('finds what was not sent when they come back', async () => {
    await settle();
    server.surroundings.loseNetwork();
    type('typed ');
    client.close();
    expect(wouldLoseByLeaving('u1')).toBe(true);
    expect(wouldLoseByLeaving('u2')).toBe(false);
    server.surroundings.online = true;
    client = open();
    await settle();
    expect(server.code).toBe('typed x = 1');
    expect(wouldLoseByLeaving('u1')).toBe(false);
  });

  test('leaves nothing in the tab of what was on its way and is saved', async () => {
    await settle();
    server.saves = false;
    type('typed ');
    await settle();
    client.close();
    expect(stored.size).toBe(1);
    server.socket.saved();
    await settle();
    expect(stored.size).toBe(0);
    expect(connection().state).toBe('closed');
  });

  test('keeps what was on its way where its end is not known', async () => {
    await settle();
    server.saves = false;
    type('typed ');
    await settle();
    client.close();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(connection().state).toBe('closed');
    expect(stored.size).toBe(1);
  });

  test('keeps what was written since, when what was written before arrives late', async () => {
    await settle();
    server.saves = false;
    type('typed ');
    await settle();
    client.close();
    const late = server.socket;
    client = open();
    await settle();
    server.socket.lose();
    type('more ');
    client.close();
    late.saved();
    await settle();
    expect(stored.size).toBe(1);
  });

  test('finds it even where the tab has no room, as long as the page is there', async () => {
    await settle();
    server.surroundings.loseNetwork();
    type('typed ');
    vi.stubGlobal('sessionStorage', noRoom);
    client.close();
    // Not even a way out that comes back would bring it back.
    await leaveAndComeBack(() => undefined);
    expect(wouldLoseByLeaving('u1')).toBe(true);
    server.surroundings.online = true;
    client = open();
    await settle();
    expect(server.code).toBe('typed x = 1');
    expect(wouldLoseByLeaving('u1')).toBe(false);
  });
});

test('to sign in loses nothing, so nothing is asked; unless it fails', async () => {
  await settle();
  server.surroundings.loseNetwork();
  type('typed ');
  expect(wouldLoseByLeaving('u1')).toBe(true);
  await expect(leaveAndComeBack(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(stored.size).toBe(1);
  expect(wouldLoseByLeaving('u1')).toBe(true);
  await leaveAndComeBack(() => undefined);
  expect(wouldLoseByLeaving('u1')).toBe(false);
});

test('who signs out leaves nothing of theirs in the tab, and of others all', async () => {
  await settle();
  const of = (user: string) => keepUnsent(client.id, user, { update: 'AAA=', cells: [] });
  of('u1');
  of('u2');
  forgetUnsentOf('u1');
  expect([...stored.keys()]).toEqual([`unsent:${client.id}:u2`]);
});

test('where there is no room to keep it, it says so', async () => {
  await settle();
  server.surroundings.loseNetwork();
  type('typed ');
  vi.stubGlobal('sessionStorage', noRoom);
  expect(client.keepUnsaved()).toBe(false);
  expect(client.hasUnsaved()).toBe(true);
  forgetUnsentOf('u1');
});
