import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  binaryKind,
  closeCode,
  limits,
  protocolVersion,
  type Role,
  ServerMessage,
} from '@rnb/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { FakeRefusal, FakeSession } from '../../test/fake-session.ts';
import { Acting } from '../acting.ts';
import type { Principal } from '../auth/principal.ts';
import { Refusal, toProblem } from '../http/problem.ts';
import { createRateLimits, defaultLimits, type Limiter } from '../http/rate-limits.ts';
import { maxOpenPerPerson, OpenPerPerson } from '../open-per-person.ts';
import type { Heard } from '../store/notices.ts';
import type { FoundNotebook } from '../store/sharing-store.ts';
import { StorageUnavailable } from '../store/store.ts';
import { attachSocket, maxUnknownPerNetwork } from './attach-socket.ts';
import { decodeBinary, encodeAwareness, encodeStep1, encodeUpdate } from './binary-frame.ts';
import { maxWaitingFrames } from './connection.ts';

const notebook = 'a'.repeat(32);
const somebody = {
  email: null,
  emailVerified: false,
  via: 'session',
  means: 'page',
  scope: 'full',
  isAdministrator: false,
  expiresAt: null,
} as const;
const people: Record<string, Principal> = {
  owner: { ...somebody, userId: 'u1', name: 'First', signInId: 'session:s1' },
  other: { ...somebody, userId: 'u2', name: 'Second', signInId: 'session:s2' },
};

let server: Server;
let attached: { close(): Promise<void> };
let session: FakeSession;
let origin: string;
let roles: Map<string, Role>;
let logged: { id?: string; msg: string }[];
let verify: () => Promise<void>;
/** What the session's opening waits for. */
let opening: Promise<void>;
let until: Date | null;
/** How rights are looked up. */
let find: typeof lookUp;
/** Sign-ins that no longer hold. */
let ended: Set<string>;
let told: string[];
let failures: Limiter;
/** Principals by token, of one test. */
let lent: Record<string, Principal>;
const listeners = new Set<(heard: Heard) => void>();
const clients: Client[] = [];

beforeEach(async () => {
  session = new FakeSession(notebook);
  roles = new Map([
    ['u1', 'owner'],
    ['u2', 'editor'],
  ]);
  logged = [];
  verify = async () => {};
  opening = Promise.resolve();
  until = null;
  find = lookUp;
  ended = new Set();
  lent = {};
  told = [];
  failures = createRateLimits({ ...defaultLimits, failures: { points: 2, duration: 60 } }).failures;
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  attached = attach();
});

/** The notebook as somebody has it, by `roles` and `until`. */
async function lookUp(id: string, user: string): Promise<FoundNotebook | null> {
  const role = roles.get(user);
  const grant = role === undefined ? null : { role, mayUseConnections: false, until };
  const at = new Date(0);
  const record = { id, ownerId: 'u1', title: 'T', cellCount: 1, createdAt: at, updatedAt: at };
  return { record, ownerName: 'First', grant, deleted: id !== notebook };
}

/** Resolves when the lookup of this number has ended. */
function lookedUp(count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let looks = 0;
  find = async (...args) => {
    const found = await lookUp(...args);
    looks += 1;
    if (looks === count) resolve();
    return found;
  };
  return promise;
}

