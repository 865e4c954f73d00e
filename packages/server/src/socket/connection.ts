import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import {
  type Authenticate,
  ClientMessage,
  type Command,
  closeCode,
  type Hello,
  limits,
  type Problem,
  protocolVersion,
} from '@rnb/protocol';
import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import * as Y from 'yjs';
import type { Origin } from '../auth/authenticate.ts';
import type { Principal } from '../auth/principal.ts';
import type { Session } from '../sessions/session.ts';
import { StorageUnavailable } from '../store/store.ts';
import { decodeBinary, encodeStep1, encodeStep2, isEmptyUpdate } from './binary-frame.ts';
import type { Admission, Entry } from './entry.ts';
import { Outbox } from './outbox.ts';
import type { Member, Room } from './room.ts';
import { SavedCount } from './saved-count.ts';
import { TokenBucket } from './token-bucket.ts';

/** What a connection asks of the rest of the server. */
export interface ConnectionDependencies {
  /** By the session cookie of the upgrade request. */
  authenticate(headers: IncomingHttpHeaders, from: Origin): Promise<Principal | null>;
  authenticateToken(token: string, from: Origin): Promise<Principal | null>;
  /** Whether a sign-in still counts; that it expires is not looked at. */
  holds(principal: Principal): Promise<boolean>;
  access(principal: Principal, notebook: string): Promise<Admission>;
  openSession(notebook: string): Promise<Session>;
  /** The room of a session, to be joined at once: an empty one does not last. */
  roomOf(session: Session): Room;
  /** The problem of an expected refusal; null for a bug. */
  problemOf(error: unknown): Problem | null;
  /** Welcomed sockets by user id, of the whole server; each until its connection is gone. */
  socketsOf: Map<string, number>;
  /** A command was accepted. */
  onCommand(principal: Principal, notebook: string, command: Command, address: string | null): void;
  log: Logger;
}

/** Tabs of one person, of all notebooks together; a browser alone allows fewer than 256. */
export const maxSocketsPerUser = 100;
const maxFramesBeforeWelcome = 16;
/** Refused commands in a row after which a client is taken to be out of control. */
const maxRefusedCommands = 100;

/** A token that has expired is good for so long: clocks differ, and its successor may be on its way. */
const expiryGraceMs = 15_000;
/** What was last known of somebody's rights is looked up anew after so long, if they send something. */
const entryTrustedMs = 1_000;
/** Timers go no further. */
const maxTimerMs = 2 ** 31 - 1;

type Waiting = { data: Buffer; isBinary: boolean };

type State =
  /** Until the hello. */
  | { is: 'silent' }
  /** The hello is being verified; frames wait. */
  | { is: 'verifying'; waiting: Waiting[] }
  | { is: 'welcomed'; room: Room; member: Member; principal: Principal; entry: Entry }
  | { is: 'gone' };

/**
 * One socket: nothing until its hello is verified (S2), then a member of the notebook's room. It turns frames into
 * calls on the session, and outcomes into frames or a close code. A failure here ends this socket alone.
 */
export class Connection {
  readonly #notebook: string;
  readonly #headers: IncomingHttpHeaders;
  readonly #from: Origin;
  readonly #dependencies: ConnectionDependencies;
  readonly #outbox: Outbox;
  readonly #saved: SavedCount;
  /** A control that is dragged commits at each display refresh. */
  readonly #commands = new TokenBucket(240, 90);
  readonly #binaryFrames = new TokenBucket(2_000, 500);
  /** Each costs a walk over the document. */
  readonly #step1s = new TokenBucket(10, 1);
  readonly #helloTimer: NodeJS.Timeout;
  #refusedCommands = 0;
  #bytesBeforeWelcome = 0;
  #token: string | null = null;
  /** When the sign-in, or what the role comes from, ends by itself. */
  #endTimer: NodeJS.Timeout | undefined;
  #checkedAt = 0;
  #checking: Promise<void> = Promise.resolve();
  /** Whose sockets this one is counted among. */
  #countedFor: string | null = null;
  #state: State = { is: 'silent' };

