/**
 * An open notebook in the browser: the document people write, the run state the server tells, who else is here, and
 * the connection that keeps all three in step. Views read its stores and call its commands; no view knows of sockets.
 *
 * It outlives its sockets. What was typed is in the document and is sent again by state vectors after each reconnect,
 * so nothing typed is lost; run state is resumed from the last frame seen, or replaced by a snapshot. It does not
 * know how anything is shown, and decides nothing about what may be run: the server does.
 */
import { type NotebookDocument, openDocument } from '@rnb/document';
import {
  Announcement,
  type Command,
  type Hello,
  mayEditAs,
  type Problem,
  protocolVersion,
  type Role,
  type RunTarget,
  type Snapshot,
  Welcome,
} from '@rnb/protocol';
import { fromBase64, toBase64 } from 'lib0/buffer';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { z } from 'zod';
import { type Auth, auth, SignInUnreachable } from './auth.ts';
import { createBrowserSocket } from './browser-socket.ts';
import { DocumentSync, fromServer } from './document-sync.ts';
import { holdWhileLeaving } from './leaving.ts';
import { parseJson } from './parse-json.ts';
import { type Peer, peersOf } from './presence.ts';
import { type Readable, Value } from './readable.ts';
import { type RunState, RunStateStore } from './run-state.ts';
import {
  browserSurroundings,
  type Connection,
  type CreateSocket,
  SocketLink,
  type Surroundings,
} from './socket-link.ts';
import { type Structure, StructureStore } from './structure.ts';
import { TokenRenewal } from './token-renewal.ts';
import {
  findUnsent,
  forgetUnsent,
  keepUnsent,
  type Unsent,
  type UnsentCell,
} from './unsent-edits.ts';

/** `unsaved`: there are edits the server does not have, and there is no connection to send them over. */
export type SavedState = 'saved' | 'saving' | 'unsaved';

export interface ClientStatus {
  readonly connection: Connection;
  readonly saved: SavedState;
  /** False until the document has arrived for the first time. */
  readonly loaded: boolean;
  /** Null before the first welcome. */
  readonly role: Role | null;
  readonly user: { readonly id: string; readonly name: string } | null;
}

export interface NotebookClient {
  readonly id: string;
  readonly doc: Y.Doc;
  readonly document: NotebookDocument;
  /** For editor bindings. Local fields: `cell` (the focused cell's id) and the binding's own `cursor`. */
  readonly awareness: Awareness;
  /** For editor bindings, which add themselves as a tracked origin. */
  readonly undoManager: Y.UndoManager;
  readonly runState: RunState;
  readonly structure: Structure;
  readonly status: Readable<ClientStatus>;
  readonly peers: Readable<readonly Peer[]>;
  readonly history: Readable<{ readonly canUndo: boolean; readonly canRedo: boolean }>;
  /** What the person wrote here before and may not send now; it is sent should they be allowed to edit again. */
  readonly kept: Readable<readonly UnsentCell[]>;

  /** Changes the notebook as one step of undo. */
  edit(change: (document: NotebookDocument) => void): void;
  undo(): void;
  redo(): void;

  /** Null when the server took it up; it is not yet done then. Without a connection, a problem at once. */
  run(cells: RunTarget): Promise<Problem | null>;
  /** Has those of the cells run that changed and whose code is whole (PROTOCOL S7). */
  commitWhole(cells: readonly string[]): Promise<Problem | null>;
  interrupt(): Promise<Problem | null>;
  restart(): Promise<Problem | null>;

  /** True while leaving the page would lose something typed. */
  hasUnsaved(): boolean;
  /** The cells that were written in since all was last known to be saved; blank ones are left out. */
  unsent(): readonly UnsentCell[];
  /** Keeps what is not saved for when its writer opens the notebook again. False where it would not outlive the page. */
  keepUnsaved(): boolean;
  /** What was kept is wanted no more. */
  throwAwayKept(): void;
  /** The page is being left: others need not wait for its socket to end, which may take a while. */
  leave(): void;
  /** And is shown again after all, as it was. */
  comeBack(): void;
  /** Tries at once: after signing in, or when the user asks. */
  reconnect(): void;
  /** What is not saved is kept first; what is on its way may still arrive. */
  close(): void;
}

