import { once } from 'node:events';
import { type NotebookDocument, openDocument } from '@rnb/document';
import type { RunningServer } from '@rnb/e2e/running-server';
import {
  binaryKind,
  type CellError,
  type CellStatus,
  type NotebookEvent,
  type Output,
  protocolVersion,
  type ServerMessage,
  type Snapshot,
  statesOf,
} from '@rnb/protocol';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { WebSocket } from 'ws';
import * as sync from 'y-protocols/sync';
import * as Y from 'yjs';

/** What came over the socket since `resetTraffic`. */
export interface Traffic {
  messages: number;
  bytes: number;
}

/** A cell as its last run left it. */
export interface CellView {
  run: number | null;
  status: CellStatus;
  /** The cell that a blocked one waits for. */
  blockedBy: string | null;
  stdout: string;
  outputs: Output[];
  error: CellError | null;
}

/** A notebook's socket as the browser uses it (PROTOCOL.md S1–S8, and believing its own server), with a meter on it. */
export class NotebookSocket {
  readonly document: NotebookDocument;
  readonly #doc = new Y.Doc();
  readonly #socket: WebSocket;
  readonly #synced = Promise.withResolvers<void>();
  readonly #failed = Promise.withResolvers<never>();
  #nextCommand = 1;
  #traffic: Traffic = { messages: 0, bytes: 0 };
  #onStatus: (status: CellStatus, cells: string[]) => void = () => {};
  readonly #views = new Map<string, CellView>();
  readonly #watchers = new Set<(cell: string) => void>();
  #updatesSent = 0;
  #updatesSaved = 0;
  #onSaved: () => void = () => {};

  private constructor(socket: WebSocket, token: string) {
    this.#socket = socket;
    this.#failed.promise.catch(() => {});
    this.document = openDocument(this.#doc);
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    socket.on('error', (error) => this.#failed.reject(error));
    socket.on('close', (code) =>
      this.#failed.reject(new Error(`The server closed the socket with ${code}.`)),
    );
    this.#doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === this) return;
      this.#updatesSent += 1;
      this.#sendSync((encoder) => sync.writeUpdate(encoder, update));
    });
    this.#sendJson({ type: 'hello', protocol: protocolVersion, token });
  }

