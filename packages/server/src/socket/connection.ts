import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import {
  type Authenticate,
  ClientMessage,
  type Command,
  closeCode,
  type Hello,
  limits,
  type Problem,
  protocolVersion,
  type Role,
} from '@rnb/protocol';
import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import * as Y from 'yjs';
import type { Acting } from '../acting.ts';
import { actorOf } from '../auth/actor.ts';
import type { Origin } from '../auth/authenticate.ts';
import { LastingAccess, type LastingAccessDeps, type Lost } from '../auth/lasting-access.ts';
import { networkOf } from '../auth/network.ts';
import type { Principal } from '../auth/principal.ts';
import type { OpenPerPerson } from '../open-per-person.ts';
import type { Session } from '../sessions/session.ts';
import { StorageUnavailable } from '../store/store.ts';
import { decodeBinary, encodeStep1, encodeStep2, isEmptyUpdate } from './binary-frame.ts';
import { Outbox } from './outbox.ts';
import type { Member, Room } from './room.ts';
import { SavedCount } from './saved-count.ts';
import { TokenBucket } from './token-bucket.ts';

/** What a connection asks of the rest of the server. */
export interface ConnectionDependencies {
  /** By the session cookie of the upgrade request. */
  authenticate(headers: IncomingHttpHeaders, from: Origin): Promise<Principal | null>;
  authenticateToken(token: string, from: Origin): Promise<Principal | null>;
  /** Counts a credential that stands for nobody; throws where it is one too many. */
  countFailure(network: string): Promise<void>;
  /** Where what somebody may do is looked up. */
  rights: LastingAccessDeps;
  openSession(notebook: string): Promise<Session>;
  /** The room of a session, to be joined at once: an empty one does not last. */
  roomOf(session: Session): Room;
  /** The problem of an expected refusal; null for a bug. */
  problemOf(error: unknown): Problem | null;
  /** What people hold open, by whichever way. */
  open: OpenPerPerson;
  acting: Acting;
  log: Logger;
}

const maxFramesBeforeWelcome = 16;
/** What may wait for a look at somebody's rights, which takes seconds while the database is away. */
export const maxWaitingFrames = 2_000;
const maxWaitingBytes = 2 * limits.maxClientFrameBytes;

/** Where rights cannot be looked up, those of a moment ago count for so long (S13). */
const trustedWhileAwayMs = 30_000;

type Waiting = { data: Buffer; isBinary: boolean };

/** What they may do, as the welcome said; with other rights they come back. */
interface Entry {
  role: Role;
  mayRun: boolean;
  mayEdit: boolean;
}

type State =
  /** Until the hello. */
  | { is: 'silent' }
  /** The hello is being verified; frames wait. */
  | { is: 'verifying' }
  | { is: 'welcomed'; room: Room; member: Member; access: LastingAccess; entry: Entry }
  | { is: 'gone' };

/**
 * One socket: nothing until its hello is verified (S2), then a member of the notebook's room. It turns frames into
 * calls on the session, and outcomes into frames or a close code. A failure here ends this socket alone.
 */
export class Connection {
  /** Where the client is, as limits have it (auth/network); empty where that cannot be told. */
  readonly network: string;
  readonly #notebook: string;
  readonly #headers: IncomingHttpHeaders;
  readonly #from: Origin;
  readonly #dependencies: ConnectionDependencies;
  readonly #outbox: Outbox;
  readonly #saved: SavedCount;
  /** A control that is dragged commits at each display refresh. */
  readonly #commands = new TokenBucket(240, 90);
  /** Refused ones; whoever goes on all the same is out of control. */
  readonly #refusals = new TokenBucket(100, 90);
  readonly #binaryFrames = new TokenBucket(2_000, 500);
  /** Each costs a walk over the document. */
  readonly #step1s = new TokenBucket(10, 1);
  readonly #helloTimer: NodeJS.Timeout;
  #bytesBeforeWelcome = 0;
  #token: string | null = null;
  /** Frames that wait for the welcome, or for a look at the rights of their sender. */
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** From when somebody has proven who they are. */
  #access: LastingAccess | null = null;
  /** Whose sockets this one is counted among. */
  #countedFor: string | null = null;
  #state: State = { is: 'silent' };