function attach() {
  const log = pino({ level: 'error' }, { write: (line: string) => logged.push(JSON.parse(line)) });
  return attachSocket(server, {
    registry: {
      async open() {
        await opening;
        return session;
      },
    },
    authenticate: async ({ cookie }: IncomingHttpHeaders) => people[cookie ?? ''] ?? null,
    authenticateToken: async (token) => {
      await verify();
      return lent[token] ?? people[token] ?? null;
    },
    rights: {
      authenticator: { holds: async ({ signInId }) => !ended.has(signInId ?? '') },
      sharing: { find: (id, user) => find(id, user) },
      notices: {
        subscribe(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      log,
    },
    open: new OpenPerPerson(),
    countFailure: (network) => failures.take(network),
    addressOf: ({ headers, socket: { remoteAddress = null } }) =>
      headers['x-from']?.toString() ?? remoteAddress,
    acting: new Acting({ tell: ({ actorId, action }) => void told.push(`${actorId} ${action}`) }),
    allowedOrigins: (host) => [`http://${host}`, 'https://app.example.com'],
    problemOf(error) {
      if (error instanceof FakeRefusal) return error.problem;
      return error instanceof Refusal ? toProblem(error) : null;
    },
    log,
  });
}

afterEach(async () => {
  vi.useRealTimers();
  for (const client of clients.splice(0)) client.socket.terminate();
  await attached.close();
  server.close();
});

/** A client that keeps what it hears. */
class Client {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  readonly frames: Buffer[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #heard = new Set<() => void>();

  constructor(options: { headers?: Record<string, string>; id?: string; deflate?: boolean } = {}) {
    this.socket = new WebSocket(`${origin}/ws/notebooks/${options.id ?? notebook}`, {
      headers: options.headers ?? { origin, cookie: 'owner' },
      perMessageDeflate: options.deflate ?? false,
    });
    clients.push(this);
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.frames.push(data);
      else this.messages.push(ServerMessage.parse(JSON.parse(data.toString())));
      for (const check of [...this.#heard]) check();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.socket.on('error', () => {});
  }

  static async open(options: ConstructorParameters<typeof Client>[0] = {}): Promise<Client> {
    const client = new Client(options);
    await once(client.socket, 'open');
    return client;
  }

  static async welcomed(hello: object = {}, headers?: Record<string, string>): Promise<Client> {
    const client = await Client.open(headers ? { headers } : {});
    client.hello(hello);
    await client.hear((message) => message.type === 'welcome');
    return client;
  }

  hello(fields: object = {}): void {
    this.say({ type: 'hello', protocol: protocolVersion, ...fields });
  }

  say(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Resolves once a message fits, be it one already heard. */
  hear(fits: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    return this.#wait(() => this.messages.find(fits));
  }

  hearFrame(fits: (frame: Buffer) => boolean): Promise<Buffer> {
    return this.#wait(() => this.frames.find(fits));
  }

  #wait<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const check = () => {
        const found = find();
        if (found === undefined) return;
        this.#heard.delete(check);
        resolve(found);
      };
      this.#heard.add(check);
      check();
    });
  }
}

/** An edit that types `code` into the notebook's only cell. */
function typing(code: string): Uint8Array {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(session.document.doc));
  const before = Y.encodeStateVector(doc);
  const [cell] = doc.getMap('cells').values();
  if (cell instanceof Y.Map) cell.get('code').insert(0, code);
  return Y.encodeStateAsUpdate(doc, before);
}

const codes = () => session.document.cells().map(({ text }) => text.toString());

function isUpdate(frame: Buffer): boolean {
  return frame[0] === binaryKind.sync && decodeBinary(frame).type === 'update';
}

async function refusal(client: Client): Promise<number> {
  const [, response] = await once(client.socket, 'unexpected-response');
  return response.statusCode;
}

describe('before the upgrade', () => {
  test.each([
    ['null', 403],
    ['http://evil.example', 403],
    ['https://app.example.com.evil.com', 403],
    ['https://app.example.com:444', 403],
    ['http://app.example.com', 403],
    ['https://APP.example.com', 403],
    ['https://app.example.com/', 403],
  ])('S1, C1: the Origin %s is refused', async (evil, status) => {
    const client = new Client({ headers: { origin: evil, cookie: 'owner' } });
    expect(await refusal(client)).toBe(status);
  });

  test('S1, C1: a configured Origin is let in', async () => {
    await Client.welcomed({}, { origin: 'https://app.example.com', cookie: 'owner' });
  });

  test('S2, C1: without an Origin a cookie is refused', async () => {
    expect(await refusal(new Client({ headers: { cookie: 'owner' } }))).toBe(403);
  });

  test('S2, C1: without an Origin a token in the hello is enough, and nothing less', async () => {
    await Client.welcomed({ token: 'owner' }, {});
    const without = await Client.open({ headers: {} });
    without.hello();
    expect((await without.closed).code).toBe(closeCode.unauthenticated);
  });

  test.each([`${notebook}?token=owner`, 'A'.repeat(32), 'short', `${notebook}/more`])(
    'S1: the path /ws/notebooks/%s is nobody',
    async (id) => {
      expect(await refusal(new Client({ id }))).toBe(404);
    },
  );

  test('C9: compression is not negotiated, even when offered', async () => {
    const client = await Client.open({ deflate: true });
    expect(client.socket.extensions).toBe('');
  });

  test('C10: a reset in the middle of an upgrade leaves the server up', async () => {
    const { port } = server.address() as AddressInfo;
    const abandoned = request({ port, path: `/ws/notebooks/${notebook}`, headers: { origin } });
    abandoned.on('error', () => {});
    abandoned.end();
    abandoned.destroy();
    await Client.welcomed();
  });
});

describe('the hello', () => {
  test('S2: nothing is sent before the welcome, which comes first', async () => {
    const client = await Client.welcomed();
    expect(client.messages[0]).toMatchObject({
      type: 'welcome',
      epoch: 'epoch-1',
      seq: 0,
      role: 'owner',
      user: { id: 'u1', name: 'First' },
      snapshot: { kernels: [{ language: 'python' }] },
    });
  });

  test('S2, C6: without a hello the socket ends after 5 s, whatever else arrives', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const client = await Client.open();
    client.socket.ping();
    vi.advanceTimersByTime(limits.helloTimeoutMs);
    vi.useRealTimers();
    expect((await client.closed).code).toBe(closeCode.helloTimeout);
  });

  test.each([
    ['a command', JSON.stringify({ type: 'interrupt', id: 1 })],
    ['text that is no JSON', '{"type":'],
    ['a binary frame', Buffer.from([0, 0, 0])],
    ['another protocol', JSON.stringify({ type: 'hello', protocol: 99 })],
  ])('S2: %s in its place ends the socket', async (_, frame) => {
    const client = await Client.open();
    client.socket.send(frame);
    expect((await client.closed).code).toBe(closeCode.protocol);
    expect(client.messages).toEqual([]);
  });

  test('S2, C6: more than 64 KB before the welcome ends the socket', async () => {
    verify = () => new Promise(() => {});
    const client = await Client.open();
    client.hello({ token: 'owner' });
    client.socket.send(Buffer.alloc(limits.maxUnauthenticatedBytes));
    expect((await client.closed).code).toBe(closeCode.tooBig);
  });

  test('S2, C6: more than 16 frames before the welcome end the socket', async () => {
    verify = () => new Promise(() => {});
    const client = await Client.open();
    client.hello({ token: 'owner' });
    for (let id = 0; id < 16; id += 1) client.say({ type: 'interrupt', id });
    expect((await client.closed).code).toBe(closeCode.tooMany);
  });

  test('S2: frames sent while the hello is verified are handled after the welcome', async () => {
    const client = await Client.open();
    client.hello({ token: 'owner' });
    client.say({ type: 'interrupt', id: 7 });
    await client.hear((message) => message.type === 'reply' && message.id === 7);
    expect(client.messages.map(({ type }) => type)).toEqual(['welcome', 'reply']);
  });

  test.each([
    ['an unknown token', { token: 'stranger' }, notebook, closeCode.unauthenticated],
    ['an unknown notebook', { token: 'owner' }, 'b'.repeat(32), closeCode.notFound],
  ])('S10: %s closes with its code', async (_, hello, id, code) => {
    const client = await Client.open({ id });
    client.hello(hello);
    expect((await client.closed).code).toBe(code);
  });

  test('S10: somebody without access is told forbidden', async () => {
    roles.delete('u2');
    const client = await Client.open();
    client.hello({ token: 'other' });
    expect((await client.closed).code).toBe(closeCode.forbidden);
  });
});

