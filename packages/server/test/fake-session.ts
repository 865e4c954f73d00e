import { createDocument, type NotebookDocument, openDocument } from '@rnb/document';
import type {
  Cell,
  Command,
  Completion,
  Notebook,
  NotebookEvent,
  Problem,
  Role,
  RunTarget,
  Snapshot,
  TablePage,
} from '@rnb/protocol';
import * as Y from 'yjs';
import type { EventFrame, Session, SessionListener } from '../src/sessions/session.ts';

/** An expected refusal, as the server's own error class carries one. */
export class FakeRefusal extends Error {
  readonly problem: Problem;

  constructor(code: Problem['code'], status: number, detail: string) {
    super(detail);
    this.problem = { type: 'about:blank', title: code, status, code, detail };
  }
}

/**
 * A session without engine, kernels or database, whose every step a test decides: when commits end, what events are
 * told, how commands fail.
 */
export class FakeSession implements Session {
  readonly id: string;
  readonly epoch = 'epoch-1';
  readonly document: NotebookDocument;
  seq = 0;
  readonly commands: Command[] = [];
  /** What it was asked to do or to tell, by the names of its methods and commands; in order. */
  readonly reached: string[] = [];
  /** The code of each cell at the time of the last `run_cells`. */
  codeAtRun: string[] = [];
  /** Thrown by the next command. */
  failure: unknown = null;
  /** While set, commits wait for `endCommit()`. */
  holdsCommits = false;
  readonly #commits: PromiseWithResolvers<void>[] = [];
  readonly #frames: EventFrame[] = [];
  readonly #listeners = new Set<SessionListener>();
  snapshots: Snapshot = {
    states: [],
    results: [],
    committed: [],
    graph: [],
    kernels: [{ language: 'python', status: 'none' }],
    environment: { state: 'ready', detail: 'Ready.', progress: null },
  };

  constructor(id: string) {
    this.id = id;
    const doc = createDocument({ title: 'Fake', cells: [{ kind: 'python', code: 'x = 1' }] });
    this.document = openDocument(doc);
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      for (const listener of [...this.#listeners]) listener.onUpdate(update, origin);
    });
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  get heldCommits(): number {
    return this.#commits.length;
  }

  tell(events: NotebookEvent[]): void {
    this.seq += 1;
    const frame = { seq: this.seq, events };
    this.#frames.push(frame);
    for (const listener of [...this.#listeners]) listener.onEvents(frame);
  }

  end(reason: 'deleted' | 'failed' | 'draining'): void {
    for (const listener of [...this.#listeners]) listener.onClose(reason);
  }

  /** Ends the held commit at `index`, with a failure if one is given. */
  endCommit(index: number, failure?: unknown): void {
    const [held] = this.#commits.splice(index, 1);
    if (failure === undefined) held?.resolve();
    else held?.reject(failure);
  }

  snapshot(): Snapshot {
    this.reached.push('snapshot');
    return this.snapshots;
  }

  framesSince(seq: number): EventFrame[] | null {
    return seq > this.seq ? null : this.#frames.filter((frame) => frame.seq > seq);
  }

  subscribe(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As the real one must, it tries a hostile update on a copy first. */
  async applyUpdate(update: Uint8Array, origin: unknown): Promise<void> {
    this.reached.push('applyUpdate');
    const copy = new Y.Doc();
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(this.document.doc));
    try {
      Y.applyUpdate(copy, update);
    } catch {
      throw new FakeRefusal('malformed', 400, 'The update could not be read.');
    }
    if (copy.store.pendingStructs || copy.store.pendingDs) {
      throw new FakeRefusal('malformed', 400, 'The update lacks what it builds on.');
    }
    Y.applyUpdate(this.document.doc, update, origin);
    if (!this.holdsCommits) return;
    const held = Promise.withResolvers<void>();
    this.#commits.push(held);
    await held.promise;
  }

  async edit(change: (document: NotebookDocument) => void): Promise<void> {
    this.reached.push('edit');
    change(this.document);
  }

  async run(_target: RunTarget): Promise<void> {
    this.reached.push('run');
  }
  async commit(): Promise<void> {
    this.reached.push('commit');
  }
  async commitWhole(): Promise<void> {
    this.reached.push('commitWhole');
  }
  plan(): string[] {
    this.reached.push('plan');
    return this.document.cells().map(({ id }) => id);
  }
  interrupt(): void {
    this.reached.push('interrupt');
  }
  restart(): void {
    this.reached.push('restart');
  }

  async command(command: Command): Promise<void> {
    this.reached.push(command.type);
    this.commands.push(command);
    this.codeAtRun = this.document.cells().map(({ text }) => text.toString());
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure;
  }

  async whenAtRest(): Promise<boolean> {
    return true;
  }

  async complete(): Promise<Completion[]> {
    this.reached.push('complete');
    return [];
  }

  async rows(): Promise<TablePage> {
    this.reached.push('rows');
    return { offset: 0, rowCount: 0, rows: [] };
  }

  describeCell(id: string): Cell | undefined {
    return this.describe('owner').cells.find((cell) => cell.id === id);
  }

  describe(role: Role): Notebook {
    this.reached.push('describe');
    const { title, mode, runOnIdle } = this.document;
    return { id: this.id, title, mode, runOnIdle, role, atRest: true, kernels: [], cells: [] };
  }

  async close(reason: 'deleted' | 'draining'): Promise<void> {
    this.end(reason);
  }
}