  constructor(
    socket: WebSocket,
    request: { notebook: string; headers: IncomingHttpHeaders; address: string | null },
    dependencies: ConnectionDependencies,
  ) {
    this.#notebook = request.notebook;
    this.network = networkOf(request.address ?? '');
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

  /** Whether nobody has been welcomed on this socket, or is no longer. */
  get isUnknown(): boolean {
    return this.#state.is !== 'welcomed';
  }

  #leave(): void {
    clearTimeout(this.#helloTimer);
    this.#access?.stop();
    this.#waiting = [];
    const state = this.#state;
    this.#state = { is: 'gone' };
    if (state.is !== 'welcomed') return;
    state.room.leave(state.member);
  }

  /** Not before the connection is gone, and with it what was waiting to be sent: that is what the count bounds. */
  #release(): void {
    if (this.#countedFor !== null) this.#dependencies.open.release(this.#countedFor);
    this.#countedFor = null;
  }

  #receive(raw: RawData, isBinary: boolean): void {
    const frame = { data: toBuffer(raw), isBinary };
    switch (this.#state.is) {
      case 'silent':
        this.#receiveHello(frame.data, isBinary);
        return;
      case 'verifying':
        this.#keep(frame);
        if (this.#waiting.length >= maxFramesBeforeWelcome) {
          this.close(closeCode.tooMany, 'Too many frames were sent before the welcome.');
        }
        return;
      case 'welcomed':
        // In order: nothing overtakes what waits.
        if (this.#waiting.length === 0 && this.#state.access.isFresh) this.#handle(frame);
        else this.#handleWithRights(frame, this.#state.access);
        return;
      case 'gone':
        return;
    }
  }

  #keep(frame: Waiting): void {
    this.#waiting.push(frame);
    this.#waitingBytes += frame.data.length;
  }