/** A principal that the token `token` stands for, for so long. */
function lend(
  token: string,
  { expiresInMs = 60_000, as = 'owner', ...fields }: Partial<Loan> = {},
): void {
  const principal = people[as];
  if (!principal) throw new Error(`Nobody is called ${as}`);
  lent[token] = { ...principal, expiresAt: Date.now() + expiresInMs, ...fields };
}
interface Loan {
  expiresInMs: number;
  as: string;
  signInId: string;
}

describe('S13: a sign-in that expires', () => {
  // Less than a second beyond the grace, so that nothing has to be waited for.
  const justOver = { expiresInMs: -15_000 };

  test('the welcome says how long it lasts', async () => {
    lend('t');
    const client = await Client.welcomed({ token: 't' }, {});
    const welcome = await client.hear(({ type }) => type === 'welcome');
    if (welcome.type !== 'welcome') throw new Error('no welcome');
    expect(welcome.expiresInMs).toBeGreaterThan(50_000);
    const other = await Client.welcomed();
    expect(other.messages[0]).toMatchObject({ expiresInMs: null });
  });

  test('C4: it ends 15 s after its time, and what comes then is not taken', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    lend('t', { expiresInMs: 3_000 });
    const client = await Client.welcomed({ token: 't' }, {});
    vi.advanceTimersByTime(17_000);
    client.say({ type: 'interrupt', id: 1 });
    await client.hear((message) => message.type === 'reply');
    vi.advanceTimersByTime(1_000);
    vi.useRealTimers();
    expect((await client.closed).code).toBe(closeCode.unauthenticated);
  });

  test('C4: no message is taken of somebody whose time is over, be the timer late', async () => {
    lend('t', { expiresInMs: 1_000 });
    const client = await Client.welcomed({ token: 't' }, {});
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    client.say({ type: 'interrupt', id: 1 });
    const { code } = await client.closed;
    vi.useRealTimers();
    expect([code, session.commands]).toEqual([closeCode.unauthenticated, []]);
  });

  test('C4: a fresh token of the same sign-in goes on with the same socket', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    lend('t', { expiresInMs: 3_000 });
    const client = await Client.welcomed({ token: 't' }, {});
    lend('fresh', { expiresInMs: 100_000 });
    client.say({ type: 'authenticate', token: 'fresh' });
    expect(await client.hear(({ type }) => type === 'authenticated')).toMatchObject({
      expiresInMs: 100_000,
    });
    vi.advanceTimersByTime(50_000);
    client.say({ type: 'interrupt', id: 1 });
    await client.hear((message) => message.type === 'reply');
    vi.useRealTimers();
  });

  test.each<[string, Partial<Loan>, number]>([
    ['another person', { as: 'other' }, closeCode.forbidden],
    ['another sign-in', { signInId: 'session:s9' }, closeCode.forbidden],
    ['nobody', justOver, closeCode.unauthenticated],
  ])('C5: the token of %s ends the socket', async (_, fields, code) => {
    lend('t');
    const client = await Client.welcomed({ token: 't' }, {});
    lend('fresh', fields);
    if (fields === justOver) delete lent.fresh;
    client.say({ type: 'authenticate', token: 'fresh' });
    expect((await client.closed).code).toBe(code);
  });
});