  /** Resolves when the document is in step with the server's. */
  static async open(server: RunningServer, notebook: string): Promise<NotebookSocket> {
    const address = `${server.url.replace(/^http/, 'ws')}/ws/notebooks/${notebook}`;
    const socket = new WebSocket(address, { origin: server.url, perMessageDeflate: false });
    await once(socket, 'open');
    const opened = new NotebookSocket(socket, server.token);
    await Promise.race([opened.#synced.promise, opened.#failed.promise]);
    return opened;
  }

  /** Runs the cells and resolves when each of `expected` has succeeded since. Rejects when one fails. */
  async run(cells: string[] | 'all', expected: Iterable<string>): Promise<void> {
    const awaited = new Set(expected);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#onStatus = (status, ids) => {
      if (status === 'error' || status === 'blocked') reject(new Error(`${ids[0]} is ${status}.`));
      if (status !== 'success') return;
      for (const id of ids) awaited.delete(id);
      if (awaited.size === 0) resolve();
    };
    this.begin(cells);
    await Promise.race([promise, this.#failed.promise]);
  }

  /** Asks for the run, and waits for nothing. */
  begin(cells: string[] | 'all'): void {
    this.#sendJson({ type: 'run_cells', id: this.#nextCommand++, cells });
  }

  /** Resolves when everything sent so far is committed to the database. */
  async saved(): Promise<void> {
    const sent = this.#updatesSent;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onSaved = () => {
      if (this.#updatesSaved >= sent) resolve();
    };
    this.#onSaved();
    await Promise.race([promise, this.#failed.promise]);
  }

  /** Resolves when everything that the server has sent until now is here. */
  async caughtUp(): Promise<void> {
    const answered = once(this.#socket, 'pong');
    this.#socket.ping();
    await Promise.race([answered, this.#failed.promise]);
  }

  interrupt(): void {
    this.#sendJson({ type: 'interrupt', id: this.#nextCommand++ });
  }

  view(cell: string): CellView {
    const known = this.#views.get(cell);
    if (known !== undefined) return known;
    const view: CellView = {
      run: null,
      status: 'idle',
      blockedBy: null,
      stdout: '',
      outputs: [],
      error: null,
    };
    this.#views.set(cell, view);
    return view;
  }

  /** Called whenever what a cell shows may have changed; returns how to stop. */
  watch(listener: (cell: string) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  resetTraffic(): void {
    this.#traffic = { messages: 0, bytes: 0 };
  }

  traffic(): Traffic {
    return this.#traffic;
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#traffic.messages += 1;
    this.#traffic.bytes += data.length;
    if (isBinary) this.#receiveDocument(data);
    else this.#receiveMessage(JSON.parse(data.toString()) as ServerMessage);
  }

  #receiveMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        if (message.snapshot !== null) this.#applySnapshot(message.snapshot);
        this.#sendSync((encoder) => sync.writeSyncStep1(encoder, this.#doc));
        break;
      case 'events':
        for (const event of message.events) {
          this.#apply(event);
          if (event.type === 'cell_status') this.#onStatus(event.status, event.cells);
        }
        break;
      case 'reply':
        if (message.problem) this.#failed.reject(new Error(message.problem.detail));
        break;
      case 'saved':
        this.#updatesSaved = message.updates;
        this.#onSaved();
        break;
    }
  }

  #applySnapshot({ states, results }: Snapshot): void {
    for (const state of states) this.#apply(state);
    for (const { id, console, outputs, error } of results) {
      const view = this.view(id);
      for (const { stream, text } of console) if (stream === 'stdout') view.stdout += text;
      view.outputs = outputs;
      view.error = error;
    }
  }

  #apply(event: NotebookEvent): void {
    switch (event.type) {
      case 'cell_status':
        for (const { id, run, status, blockedBy } of statesOf(event)) {
          const view = this.#enterRun(id, run);
          view.status = status;
          view.blockedBy = blockedBy ?? null;
          this.#tell(id);
        }
        break;
      case 'cell_stdout':
        if (event.stream === 'stdout') this.#enterRun(event.cell, event.run).stdout += event.text;
        this.#tell(event.cell);
        break;
      case 'cell_output':
        this.#enterRun(event.cell, event.run).outputs.push(event.output);
        this.#tell(event.cell);
        break;
      case 'cell_error':
        this.#enterRun(event.cell, event.run).error = event.error;
        this.#tell(event.cell);
        break;
      case 'cell_clear':
        this.#empty(this.#enterRun(event.cell, event.run));
        this.#tell(event.cell);
        break;
      default:
        break;
    }
  }

  /** S6: a greater run than before empties the cell. */
  #enterRun(cell: string, run: number | null): CellView {
    const view = this.view(cell);
    if (run !== null && run > (view.run ?? 0)) {
      view.run = run;
      this.#empty(view);
    }
    return view;
  }

  #empty(view: CellView): void {
    view.stdout = '';
    view.outputs = [];
    view.error = null;
  }

  #tell(cell: string): void {
    for (const listener of this.#watchers) listener(cell);
  }

  #receiveDocument(data: Buffer): void {
    if (data[0] !== binaryKind.sync) return;
    const encoder = encoding.createEncoder();
    encoding.writeUint8(encoder, binaryKind.sync);
    const kind = sync.readSyncMessage(
      decoding.createDecoder(new Uint8Array(data.subarray(1))),
      encoder,
      this.#doc,
      this,
    );
    if (encoding.length(encoder) > 1) {
      // The answer to a step 1, which the server counts as an update.
      this.#updatesSent += 1;
      this.#socket.send(encoding.toUint8Array(encoder));
    }
    if (kind === sync.messageYjsSyncStep2) this.#synced.resolve();
  }

  #sendSync(write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder();
    encoding.writeUint8(encoder, binaryKind.sync);
    write(encoder);
    this.#socket.send(encoding.toUint8Array(encoder));
  }

  #sendJson(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }
}