export interface NotebookClientOptions {
  /** How people sign in; else as everything in the page. */
  auth?: Auth;
  createSocket?: CreateSocket;
  surroundings?: Surroundings;
  /** 0 ≤ x < 1, for the jitter of reconnects. */
  random?: () => number;
}

export function openNotebook(id: string, options: NotebookClientOptions = {}): NotebookClient {
  return new OpenNotebook(id, options);
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

class OpenNotebook implements NotebookClient {
  readonly id: string;
  readonly doc = new Y.Doc();
  readonly document = openDocument(this.doc);
  readonly awareness = new Awareness(this.doc);
  readonly undoManager = new Y.UndoManager([this.doc.getMap('cells'), this.doc.getMap('meta')]);
  readonly runState = new RunStateStore();
  readonly structure = new StructureStore(this.document);
  readonly status = new Value<ClientStatus>({
    connection: { state: 'connecting' },
    saved: 'saved',
    loaded: false,
    role: null,
    user: null,
  });
  readonly peers = new Value<readonly Peer[]>([]);
  readonly history = new Value({ canUndo: false, canRedo: false });
  readonly kept = new Value<readonly UnsentCell[]>([]);

  readonly #auth: Auth;
  readonly #surroundings: Surroundings;
  readonly #link: SocketLink;
  readonly #sync: DocumentSync;
  readonly #renewal: TokenRenewal;
  readonly #stopListening: readonly (() => void)[];
  /** Counts sockets, so that what was meant for one reaches no other. */
  #opened = 0;
  /** Once in a row a refused sign-in is tried anew with a fresh token. */
  #mayTryAnew = true;
  /** What was kept before has been looked for, and is in the document. */
  #broughtBack = false;
  /** What the tab keeps of this notebook. */
  #unsent: Unsent | null = null;
  /** How many edits there were when they were last kept. */
  #keptAt = 0;
  /** Nobody looks at it any more; it ends once what is on its way has arrived, or is known not to. */
  #closing = false;
  readonly #unanswered = new Map<number, (problem: Problem | null) => void>();
  /** Written in since all was last saved. */
  readonly #touched = new Set<string>();
  #nextCommand = 1;
  #stateBeforeLeaving: Record<string, unknown> | null = null;
  /** The last frame of events seen; null when only a snapshot will do. */
  #position: { epoch: string; seq: number } | null = null;

  constructor(id: string, options: NotebookClientOptions) {
    this.id = id;
    this.#auth = options.auth ?? auth();
    const createSocket = options.createSocket ?? createBrowserSocket;
    const surroundings = options.surroundings ?? browserSurroundings();
    this.#surroundings = surroundings;
    this.#link = new SocketLink({
      createSocket: (handler) => createSocket(id, handler),
      surroundings,
      random: options.random ?? Math.random,
      handler: {
        onOpen: () => this.#greet(),
        onText: (text) => this.#receive(text),
        onBinary: (frame) => this.#receiveBinary(frame),
        onLost: () => this.#onLost(),
        onConnection: (connection) => {
          const signedOut = connection.state === 'refused' && connection.code === 'unauthenticated';
          if (signedOut && this.#mayTryAnew && this.#auth.provider === 'clerk') {
            void this.#tryAnew(connection);
            return;
          }
          // Where it does not open again, this is the last that is known of it.
          if (isGone(connection)) this.keepUnsaved();
          this.#update({ connection });
          // A newer server brings a newer page; but a reload would lose what was typed and not sent.
          const mismatch = connection.state === 'refused' && connection.code === 'mismatch';
          if (mismatch && !this.hasUnsaved()) surroundings.reload();
        },
      },
    });
    this.#sync = new DocumentSync(this.doc, this.awareness, {
      send: (frame) => this.#link.send(frame),
      onSynced: () => {
        this.#update({ loaded: true });
        this.#link.settled();
        this.#bringBack();
        this.#watch();
      },
      onSaved: () => {
        if (!this.#sync.isUnsaved()) {
          this.#touched.clear();
          this.#forgetKept();
        }
        this.#update({});
        this.#watch();
      },
    });
    this.document.observe((changes, origin) => {
      if (origin === fromServer) return;
      for (const change of changes) if (change.type !== 'meta') this.#touched.add(change.cell);
    });
    this.#renewal = new TokenRenewal({
      getFreshToken: () => this.#auth.getToken({ fresh: true }),
      send: (token) => this.#link.send(JSON.stringify({ type: 'authenticate', token })),
    });
    // The server is asked whoever it is: it says who may go on.
    this.#stopListening = [
      this.#auth.onChange((user) => {
        if (user !== null && this.#isOther(user)) {
          this.#giveWay();
          return;
        }
        if (user === null) this.keepUnsaved();
        this.reconnect();
      }),
      holdWhileLeaving(this),
    ];
    this.awareness.on('change', () => this.#readPeers());
    for (const event of ['stack-item-added', 'stack-item-popped', 'stack-cleared'] as const) {
      this.undoManager.on(event, () => this.#readHistory());
    }
    this.#link.open();
  }

  edit(change: (document: NotebookDocument) => void): void {
    this.undoManager.stopCapturing();
    this.document.transact(() => change(this.document));
    this.undoManager.stopCapturing();
  }

  undo(): void {
    this.undoManager.undo();
  }

  redo(): void {
    this.undoManager.redo();
  }

  run(cells: RunTarget): Promise<Problem | null> {
    return this.#command({ type: 'run_cells', cells });
  }

  commitWhole(cells: readonly string[]): Promise<Problem | null> {
    return this.#command({ type: 'commit_cells', cells: [...cells] });
  }

  interrupt(): Promise<Problem | null> {
    return this.#command({ type: 'interrupt' });
  }

  restart(): Promise<Problem | null> {
    return this.#command({ type: 'restart' });
  }

  hasUnsaved(): boolean {
    return this.#sync.isUnsaved() && this.#sync.edits > this.#keptAt;
  }

  keepUnsaved(): boolean {
    if (!this.hasUnsaved()) return true;
    const { user } = this.status.get();
    if (!user) return false;
    this.#unsent = { update: toBase64(this.#sync.unsavedUpdate()), cells: [...this.unsent()] };
    if (!keepUnsent(this.id, user.id, this.#unsent)) return false;
    this.#keptAt = this.#sync.edits;
    return true;
  }

  throwAwayKept(): void {
    this.#forgetKept();
    this.kept.set([]);
  }

  unsent(): readonly UnsentCell[] {
    if (!this.#sync.isUnsaved()) return [];
    return this.document.cells().flatMap(({ id, kind, text }, index) => {
      const code = text.toString();
      const isUnsent = this.#touched.has(id) && code.trim() !== '';
      return isUnsent ? [{ id, kind, number: index + 1, code }] : [];
    });
  }

  leave(): void {
    const state = this.awareness.getLocalState();
    if (state === null) return;
    this.#stateBeforeLeaving = state;
    this.awareness.setLocalState(null);
  }

  comeBack(): void {
    if (this.#stateBeforeLeaving === null) return;
    this.awareness.setLocalState(this.#stateBeforeLeaving);
    this.#stateBeforeLeaving = null;
  }

  reconnect(): void {
    this.#mayTryAnew = true;
    this.#link.reconnect();
  }

  close(): void {
    this.keepUnsaved();
    this.leave();
    this.#closing = true;
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (!this.#closing || this.status.get().saved === 'saving') return;
    this.#closing = false;
    for (const stop of this.#stopListening) stop();
    this.#link.close();
    this.#renewal.stop();
    this.#sync.close();
    this.structure.close();
    this.awareness.destroy();
    this.doc.destroy();
  }

  #greet(): void {
    this.#opened += 1;
    if (this.#auth.provider === 'local') this.#sayHello(null);
    else void this.#greetWithToken(this.#opened);
  }

  async #greetWithToken(opened: number): Promise<void> {
    try {
      const token = await this.#auth.getToken();
      if (this.#opened === opened) this.#sayHello(token);
    } catch (error) {
      if (this.#opened === opened) this.#link.restart(messageOf(error));
    }
  }

  /** The token may just have expired, while the tab slept perhaps. */
  async #tryAnew(refused: Connection & { state: 'refused' }): Promise<void> {
    this.#mayTryAnew = false;
    this.#update({ connection: { state: 'reconnecting', reason: 'Your sign-in is renewed.' } });
    const opened = this.#opened;
    let connection: Connection = refused;
    try {
      const token = await this.#auth.getToken({ fresh: true });
      if (this.#opened !== opened) return;
      if (token !== null) {
        this.#link.reconnect();
        return;
      }
      connection = { ...refused, reason: 'Sign in again to go on where you were.' };
    } catch (error) {
      connection = { ...refused, reason: messageOf(error) };
    }
    if (this.#opened === opened) this.#update({ connection });
  }

  /** What was written here before: it goes in, or is shown to whoever may not edit any more. */
  #bringBack(): void {
    const { user, role } = this.status.get();
    if (this.#broughtBack || !user) return;
    this.#unsent ??= findUnsent(this.id, user.id);
    if (!mayEditAs(role)) {
      // Some of it may have arrived after all.
      this.kept.set(this.#unsent?.cells.filter((cell) => !this.#has(cell)) ?? []);
      if (this.kept.get().length === 0) this.#forgetKept();
      return;
    }
    this.#broughtBack = true;
    this.kept.set([]);
    if (!this.#unsent) return;
    Y.applyUpdate(this.doc, fromBase64(this.#unsent.update), broughtBack);
    this.#keptAt = this.#sync.edits;
    if (!this.#sync.isUnsaved()) this.#forgetKept();
  }

  #has({ id, code }: UnsentCell): boolean {
    return this.structure.getCell(id)?.text.toString() === code;
  }

  #forgetKept(): void {
    const { user } = this.status.get();
    if (user && this.#unsent) forgetUnsent(this.id, user.id, this.#unsent);
    this.#unsent = null;
  }

  #sayHello(token: string | null): void {
    const hello: Hello = {
      type: 'hello',
      protocol: protocolVersion,
      ...(token === null ? {} : { token }),
      ...(this.#position ? { resume: this.#position } : {}),
    };
    this.#link.send(JSON.stringify(hello));
    this.#sync.ask();
  }

  #receive(text: string): void {
    const message = Received.safeParse(parseJson(text));
    if (!message.success) {
      this.#startAfresh();
      return;
    }
    switch (message.data.type) {
      case 'welcome':
        this.#enter(message.data);
        return;
      case 'events': {
        const { seq, events } = message.data;
        if (this.#position?.seq !== seq - 1) {
          this.#startAfresh();
          return;
        }
        this.#position = { ...this.#position, seq };
        this.runState.applyEvents(events);
        return;
      }
      case 'saved':
        this.#sync.saved(message.data.updates);
        return;
      case 'reply': {
        const answer = this.#unanswered.get(message.data.id);
        this.#unanswered.delete(message.data.id);
        answer?.(message.data.problem);
        this.#watch();
        return;
      }
      case 'authenticated':
        this.#renewal.accepted(message.data.expiresInMs);
        return;
    }
  }

  #enter(welcome: Welcome): void {
    const { epoch, seq, role, user, snapshot } = welcome;
    if (this.#isOther(user.id)) {
      this.#giveWay();
      return;
    }
    this.#position = { epoch, seq };
    if (snapshot) this.runState.applySnapshot(snapshot);
    this.#mayTryAnew = true;
    this.#renewal.accepted(welcome.expiresInMs);
    this.#update({ role, user });
    this.#sync.start({ mayEdit: mayEditAs(role) });
  }

  #isOther(user: string): boolean {
    const before = this.status.get().user;
    return before !== null && before.id !== user;
  }

  /** Somebody else has signed in in this browser: what was written here is not sent in their name. */
  #giveWay(): void {
    this.keepUnsaved();
    this.#link.close();
    this.#surroundings.startOver();
  }

  #receiveBinary(frame: Uint8Array): void {
    try {
      this.#sync.receive(frame);
    } catch {
      // Not of this protocol: a new socket brings everything again.
      this.#startAfresh();
    }
  }

  /** S5: after a gap, a new socket without `resume`. */
  #startAfresh(): void {
    this.#position = null;
    this.#link.restart('The connection got out of step.');
  }

  #onLost(): void {
    this.#opened += 1;
    this.#renewal.stop();
    this.#sync.stop();
    for (const answer of this.#unanswered.values()) {
      answer(
        unavailable(
          'The connection was lost before the server answered. Look before you try again.',
        ),
      );
    }
    this.#unanswered.clear();
  }

  #command(command: WithoutId<Command>): Promise<Problem | null> {
    if (!this.#sync.isSynced()) {
      return Promise.resolve(
        unavailable(
          'Not connected: nothing runs until the server is back. What you write is kept.',
        ),
      );
    }
    const id = this.#nextCommand++;
    return new Promise((resolve) => {
      this.#unanswered.set(id, resolve);
      this.#link.send(JSON.stringify({ ...command, id }));
      this.#watch();
    });
  }

  /** An answer is due for each command and for each edit that is not known to be saved. */
  #watch(): void {
    if (!this.#sync.isSynced()) return;
    const awaited = this.#unanswered.size > 0 || this.#sync.isAwaitingSave();
    if (awaited) this.#link.expectAnswer();
    else this.#link.answered();
  }

  #update(change: Partial<ClientStatus>): void {
    const before = this.status.get();
    const connection = change.connection ?? before.connection;
    const saved = this.#savedState(connection);
    if (saved === before.saved && Object.keys(change).length === 0) return;
    this.status.set({ ...before, ...change, saved });
    this.#endIfDone();
  }

  #savedState(connection: Connection): SavedState {
    if (!this.#sync.isUnsaved()) return 'saved';
    return connection.state === 'connected' && this.#sync.isAwaitingSave() ? 'saving' : 'unsaved';
  }

  #readPeers(): void {
    const peers = peersOf(this.awareness);
    if (JSON.stringify(peers) !== JSON.stringify(this.peers.get())) this.peers.set(peers);
  }

  #readHistory(): void {
    const canUndo = this.undoManager.canUndo();
    const canRedo = this.undoManager.canRedo();
    const before = this.history.get();
    if (before.canUndo !== canUndo || before.canRedo !== canRedo) {
      this.history.set({ canUndo, canRedo });
    }
  }
}

/**
 * What the server says, but for the snapshot as it stands: to check each cell of a long notebook takes as long as to
 * draw a screen of them, and the server that sends it has checked it.
 */
const Received = z.discriminatedUnion('type', [
  Welcome.extend({ snapshot: z.custom<Snapshot | null>() }),
  ...Announcement.options,
]);

const isGone = (connection: Connection): boolean =>
  connection.state === 'refused' &&
  (connection.code === 'forbidden' || connection.code === 'not_found');

/** The origin of what was kept. */
const broughtBack = Symbol('brought back');

function messageOf(error: unknown): string {
  return error instanceof SignInUnreachable ? error.message : 'Signing in failed. Try again.';
}

function unavailable(detail: string): Problem {
  return { type: 'about:blank', title: 'Not connected', status: 0, code: 'unavailable', detail };
}