describe('what changes while a socket is open', () => {
  function tell(heard: Heard): void {
    for (const listener of [...listeners]) listener(heard);
  }
  const changed: Heard = { type: 'access_changed', notebook };

  test('B5: who has the notebook no longer hears nothing more', async () => {
    const client = await Client.welcomed({ token: 'other' }, {});
    roles.delete('u2');
    tell(changed);
    expect((await client.closed).code).toBe(closeCode.forbidden);
  });

  test('B5: a new role ends the socket, so that the client comes back with it', async () => {
    const client = await Client.welcomed({ token: 'other' }, {});
    roles.set('u2', 'viewer');
    tell(changed);
    expect((await client.closed).code).toBe(closeCode.draining);
  });

  test('B5: a change that comes while another is looked up is not overlooked', async () => {
    const client = await Client.welcomed({ token: 'other' }, {});
    tell(changed);
    roles.delete('u2');
    tell(changed);
    expect((await client.closed).code).toBe(closeCode.forbidden);
  });

  test('what happens to others and elsewhere ends nothing', async () => {
    const client = await Client.welcomed({ token: 'other' }, {});
    tell({ type: 'access_changed', notebook: 'b'.repeat(32) });
    tell({ type: 'sign_in_ended', subject: 'session:s1' });
    tell(changed);
    client.say({ type: 'interrupt', id: 1 });
    await client.hear((message) => message.type === 'reply');
  });

  test.each<[string, Heard]>([
    ['the sign-in', { type: 'sign_in_ended', subject: 'session:s2' }],
    ['all of the person', { type: 'sign_in_ended', subject: 'user:u2' }],
    ['who knows what', { type: 'missed' }],
  ])('A16: the end of %s closes it', async (_, heard) => {
    const client = await Client.welcomed({ token: 'other' }, {});
    const bystander = await Client.welcomed();
    ended.add('session:s2');
    tell(heard);
    expect((await client.closed).code).toBe(closeCode.unauthenticated);
    bystander.say({ type: 'interrupt', id: 1 });
    await bystander.hear((message) => message.type === 'reply');
  });

  test('A16: a sign-in that ends while the notebook is being opened gets no further', async () => {
    let open = () => {};
    opening = new Promise((resolve) => {
      open = resolve;
    });
    const client = await Client.open({ headers: {} });
    client.hello({ token: 'other' });
    const bystander = await Client.open();
    bystander.hello();
    ended.add('session:s2');
    tell({ type: 'sign_in_ended', subject: 'session:s2' });
    open();
    expect((await client.closed).code).toBe(closeCode.unauthenticated);
    expect([client.messages, client.frames]).toEqual([[], []]);
    await bystander.hear((message) => message.type === 'welcome');
  });

  test('B2: rights that end without a notice while the notebook is being opened show nothing', async () => {
    let open = () => {};
    opening = new Promise((resolve) => {
      open = resolve;
    });
    const looked = lookedUp(1);
    const client = await Client.open({ headers: {} });
    client.hello({ token: 'other' });
    await looked;
    roles.delete('u2');
    open();
    expect((await client.closed).code).toBe(closeCode.forbidden);
    expect([client.messages, client.frames]).toEqual([[], []]);
  });

  const messages: [string, () => string | Uint8Array][] = [
    ['a command', () => JSON.stringify({ type: 'run_cells', id: 1, cells: 'all' })],
    ['an edit', () => encodeUpdate(typing('z'))],
  ];

  test.each(messages)(
    'B5: %s of a second later finds out without a notice, and is not done',
    async (_, message) => {
      vi.useFakeTimers({ toFake: ['performance'] });
      const client = await Client.welcomed({ token: 'other' }, {});
      roles.delete('u2');
      vi.advanceTimersByTime(1_001);
      client.socket.send(message());
      const { code } = await client.closed;
      vi.useRealTimers();
      expect([code, session.commands, codes()]).toEqual([closeCode.forbidden, [], ['x = 1']]);
    },
  );

  test.each(messages)(
    'B5: %s behind a notice waits until it is known what it means',
    async (_, message) => {
      const client = await Client.welcomed({ token: 'other' }, {});
      const held = Promise.withResolvers<void>();
      find = async (...args) => {
        await held.promise;
        return lookUp(...args);
      };
      tell(changed);
      client.socket.send(message());
      // Behind it, and answered at once.
      client.socket.ping();
      await once(client.socket, 'pong');
      roles.delete('u2');
      held.resolve();
      const { code } = await client.closed;
      expect([code, session.commands, codes()]).toEqual([closeCode.forbidden, [], ['x = 1']]);
    },
  );

  test('B5: what waited is done in order where the rights are as they were', async () => {
    const client = await Client.welcomed({ token: 'other' }, {});
    tell(changed);
    client.socket.send(encodeUpdate(typing('z')));
    client.say({ type: 'run_cells', id: 1, cells: 'all' });
    await client.hear((message) => message.type === 'reply');
    expect(session.codeAtRun).toEqual(['zx = 1']);
  });

  test('B5: within a second of a look nobody waits for another', async () => {
    const client = await Client.welcomed({ token: 'other' }, {});
    find = () => new Promise(() => {});
    client.say({ type: 'interrupt', id: 1 });
    await client.hear((message) => message.type === 'reply');
  });

  test('however much is sent and heard, one look is under way and one due', async () => {
    const client = await Client.welcomed({ token: 'other' }, {});
    const held = Promise.withResolvers<void>();
    let looks = 0;
    find = async (...args) => {
      looks += 1;
      await held.promise;
      return lookUp(...args);
    };
    for (let id = 1; id <= 50; id += 1) {
      tell(changed);
      client.say({ type: 'interrupt', id });
    }
    client.socket.ping();
    await once(client.socket, 'pong');
    expect(looks).toBe(1);
    held.resolve();
    await client.hear((message) => message.type === 'reply' && message.id === 50);
    expect(looks).toBe(2);
  });

  test('C11: what waits for a look is bounded', async () => {
    const client = await Client.welcomed({ token: 'other' }, {});
    find = () => new Promise(() => {});
    tell(changed);
    for (let id = 0; id <= maxWaitingFrames; id += 1) client.say({ type: 'interrupt', id });
    expect((await client.closed).code).toBe(closeCode.tooMany);
    expect(session.commands).toEqual([]);
  });

  test.each([
    ['rights of half a minute ago count', 29_000, false, 1],
    ['older ones do not', 31_000, false, 0],
    ['those that may have changed do not', 1_001, true, 0],
  ])('S13: while nothing can be looked up, %s', async (_, ageMs, isTold, done) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const client = await Client.welcomed({ token: 'other' }, {});
    find = () => Promise.reject(new StorageUnavailable());
    if (isTold) tell(changed);
    vi.advanceTimersByTime(ageMs);
    client.say({ type: 'interrupt', id: 1 });
    const outcome = await Promise.race([
      client.closed.then(({ code }) => code),
      client.hear((message) => message.type === 'reply').then(() => null),
    ]);
    vi.useRealTimers();
    expect([outcome, session.commands.length]).toEqual([
      done === 1 ? null : closeCode.failed,
      done,
    ]);
  });

  test('a role that a link gave ends with the link', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    until = new Date(Date.now() + 5_000);
    const client = await Client.welcomed({ token: 'other' }, {});
    roles.delete('u2');
    vi.advanceTimersByTime(5_002);
    vi.useRealTimers();
    expect((await client.closed).code).toBe(closeCode.forbidden);
  });

  test('a run that was accepted is told to the trail, and no other', async () => {
    const client = await Client.welcomed({ token: 'other' }, {});
    client.say({ type: 'run_cells', id: 1, cells: 'all' });
    await client.hear((message) => message.type === 'reply');
    roles.set('u2', 'viewer');
    const viewer = await Client.welcomed({ token: 'other' }, {});
    viewer.say({ type: 'run_cells', id: 1, cells: 'all' });
    await viewer.hear((message) => message.type === 'reply');
    session.failure = new FakeRefusal('conflict', 409, 'Not now.');
    client.say({ type: 'run_cells', id: 2, cells: 'all' });
    await client.hear((message) => message.type === 'reply' && message.id === 2);
    expect(told).toEqual(['u2 cells_run']);
  });
});