  constructor(
    socket: WebSocket,
    request: { notebook: string; headers: IncomingHttpHeaders; address: string | null },
    dependencies: ConnectionDependencies,
  ) {
    this.#notebook = request.notebook;
    this.#headers = request.headers;
    this.#from = { host: request.headers.host, address: request.address };
    this.#dependencies = dependencies;
    this.#outbox = new Outbox(socket);
    this.#saved = new SavedCount(
      (updates) => this.#outbox.sendMessage({ type: 'saved', updates }),
      (error) => this.#refuseUpdate(error),
    );
    this.#helloTimer = setTimeout(
      () => this.close(closeCode.helloTimeout, 'No hello came in time.'),
      limits.helloTimeoutMs,
    );
    socket.on('message', (data, isBinary) => this.#guard(() => this.#receive(data, isBinary)));
    // Nobody is to see somebody who has gone: a page that is loaded anew would see its own former self.
    socket.on('closing', () => this.#leave());
    socket.on('close', () => {
      this.#leave();
      this.#release();
    });
    // A 'close' follows; ws has told the client why where it can.
    socket.on('error', (error) => dependencies.log.debug({ err: error }, 'socket error'));
  }

  close(code: number, reason: string): void {
    this.#outbox.close(code, reason);
    this.#leave();
  }

  /** Bytes as they come in, before they make a frame: an unknown client may not have many of them kept. */
  countBytes(bytes: number): void {
    if (this.#state.is === 'welcomed' || this.#state.is === 'gone') return;
    this.#bytesBeforeWelcome += bytes;
    if (this.#bytesBeforeWelcome > limits.maxUnauthenticatedBytes) {
      this.close(closeCode.tooBig, 'Too much was sent before the welcome.');
    }
  }

  /** Whom this socket is for; null before the welcome and after the end. */
  get principal(): Principal | null {
    return this.#state.is === 'welcomed' ? this.#state.principal : null;
  }

  get notebook(): string {
    return this.#notebook;
  }

  /** Where the client is; null where that cannot be told. */
  get address(): string | null {
    return this.#from.address;
  }

  /** Ends the socket of someone who has lost access, or whose rights are others, since they were last looked up. */
  recheck(): Promise<void> {
    // One that is under way may have looked before whatever this is about.
    this.#checking = this.#checking.then(() => this.#check());
    return this.#checking;
  }

  async #check(): Promise<void> {
    if (this.#state.is !== 'welcomed') return;
    this.#checkedAt = performance.now();
    try {
      const { principal } = this.#state;
      if (!(await this.#dependencies.holds(principal))) {
        this.close(closeCode.unauthenticated, 'You are signed out. Sign in again to go on.');
        return;
      }
      const now = await this.#admit(principal);
      if (this.#state.is !== 'welcomed' || !now) return;
      const { role, mayEdit, mayRun } = this.#state.entry;
      if (now.role !== role || now.mayEdit !== mayEdit || now.mayRun !== mayRun) {
        this.close(closeCode.draining, 'Your role in this notebook has changed.');
        return;
      }
      this.#state.entry = now;
      this.#endInTime(this.#state);
    } catch (error) {
      // Not being able to tell is no reason to throw people out; the next check will know.
      this.#dependencies.log.warn({ err: error }, 'could not check a socket again');
    }
  }

  /** Looks again when the sign-in has expired, or what gives the role. */
  #endInTime({ principal, entry }: { principal: Principal; entry: Entry }): void {
    clearTimeout(this.#endTimer);
    const { expiresAt } = principal;
    const ends = [
      ...(expiresAt === null ? [] : [expiresAt + expiryGraceMs]),
      ...(entry.until === null ? [] : [entry.until.getTime() + 1]),
    ];
    if (ends.length === 0) return;
    const waitMs = Math.min(maxTimerMs, Math.max(0, Math.min(...ends) - Date.now()));
    this.#endTimer = setTimeout(() => {
      if (expiresAt !== null && Date.now() >= expiresAt + expiryGraceMs) this.#expire();
      else void this.recheck();
    }, waitMs);
    this.#endTimer.unref();
  }

  #expire(): void {
    this.close(closeCode.unauthenticated, 'Your sign-in has expired. Sign in again to go on.');
  }

  #leave(): void {
    clearTimeout(this.#helloTimer);
    clearTimeout(this.#endTimer);
    const state = this.#state;
    this.#state = { is: 'gone' };
    if (state.is !== 'welcomed') return;
    state.room.leave(state.member);
  }

  /** Not before the connection is gone, and with it what was waiting to be sent: that is what the count bounds. */
  #release(): void {
    const user = this.#countedFor;
    this.#countedFor = null;
    if (user === null) return;
    const left = this.#socketsHeldBy(user) - 1;
    if (left > 0) this.#dependencies.socketsOf.set(user, left);
    else this.#dependencies.socketsOf.delete(user);
  }

  #socketsHeldBy(user: string): number {
    return this.#dependencies.socketsOf.get(user) ?? 0;
  }

  #receive(data: RawData, isBinary: boolean): void {
    const frame = toBuffer(data);
    switch (this.#state.is) {
      case 'silent':
        this.#receiveHello(frame, isBinary);
        return;
      case 'verifying':
        this.#state.waiting.push({ data: frame, isBinary });
        if (this.#state.waiting.length >= maxFramesBeforeWelcome) {
          this.close(closeCode.tooMany, 'Too many frames were sent before the welcome.');
        }
        return;
      case 'welcomed':
        if (this.#isOver(this.#state.principal)) return;
        if (isBinary) this.#receiveBinary(frame, this.#state);
        else this.#receiveText(frame, this.#state);
        return;
      case 'gone':
        return;
    }
  }

  /** Whether nothing more is taken of them; looks their rights up again where that was a while ago. */
  #isOver({ expiresAt }: Principal): boolean {
    if (expiresAt !== null && Date.now() >= expiresAt + expiryGraceMs) {
      this.#expire();
      return true;
    }
    if (performance.now() - this.#checkedAt > entryTrustedMs) void this.recheck();
    return false;
  }

  #receiveHello(frame: Buffer, isBinary: boolean): void {
    const message = isBinary ? null : ClientMessage.safeParse(parseJson(frame));
    if (!message?.success || message.data.type !== 'hello') {
      this.close(closeCode.protocol, 'The first frame must be a hello.');
      return;
    }
    const hello = message.data;
    if (hello.protocol !== protocolVersion) {
      const versions = `The server speaks protocol ${protocolVersion}, not ${hello.protocol}.`;
      this.close(closeCode.protocol, `${versions} Reload the page.`);
      return;
    }
    this.#token = hello.token ?? null;
    this.#state = { is: 'verifying', waiting: [] };
    this.#guard(() => this.#verify(hello));
  }

  async #verify(hello: Hello): Promise<void> {
    const principal = await this.#identify();
    if (!principal) {
      this.close(closeCode.unauthenticated, 'Sign in first.');
      return;
    }
    const entry = await this.#admit(principal);
    if (!entry) return;
    const session = await this.#dependencies.openSession(this.#notebook);
    if (this.#state.is !== 'verifying') return;
    if (this.#socketsHeldBy(principal.userId) >= maxSocketsPerUser) {
      this.close(closeCode.tooMany, 'You have too many notebooks open. Close some of their tabs.');
      return;
    }
    clearTimeout(this.#helloTimer);
    const { waiting } = this.#state;
    this.#welcome(this.#dependencies.roomOf(session), { principal, entry }, hello);
    // What was heard since they were let in, nobody told this socket.
    void this.recheck();
    for (const { data, isBinary } of waiting) this.#receive(data, isBinary);
  }

  /** What they may do; closes the socket and gives null where that is nothing. */
  async #admit(principal: Principal): Promise<Entry | null> {
    const access = await this.#dependencies.access(principal, this.#notebook);
    if ('role' in access) return access;
    if (access.code === 'forbidden') {
      this.close(closeCode.forbidden, 'There is no such notebook, or it is not shared with you.');
    } else {
      this.close(closeCode.notFound, 'This notebook was deleted.');
    }
    return null;
  }

  async #identify(): Promise<Principal | null> {
    const { authenticate, authenticateToken } = this.#dependencies;
    if (this.#token !== null) return authenticateToken(this.#token, this.#from);
    // Without an Origin nobody vouches for the cookie (S2); such requests do not get this far with one.
    if (this.#headers.origin === undefined) return null;
    return authenticate(this.#headers, this.#from);
  }

  /** In one go, so that no frame of the session falls between the snapshot and the subscription. */
  #welcome(room: Room, admitted: { principal: Principal; entry: Entry }, hello: Hello): void {
    const { session } = room;
    const { principal, entry } = admitted;
    const { userId, name } = principal;
    const user = { id: userId, name };
    const member: Member = {
      user,
      send: (frame, kind) => this.#outbox.send(frame, kind),
      close: (code, reason) => this.close(code, reason),
    };
    const missed =
      hello.resume?.epoch === session.epoch ? session.framesSince(hello.resume.seq) : null;
    this.#outbox.sendMessage({
      type: 'welcome',
      epoch: session.epoch,
      // A resumed client goes on counting from where it was; the missed frames follow.
      seq: missed && hello.resume ? hello.resume.seq : session.seq,
      role: entry.role,
      user,
      expiresInMs: remainingMs(principal),
      snapshot: missed ? null : session.snapshot(),
    });
    for (const { seq, events } of missed ?? []) {
      this.#outbox.sendMessage({ type: 'events', seq, events });
    }
    this.#outbox.send(encodeStep1(Y.encodeStateVector(session.document.doc)), 'binary');
    const presence = room.presence();
    if (presence) this.#outbox.send(presence, 'binary');
    room.join(member);
    this.#dependencies.socketsOf.set(userId, this.#socketsHeldBy(userId) + 1);
    this.#countedFor = userId;
    this.#state = { is: 'welcomed', room, member, principal, entry };
    this.#checkedAt = performance.now();
    this.#endInTime(admitted);
  }

  #receiveBinary(frame: Buffer, { room, member, entry }: State & { is: 'welcomed' }): void {
    if (!this.#binaryFrames.take()) {
      this.close(closeCode.tooMany, 'Too many document frames in a short time.');
      return;
    }
    try {
      const message = decodeBinary(frame);
      switch (message.type) {
        case 'step1': {
          if (!this.#step1s.take()) {
            this.close(closeCode.tooMany, 'Too many sync requests in a short time.');
            return;
          }
          const update = Y.encodeStateAsUpdate(room.session.document.doc, message.stateVector);
          this.#outbox.send(encodeStep2(update), 'binary');
          return;
        }
        case 'awareness':
          room.acceptPresence(message.update, member);
          return;
        case 'update':
          break;
      }
      const { update } = message;
      // Most mutants fail here, before they touch the document (H1).
      Y.decodeUpdate(update);
      if (isEmptyUpdate(update)) {
        this.#saved.add(Promise.resolve());
      } else if (entry.mayEdit) {
        this.#saved.add(applied(() => room.session.applyUpdate(update, member)));
      } else {
        this.close(closeCode.forbidden, `A ${entry.role} may not edit this notebook.`);
      }
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'unreadable';
      this.close(closeCode.protocol, `A binary frame could not be read: ${detail}.`);
    }
  }

  #refuseUpdate(error: unknown): void {
    const problem = this.#dependencies.problemOf(error);
    if (error instanceof StorageUnavailable || problem?.code === 'storage_unavailable') {
      this.close(
        closeCode.failed,
        'The database is away; what you typed is kept here until it is back.',
      );
    } else if (problem?.code === 'too_large') {
      this.close(closeCode.tooBig, problem.detail);
    } else if (problem) {
      this.close(closeCode.protocol, problem.detail);
    } else {
      this.#fail(error);
    }
  }

  #receiveText(frame: Buffer, state: State & { is: 'welcomed' }): void {
    const message = ClientMessage.safeParse(parseJson(frame));
    if (!message.success) {
      const [issue] = message.error.issues;
      const where = issue?.path.join('.') || 'message';
      this.close(closeCode.protocol, `Not a message of the protocol: ${where}: ${issue?.message}`);
      return;
    }
    if (message.data.type === 'hello') {
      this.close(closeCode.protocol, 'A hello comes once, first.');
      return;
    }
    const command = message.data;
    if (command.type === 'authenticate') {
      this.#guard(() => this.#authenticate(command, state.principal));
      return;
    }
    this.#guard(() => this.#perform(command, state));
  }

  /** The same person, of the same sign-in, with a fresh token (S13). */
  async #authenticate({ token }: Authenticate, before: Principal): Promise<void> {
    if (!this.#commands.take()) {
      this.close(closeCode.tooMany, 'Too many tokens in a short time.');
      return;
    }
    const principal = await this.#dependencies.authenticateToken(token, this.#from);
    if (this.#state.is !== 'welcomed') return;
    if (!principal) {
      this.close(closeCode.unauthenticated, 'Sign in again to go on.');
      return;
    }
    if (principal.userId !== before.userId || principal.signInId !== before.signInId) {
      this.close(closeCode.forbidden, 'This is the token of another sign-in. Reload the page.');
      return;
    }
    this.#state.principal = principal;
    this.#endInTime({ principal, entry: this.#state.entry });
    this.#outbox.sendMessage({ type: 'authenticated', expiresInMs: remainingMs(principal) });
  }

  async #perform(
    command: Command,
    { room, principal, entry }: State & { is: 'welcomed' },
  ): Promise<void> {
    if (!this.#commands.take()) {
      this.#refusedCommands += 1;
      if (this.#refusedCommands > maxRefusedCommands) {
        this.close(closeCode.tooMany, 'Too many commands in a short time.');
        return;
      }
      this.#reply(command, tooManyCommands);
      return;
    }
    this.#refusedCommands = 0;
    if (!entry.mayRun) {
      this.#reply(command, forbidden(`A ${entry.role} may not run cells in this notebook.`));
      return;
    }
    try {
      await room.session.command(command);
      this.#dependencies.onCommand(principal, this.#notebook, command, this.#from.address);
    } catch (error) {
      const problem = this.#dependencies.problemOf(error);
      if (!problem) throw error;
      this.#reply(command, problem);
      return;
    }
    this.#reply(command, null);
  }

  #reply({ id }: Command, problem: Problem | null): void {
    this.#outbox.sendMessage({ type: 'reply', id, problem });
  }

  /** Runs a handler; what it throws, now or later, ends this socket and nothing else. */
  #guard(handle: () => void | Promise<void>): void {
    applied(async () => handle()).catch((error: unknown) => {
      const problem = this.#dependencies.problemOf(error);
      if (problem) this.close(closeCode.failed, problem.detail);
      else this.#fail(error);
    });
  }

  /** A bug: the operator finds it by its id, the client learns no more than that. */
  #fail(error: unknown): void {
    const id = randomUUID();
    this.#dependencies.log.error({ err: error, id, notebook: this.#notebook }, 'socket failed');
    this.close(
      closeCode.failed,
      `Something went wrong on the server. Its log says more under ${id}.`,
    );
  }
}

function remainingMs({ expiresAt }: Principal): number | null {
  return expiresAt === null ? null : Math.max(0, expiresAt - Date.now());
}

/** A promise for the outcome, whether `act` throws or rejects. */
async function applied(act: () => Promise<void>): Promise<void> {
  await act();
}

const tooManyCommands: Problem = {
  type: 'about:blank',
  title: 'Too many requests',
  status: 429,
  code: 'too_many_requests',
  detail: 'Too many commands in a short time. Wait a moment.',
};

function forbidden(detail: string): Problem {
  return { type: 'about:blank', title: 'Forbidden', status: 403, code: 'forbidden', detail };
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

function parseJson(frame: Buffer): unknown {
  try {
    return JSON.parse(frame.toString());
  } catch {
    return undefined;
  }
}