  /** Once it is known what its sender may do now (S13). */
  #handleWithRights(frame: Waiting, access: LastingAccess): void {
    this.#keep(frame);
    if (this.#waiting.length > maxWaitingFrames || this.#waitingBytes > maxWaitingBytes) {
      this.close(closeCode.tooMany, 'Too much was sent while your rights were looked up.');
    } else if (this.#waiting.length === 1) {
      this.#guard(async () => {
        await this.#lookAgain(access);
        this.#handleWaiting();
      });
    }
  }

  async #lookAgain(access: LastingAccess): Promise<void> {
    try {
      const lost = await access.look();
      if (lost !== null) this.#turnAway(lost);
    } catch (error) {
      if (access.ageMs > trustedWhileAwayMs) throw error;
    }
  }

  #handleWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const frame of waiting) this.#handle(frame);
  }

  /** Without a wait between the look at their rights and what is done by them. */
  #handle({ data, isBinary }: Waiting): void {
    if (this.#state.is !== 'welcomed') return;
    if (isBinary) this.#receiveBinary(data, this.#state);
    else this.#receiveText(data, this.#state);
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
    this.#state = { is: 'verifying' };
    this.#guard(() => this.#verify(hello));
  }

  async #verify(hello: Hello): Promise<void> {
    const principal = await this.#identify();
    if (!principal) {
      // Who has nothing to show has not tried anything.
      const tried = this.#token !== null || this.#headers.cookie !== undefined;
      if (tried) await this.#dependencies.countFailure(this.network);
      this.close(closeCode.unauthenticated, 'Sign in first.');
      return;
    }
    const wanted = { notebook: this.#notebook, action: 'view' } as const;
    const access = new LastingAccess(principal, wanted, this.#dependencies.rights);
    if (this.#state.is !== 'verifying') return access.stop();
    this.#access = access;
    const lost = await access.look();
    if (lost !== null) return this.#turnAway(lost);
    const session = await this.#dependencies.openSession(this.#notebook);
    // That may have taken seconds. From here to the welcome nothing is waited for.
    const lostSince = await access.look();
    if (lostSince !== null) return this.#turnAway(lostSince);
    if (this.#state.is !== 'verifying') return;
    if (!this.#dependencies.open.take(principal.userId)) {
      this.close(closeCode.tooMany, 'You have too many notebooks open. Close some of their tabs.');
      return;
    }
    this.#countedFor = principal.userId;
    clearTimeout(this.#helloTimer);
    this.#welcome(this.#dependencies.roomOf(session), access, hello);
    this.#handleWaiting();
  }

  #turnAway(lost: Lost): void {
    switch (lost) {
      case 'expired':
        this.close(closeCode.unauthenticated, 'Your sign-in has expired. Sign in again to go on.');
        return;
      case 'unauthenticated':
        this.close(closeCode.unauthenticated, 'Sign in again to go on.');
        return;
      case 'forbidden':
        this.close(closeCode.forbidden, 'There is no such notebook, or it is not shared with you.');
        return;
      case 'not_found':
        this.close(closeCode.notFound, 'This notebook was deleted.');
        return;
    }
  }

  async #identify(): Promise<Principal | null> {
    const { authenticate, authenticateToken } = this.#dependencies;
    if (this.#token !== null) return authenticateToken(this.#token, this.#from);
    // Without an Origin nobody vouches for the cookie (S2); such requests do not get this far with one.
    if (this.#headers.origin === undefined) return null;
    return authenticate(this.#headers, this.#from);
  }

  /** In one go, so that no frame of the session falls between the snapshot and the subscription. */
  #welcome(room: Room, access: LastingAccess, hello: Hello): void {
    const { session } = room;
    const { principal } = access;
    const { userId, name } = principal;
    const entry = entryOf(access);
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
    this.#state = { is: 'welcomed', room, member, access, entry };
    access.watch((lost) => {
      if (lost !== null) this.#turnAway(lost);
      else if (!isDeepStrictEqual(entryOf(access), entry)) {
        this.close(closeCode.draining, 'Your role in this notebook has changed.');
      }
    });
  }

  #receiveBinary(frame: Buffer, { room, member, access, entry }: State & { is: 'welcomed' }): void {
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
        const { acting } = this.#dependencies;
        const by = actorOf(access.principal, this.#from.address);
        this.#saved.add(applied(() => acting.applyUpdate(room.session, update, member, by)));
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
      this.#guard(() => this.#authenticate(command, state.access));
      return;
    }
    this.#guard(() => this.#perform(command, state));
  }

  /** The same person, of the same sign-in, with a fresh token (S13). */
  async #authenticate({ token }: Authenticate, access: LastingAccess): Promise<void> {
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
    const { userId, signInId } = access.principal;
    if (principal.userId !== userId || principal.signInId !== signInId) {
      this.close(closeCode.forbidden, 'This is the token of another sign-in. Reload the page.');
      return;
    }
    access.renew(principal);
    this.#outbox.sendMessage({ type: 'authenticated', expiresInMs: remainingMs(principal) });
  }

  async #perform(
    command: Command,
    { room, access, entry }: State & { is: 'welcomed' },
  ): Promise<void> {
    if (!this.#commands.take()) {
      if (this.#refusals.take()) this.#reply(command, tooManyCommands);
      else this.close(closeCode.tooMany, 'Too many commands in a short time.');
      return;
    }
    if (!entry.mayRun) {
      this.#reply(command, forbidden(`A ${entry.role} may not run cells in this notebook.`));
      return;
    }
    try {
      const by = actorOf(access.principal, this.#from.address);
      await this.#dependencies.acting.command(room.session, command, by);
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
      if (problem) {
        const flood = problem.code === 'too_many_requests';
        this.close(flood ? closeCode.tooMany : closeCode.failed, problem.detail);
      } else this.#fail(error);
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

function entryOf(access: LastingAccess): Entry {
  const { role } = access;
  if (role === null) throw new Error('Somebody without a role was let in');
  return { role, mayRun: access.may('run'), mayEdit: access.may('edit') };
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