describe('the document', () => {
  test('S3: both sides ask for what they lack', async () => {
    const client = await Client.welcomed();
    await client.hearFrame((frame) => decodeBinary(frame).type === 'step1');
    client.socket.send(encodeStep1(Y.encodeStateVector(new Y.Doc())));
    const answer = decodeBinary(await client.hearFrame(isUpdate));
    const doc = new Y.Doc();
    if (answer.type === 'update') Y.applyUpdate(doc, answer.update);
    expect(doc.getMap('cells').toJSON()).toEqual(session.document.doc.getMap('cells').toJSON());
  });

  test('S3: an update reaches everybody but its sender', async () => {
    const [writer, reader] = [await Client.welcomed(), await Client.welcomed({ token: 'other' })];
    writer.socket.send(encodeUpdate(typing('y')));
    await reader.hearFrame(isUpdate);
    await writer.hear((message) => message.type === 'saved');
    expect(writer.frames.filter(isUpdate)).toEqual([]);
    expect(codes()).toEqual(['yx = 1']);
  });

  test('S4: saved counts commits in order, the empty ones too, and never runs ahead', async () => {
    session.holdsCommits = true;
    const client = await Client.welcomed();
    client.socket.send(encodeUpdate(typing('1')));
    client.socket.send(encodeUpdate(new Uint8Array([0, 0])));
    client.socket.send(encodeUpdate(typing('2')));
    client.say({ type: 'interrupt', id: 1 });
    await client.hear((message) => message.type === 'reply');
    session.endCommit(1);
    client.say({ type: 'interrupt', id: 2 });
    await client.hear((message) => message.type === 'reply' && message.id === 2);
    expect(client.messages.some(({ type }) => type === 'saved')).toBe(false);
    session.endCommit(0);
    await client.hear((message) => message.type === 'saved' && message.updates === 3);
  });

  test('S4: a commit that fails ends the socket and is never told as saved', async () => {
    session.holdsCommits = true;
    const client = await Client.welcomed();
    client.socket.send(encodeUpdate(typing('1')));
    await vi.waitFor(() => expect(session.heldCommits).toBe(1));
    session.endCommit(0, new StorageUnavailable());
    expect((await client.closed).code).toBe(closeCode.failed);
    expect(client.messages.some(({ type }) => type === 'saved')).toBe(false);
  });

  test('S7: a run sees the text that was sent before it', async () => {
    const client = await Client.welcomed();
    client.socket.send(encodeUpdate(typing('z')));
    client.say({ type: 'run_cells', id: 1, cells: 'all' });
    await client.hear((message) => message.type === 'reply');
    expect(session.codeAtRun).toEqual(['zx = 1']);
  });

  test('S9: a viewer may not edit, but may have nothing to say', async () => {
    roles.set('u2', 'viewer');
    const client = await Client.welcomed({ token: 'other' });
    client.socket.send(encodeUpdate(new Uint8Array([0, 0])));
    await client.hear((message) => message.type === 'saved');
    client.socket.send(encodeUpdate(typing('q')));
    expect((await client.closed).code).toBe(closeCode.forbidden);
    expect(codes()).toEqual(['x = 1']);
  });

  test('H1: mutated updates end their socket and leave the document as it was, or apply', async () => {
    const update = typing('hello');
    for (let byte = 0; byte < update.length; byte += 5) {
      const before = codes();
      const client = await Client.welcomed();
      const mutant = update.slice();
      mutant[byte] = (mutant[byte] ?? 0) ^ 0xff;
      client.socket.send(encodeUpdate(mutant));
      const outcome = await Promise.race([
        client.closed,
        client.hear((message) => message.type === 'saved'),
      ]);
      if ('code' in outcome) {
        expect(outcome.code).toBe(closeCode.protocol);
        expect(codes()).toEqual(before);
      }
    }
    await Client.welcomed();
  });
});

