import { createDocument, type NotebookDocument, openDocument } from '@rnb/document';
import {
  binaryKind,
  ClientMessage,
  closeCode,
  type Role,
  type ServerMessage,
  type Snapshot,
} from '@rnb/protocol';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { Awareness, applyAwarenessUpdate } from 'y-protocols/awareness';
import * as sync from 'y-protocols/sync';
import * as Y from 'yjs';
import type { CreateSocket, SocketHandler, Surroundings } from '../src/client/socket-link.ts';

const quiet: Snapshot = {
  states: [],
  results: [],
  committed: [],
  graph: [],
  kernels: [],
  environment: { state: 'ready', detail: 'Ready.', progress: null },
};

/**
 * The other end for tests of the client: a server in the same thread, whose frames lie in a queue until `flush`. It
 * saves when told to, loses sockets when told to, and is otherwise as PROTOCOL.md has it.
 */
export class FakeServer {
  readonly document: NotebookDocument = openDocument(
    createDocument({ title: 'Fake', cells: [{ kind: 'python', code: 'x = 1' }] }),
  );
  readonly heard: ClientMessage[] = [];
  /** What clients say of who is here. */
  readonly awareness = new Awareness(new Y.Doc());
  readonly sockets: FakeSocket[] = [];
  readonly surroundings: Surroundings & {
    online: boolean;
    reloads: number;
    /** How often it was loaded anew for somebody else. */
    starts: number;
    wake: () => void;
    loseNetwork: () => void;
  };
  epoch = 'epoch-1';
  seq = 0;
  role: Role = 'owner';
  user = { id: 'u1', name: 'First' };
  snapshot: Snapshot = quiet;
  /** Whether the next hello may resume. */
  resumes = true;
  /** Whether updates are saved as soon as they are applied. */
  saves = true;
  /** How long a token is good for; null: there is a cookie. */
  expiresInMs: number | null = null;

  constructor() {
    const wakers = new Set<() => void>();
    const losers = new Set<() => void>();
    let reloadedAt = Number.NEGATIVE_INFINITY;
    this.surroundings = {
      online: true,
      reloads: 0,
      starts: 0,
      reload() {
        if (Date.now() - reloadedAt < 60_000) return;
        reloadedAt = Date.now();
        this.reloads += 1;
      },
      startOver() {
        this.starts += 1;
      },
      isOnline() {
        return this.online;
      },
      onWake(listener) {
        wakers.add(listener);
        return () => wakers.delete(listener);
      },
      wake() {
        for (const waker of [...wakers]) waker();
      },
      onOffline(listener) {
        losers.add(listener);
        return () => losers.delete(listener);
      },
      loseNetwork() {
        this.online = false;
        for (const loser of [...losers]) loser();
      },
    };
  }

  readonly createSocket: CreateSocket = (_, handler) => {
    const socket = new FakeSocket(this, handler);
    this.sockets.push(socket);
    return socket;
  };

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket was made');
    return socket;
  }

  get code(): string {
    return this.document
      .cells()
      .map(({ text }) => text.toString())
      .join('|');
  }

  /** Delivers frames of both directions until none is left. */
  flush(): void {
    let delivered = true;
    while (delivered) {
      delivered = this.sockets.map((socket) => socket.deliver()).some(Boolean);
    }
  }

  tell(message: ServerMessage): void {
    this.socket.toClient(JSON.stringify(message));
  }
}

export class FakeSocket {
  readonly #server: FakeServer;
  readonly #handler: SocketHandler;
  readonly #toServer: (string | Uint8Array)[] = [];
  readonly #toClient: (string | Uint8Array)[] = [];
  #opened = false;
  #updates = 0;
  isOpen = true;

  constructor(server: FakeServer, handler: SocketHandler) {
    this.#server = server;
    this.#handler = handler;
  }

  send(data: string | Uint8Array): void {
    if (this.isOpen) this.#toServer.push(data);
  }

  close(): void {
    this.isOpen = false;
  }

  /** The connection breaks: what is on its way is lost. */
  lose(code = 1006, reason = ''): void {
    this.isOpen = false;
    this.#toServer.length = 0;
    this.#toClient.length = 0;
    this.#handler.onClose(code, reason);
  }

  /** The server ends it, as soon as what is on its way has arrived. */
  refuse(code: number): void {
    queueMicrotask(() => this.lose(code));
  }

  toClient(data: string | Uint8Array): void {
    this.#toClient.push(data);
  }

  saved(): void {
    this.toClient(JSON.stringify({ type: 'saved', updates: this.#updates }));
  }

  /** True when there was something to deliver. */
  deliver(): boolean {
    if (!this.isOpen) return false;
    if (!this.#opened) {
      this.#opened = true;
      this.#handler.onOpen();
      return true;
    }
    const up = this.#toServer.shift();
    if (up !== undefined) this.#receive(up);
    const down = this.#toClient.shift();
    if (down !== undefined) this.#handler.onMessage(down);
    return up !== undefined || down !== undefined;
  }

  #receive(data: string | Uint8Array): void {
    if (typeof data !== 'string') {
      const body = data.subarray(1);
      if (data[0] === binaryKind.sync) this.#receiveSync(body);
      else {
        const update = decoding.readVarUint8Array(decoding.createDecoder(body));
        applyAwarenessUpdate(this.#server.awareness, update, this);
      }
      return;
    }
    const message = ClientMessage.parse(JSON.parse(data));
    this.#server.heard.push(message);
    const { epoch, seq, role, user, snapshot, resumes, expiresInMs } = this.#server;
    if (message.type === 'authenticate') {
      this.toClient(JSON.stringify({ type: 'authenticated', expiresInMs }));
    }
    if (message.type !== 'hello') return;
    if (expiresInMs !== null && message.token === undefined) {
      this.refuse(closeCode.unauthenticated);
      return;
    }
    const resumed = resumes && message.resume?.epoch === epoch;
    const welcome = {
      type: 'welcome',
      epoch,
      seq,
      role,
      user,
      expiresInMs,
      snapshot: resumed ? null : snapshot,
    };
    this.toClient(JSON.stringify(welcome));
    this.#sync((encoder) => sync.writeSyncStep1(encoder, this.#server.document.doc));
  }

  #receiveSync(message: Uint8Array): void {
    const decoder = decoding.createDecoder(message);
    const type = decoding.readVarUint(decoder);
    const payload = decoding.readVarUint8Array(decoder);
    const { doc } = this.#server.document;
    if (type === sync.messageYjsSyncStep1) {
      this.#sync((encoder) => sync.writeSyncStep2(encoder, doc, payload));
      return;
    }
    Y.applyUpdate(doc, payload, this);
    this.#updates += 1;
    if (this.#server.saves) this.saved();
  }

  #sync(write: (encoder: encoding.Encoder) => void): void {
    this.toClient(
      encoding.encode((encoder) => {
        encoding.writeUint8(encoder, binaryKind.sync);
        write(encoder);
      }),
    );
  }
}