describe('run state', () => {
  test('S5: frames are forwarded in order, encoded once, to everybody', async () => {
    const readers = [await Client.welcomed(), await Client.welcomed()];
    session.tell([{ type: 'kernel_status', language: 'python', status: 'busy' }]);
    session.tell([{ type: 'kernel_status', language: 'python', status: 'idle' }]);
    for (const reader of readers) {
      await reader.hear((message) => message.type === 'events' && message.seq === 2);
      const seqs = reader.messages.flatMap((m) => (m.type === 'events' ? [m.seq] : []));
      expect(seqs).toEqual([1, 2]);
    }
    expect(session.listeners).toBe(1);
  });

  test.each([
    ['of this epoch: only what was missed', { epoch: 'epoch-1', seq: 1 }, 1, [2, 3]],
    ['of another epoch: a snapshot', { epoch: 'epoch-0', seq: 1 }, 3, []],
    ['from the future: a snapshot', { epoch: 'epoch-1', seq: 9 }, 3, []],
  ])('S5: resume %s', async (_, resume, seq, missed) => {
    for (const status of ['starting', 'busy', 'idle'] as const) {
      session.tell([{ type: 'kernel_status', language: 'python', status }]);
    }
    const client = await Client.welcomed({ resume });
    client.say({ type: 'interrupt', id: 1 });
    await client.hear((message) => message.type === 'reply');
    const [welcome] = client.messages;
    expect(welcome).toMatchObject({ type: 'welcome', seq });
    expect(welcome?.type === 'welcome' && welcome.snapshot === null).toBe(missed.length > 0);
    expect(client.messages.flatMap((m) => (m.type === 'events' ? [m.seq] : []))).toEqual(missed);
  });
});

describe('commands', () => {
  test('S8: each is answered with its id', async () => {
    const client = await Client.welcomed();
    client.say({ type: 'restart', id: 41 });
    client.say({ type: 'run_cells', id: 42, cells: ['c1'] });
    await client.hear((message) => message.type === 'reply' && message.id === 42);
    expect(session.commands.map(({ type }) => type)).toEqual(['restart', 'run_cells']);
  });

  test('S8: a refusal is a reply with its problem', async () => {
    session.failure = new FakeRefusal('conflict', 409, 'Not now.');
    const client = await Client.welcomed();
    client.say({ type: 'restart', id: 1 });
    const reply = await client.hear((message) => message.type === 'reply');
    expect(reply).toMatchObject({ problem: { code: 'conflict', detail: 'Not now.' } });
  });

  test.each<[Role, string | null]>([
    ['viewer', 'forbidden'],
    ['runner', null],
    ['editor', null],
    ['owner', null],
  ])('S9: a %s who runs is answered %s', async (role, code) => {
    roles.set('u2', role);
    const client = await Client.welcomed({ token: 'other' });
    client.say({ type: 'run_cells', id: 1, cells: 'all' });
    const reply = await client.hear((message) => message.type === 'reply');
    expect(reply.type === 'reply' && (reply.problem?.code ?? null)).toBe(code);
    expect(session.commands.length).toBe(code === null ? 1 : 0);
  });

  test('C13: a control that is dragged for some seconds is no flood', async () => {
    const client = await Client.welcomed();
    for (let id = 1; id <= 200; id += 1) client.say({ type: 'interrupt', id });
    await client.hear((message) => message.type === 'reply' && message.id === 200);
    const refused = client.messages.filter((m) => m.type === 'reply' && m.problem !== null);
    expect(refused).toEqual([]);
  });

  test('C13: a flood is refused by replies, then ends the socket; others are served', async () => {
    const [flooder, other] = [await Client.welcomed(), await Client.welcomed()];
    flooder.say({ type: 'interrupt', id: 0 });
    await flooder.hear((message) => message.type === 'reply' && message.problem === null);
    for (let id = 1; id < 400; id += 1) flooder.say({ type: 'interrupt', id });
    expect((await flooder.closed).code).toBe(closeCode.tooMany);
    const refused = flooder.messages.filter(
      (m) => m.type === 'reply' && m.problem?.code === 'too_many_requests',
    );
    expect(refused.length).toBeGreaterThan(0);
    other.say({ type: 'interrupt', id: 1 });
    await other.hear((message) => message.type === 'reply');
  });

  test.each<[string, string | Buffer, number]>([
    ['bad JSON', '{', closeCode.protocol],
    ['an unknown type', '{"type":"dance","id":1}', closeCode.protocol],
    ['10^5 levels of nesting', '['.repeat(1e5) + ']'.repeat(1e5), closeCode.protocol],
    ['NaN for an id', '{"type":"interrupt","id":NaN}', closeCode.protocol],
    [
      'a second hello',
      JSON.stringify({ type: 'hello', protocol: protocolVersion }),
      closeCode.protocol,
    ],
    ['an empty binary frame', Buffer.alloc(0), closeCode.protocol],
    ['an unknown kind of frame', Buffer.from([9, 1, 2]), closeCode.protocol],
    ['a length beyond the frame', Buffer.from([0, 2, 0xff, 0xff, 0x7f]), closeCode.protocol],
    ['a broken state vector', Buffer.from([0, 0, 2, 0xff, 0xff]), closeCode.protocol],
    ['C7: a frame over the limit', Buffer.alloc(limits.maxClientFrameBytes + 1), 1009],
  ])('C14: %s ends the socket, and only that', async (_, frame, code) => {
    const [bad, good] = [await Client.welcomed(), await Client.welcomed()];
    bad.socket.send(frame);
    expect((await bad.closed).code).toBe(code);
    good.say({ type: 'interrupt', id: 1 });
    await good.hear((message) => message.type === 'reply');
  });

  test('C14: text that is not UTF-8 closes with 1007', async () => {
    const client = await Client.welcomed();
    client.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await client.closed).code).toBe(1007);
  });

  test('a bug ends the socket alone and is found in the log by its id', async () => {
    session.failure = new TypeError('secret detail');
    const [unlucky, other] = [await Client.welcomed(), await Client.welcomed()];
    unlucky.say({ type: 'restart', id: 1 });
    const { code, reason } = await unlucky.closed;
    expect(code).toBe(closeCode.failed);
    expect(reason).not.toContain('secret');
    expect(reason).toContain(logged[0]?.id ?? 'no id was logged');
    other.say({ type: 'interrupt', id: 1 });
    await other.hear((message) => message.type === 'reply');
  });
});

describe('C8: frames that no client makes', () => {
  const mask = Buffer.alloc(4);
  const masked = (first: number, payload: Buffer) =>
    Buffer.concat([Buffer.from([first, 0x80 | payload.length]), mask, payload]);
  const manyFragments = Buffer.concat([
    masked(0x01, Buffer.from('x')),
    ...Array.from({ length: 200_000 }, () => masked(0x00, Buffer.from('x'))),
  ]);

  test.each<[string, Buffer, number[]]>([
    ['no mask', Buffer.from([0x81, 0x01, 0x78]), [1002]],
    ['a reserved bit', masked(0xc1, Buffer.from('x')), [1002]],
    ['an unknown opcode', masked(0x83, Buffer.from('x')), [1002]],
    ['a fragmented ping', masked(0x09, Buffer.from('x')), [1002]],
    ['a continuation of nothing', masked(0x80, Buffer.from('x')), [1002]],
    [
      'a text within a fragmented text',
      Buffer.concat([masked(0x01, Buffer.from('x')), masked(0x81, Buffer.from('x'))]),
      [1002],
    ],
    [
      'a length of 2^63',
      Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      [1002, 1009],
    ],
    ['200,000 fragments of a byte', manyFragments, [1002, 1008, 1009]],
  ])('%s: the socket ends, and only that', async (_, bytes, closes) => {
    const [bad, good] = [await Client.welcomed(), await Client.welcomed()];
    const raw = Reflect.get(bad.socket, '_socket');
    raw.write(bytes);
    expect(closes).toContain((await bad.closed).code);
    good.say({ type: 'interrupt', id: 1 });
    await good.hear((message) => message.type === 'reply');
  });

  test('pings between fragments are fine', async () => {
    const client = await Client.welcomed();
    const command = Buffer.from(JSON.stringify({ type: 'interrupt', id: 5 }));
    const half = command.length >> 1;
    Reflect.get(client.socket, '_socket').write(
      Buffer.concat([
        masked(0x01, command.subarray(0, half)),
        masked(0x89, Buffer.from('x')),
        masked(0x80, command.subarray(half)),
      ]),
    );
    await client.hear((message) => message.type === 'reply' && message.id === 5);
  });
});

test('C11: one person may hold only so many sockets; others are let in', async () => {
  const held: Client[] = [];
  for (let index = 0; index < maxOpenPerPerson; index += 1) held.push(await Client.welcomed());
  const excess = await Client.open();
  excess.hello();
  expect((await excess.closed).code).toBe(closeCode.tooMany);
  await Client.welcomed({ token: 'other' });
  held[0]?.socket.close();
  await held[0]?.closed;
  await Client.welcomed();
});

test('C11, C6: one network may hold only so many sockets that nobody has signed in on', async () => {
  const known = await Client.welcomed();
  await Promise.all(Array.from({ length: maxUnknownPerNetwork }, () => Client.open()));
  expect(await refusal(new Client())).toBe(429);
  // Who is known already is none of them, and room is made by whoever leaves.
  known.say({ type: 'interrupt', id: 1 });
  await known.hear((message) => message.type === 'reply');
  const left = clients.at(-2);
  left?.socket.terminate();
  await left?.closed;
  await vi.waitUntil(async () => {
    const next = new Client();
    const [outcome] = await Promise.race([
      once(next.socket, 'open').then(() => ['open']),
      refusal(next).then(() => ['refused']),
    ]);
    return outcome === 'open';
  });
});

test('C13: wrong tokens of one network are slowed down; right ones from there are not', async () => {
  const codes: number[] = [];
  // All of one /64.
  for (let i = 1; i <= 4; i += 1) {
    const client = await Client.open({ headers: { 'x-from': `2001:db8:1:2::${i}` } });
    client.hello({ token: `wrong-${i}` });
    codes.push((await client.closed).code);
  }
  const { unauthenticated, tooMany } = closeCode;
  expect(codes).toEqual([unauthenticated, unauthenticated, tooMany, tooMany]);
  await Client.welcomed({ token: 'owner' }, { 'x-from': '2001:db8:1:2::9' });
});

test('C11: the addresses of one IPv6 network are one', async () => {
  const open = (i: number) => Client.open({ headers: { 'x-from': `2001:db8:1:2::${i}` } });
  await Promise.all(Array.from({ length: maxUnknownPerNetwork }, (_, i) => open(i)));
  expect(await refusal(new Client({ headers: { 'x-from': '2001:db8:1:2:ffff::1' } }))).toBe(429);
  await Client.welcomed({ token: 'owner' }, { 'x-from': '2001:db8:1:3::1' });
});

test('C20: a refused upgrade says what every answer says', async () => {
  const client = new Client({ id: 'short' });
  const [, response] = await once(client.socket, 'unexpected-response');
  expect(response.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
  });
});

test('C11: a client that answers no ping is cut off', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  await attached.close();
  attached = attach();
  const [dead, alive] = [await Client.welcomed(), await Client.welcomed()];
  dead.socket.pause();
  const pinged = once(alive.socket, 'ping');
  vi.advanceTimersByTime(30_000);
  await pinged;
  // The answer is there once a later message is answered.
  alive.say({ type: 'interrupt', id: 1 });
  await alive.hear((message) => message.type === 'reply');
  vi.advanceTimersByTime(30_000);
  dead.socket.resume();
  expect((await dead.closed).code).toBe(1006);
  alive.say({ type: 'interrupt', id: 2 });
  await alive.hear((message) => message.type === 'reply' && message.id === 2);
});

describe('presence', () => {
  function saying(state: object | null, clientId?: number): { frame: Uint8Array; id: number } {
    const doc = new Y.Doc();
    if (clientId !== undefined) doc.clientID = clientId;
    const awareness = new Awareness(doc);
    awareness.setLocalState({});
    // A takeover of somebody's client brings a newer clock than theirs.
    if (clientId !== undefined) awareness.setLocalState({});
    awareness.setLocalState(state);
    const frame = encodeAwareness(encodeAwarenessUpdate(awareness, [doc.clientID]));
    awareness.destroy();
    return { frame, id: doc.clientID };
  }

  const isPresence = (text: string) => (frame: Buffer) =>
    frame[0] === binaryKind.awareness && frame.includes(text);

  test('S9: the server stamps id and name over what the client claims', async () => {
    const [speaker, hearer] = [await Client.welcomed(), await Client.welcomed()];
    speaker.socket.send(saying({ cell: 'c1', user: { id: 'u9', name: 'Impostor' } }).frame);
    const frame = await hearer.hearFrame(isPresence('c1'));
    expect(frame.includes('"user":{"id":"u1","name":"First"}')).toBe(true);
    expect(frame.includes('Impostor')).toBe(false);
  });

  test('S9: a newcomer hears who is here, and everybody hears who left', async () => {
    const speaker = await Client.welcomed();
    const early = await Client.welcomed();
    speaker.socket.send(saying({ cell: 'c1' }).frame);
    await early.hearFrame(isPresence('c1'));
    const late = await Client.welcomed();
    await late.hearFrame(isPresence('c1'));
    speaker.socket.close();
    await late.hearFrame(isPresence('null'));
  });

  test('S9: who says farewell is gone at once, however long the connection takes to end', async () => {
    const [leaver, hearer] = [await Client.welcomed(), await Client.welcomed()];
    leaver.socket.send(saying({ cell: 'c1' }).frame);
    await hearer.hearFrame(isPresence('c1'));
    // It reads no more, and so never hears the answer nor ends its side.
    leaver.socket.pause();
    leaver.socket.close();
    await hearer.hearFrame(isPresence('null'));
  });

  test('S10: who says farewell and does not end the connection still holds it, until it is cut', async () => {
    const held: Client[] = [];
    for (let index = 1; index < maxOpenPerPerson; index += 1) held.push(await Client.welcomed());
    const [leaver, hearer] = [await Client.welcomed(), held[0]];
    leaver.socket.send(saying({ cell: 'c1' }).frame);
    await hearer?.hearFrame(isPresence('c1'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    leaver.socket.pause();
    leaver.socket.close();
    await hearer?.hearFrame(isPresence('null'));
    const early = await Client.open();
    early.hello();
    expect((await early.closed).code).toBe(closeCode.tooMany);
    vi.advanceTimersByTime(1_000);
    await Client.welcomed();
  });

  test("S9: nobody speaks for another person's client", async () => {
    const victim = await Client.welcomed();
    const attacker = await Client.welcomed({ token: 'other' });
    const { frame, id } = saying({ cell: 'mine' });
    victim.socket.send(frame);
    await attacker.hearFrame(isPresence('mine'));
    attacker.socket.send(saying({ cell: 'stolen' }, id).frame);
    attacker.say({ type: 'interrupt', id: 1 });
    await attacker.hear((message) => message.type === 'reply');
    victim.say({ type: 'interrupt', id: 1 });
    await victim.hear((message) => message.type === 'reply');
    expect(victim.frames.some(isPresence('stolen'))).toBe(false);
  });

  test('S9: a state over 16 KB ends the socket', async () => {
    const client = await Client.welcomed();
    client.socket.send(saying({ cell: 'c'.repeat(20_000) }).frame);
    expect((await client.closed).code).toBe(closeCode.protocol);
  });
});

describe('the end', () => {
  test.each([
    ['deleted', closeCode.notFound],
    ['failed', closeCode.failed],
    ['draining', closeCode.draining],
  ] as const)('S10: a session that is %s closes with %i', async (reason, code) => {
    const client = await Client.welcomed();
    session.end(reason);
    expect((await client.closed).code).toBe(code);
  });

  test('S10: a server that drains sends everybody away', async () => {
    const sockets = [await Client.welcomed(), await Client.open()];
    await attached.close();
    for (const client of sockets) expect((await client.closed).code).toBe(closeCode.draining);
    expect(session.listeners).toBe(0);
  });

  test('C12: a client that does not read is sent away; another hears everything', async () => {
    const [stuck, reader] = [await Client.welcomed(), await Client.welcomed()];
    stuck.socket.pause();
    const text = 'x'.repeat(1024 * 1024);
    for (let seq = 1; seq <= 40; seq += 1) {
      session.tell([{ type: 'cell_stdout', cell: 'c1', run: 1, stream: 'stdout', text }]);
      await reader.hear((message) => message.type === 'events' && message.seq === seq);
    }
    stuck.socket.resume();
    const { code } = await stuck.closed;
    expect([closeCode.tooSlow, 1006]).toContain(code);
    const heard = stuck.messages.filter(({ type }) => type === 'events').length;
    expect(heard).toBeLessThan(40);
  });
});
