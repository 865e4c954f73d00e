import type { NotebookDocument } from '@rnb/document';
import type {
  Cell,
  Command,
  Completion,
  CompletionQuery,
  Notebook,
  NotebookEvent,
  Role,
  RunTarget,
  Snapshot,
  TablePage,
  TableQuery,
} from '@rnb/protocol';

/** A frame of events, as the socket and the event stream send it. */
export interface EventFrame {
  seq: number;
  events: NotebookEvent[];
}

export interface SessionListener {
  onEvents(frame: EventFrame): void;
  /** The document changed, by whomever; `origin` is what was given to `applyUpdate`. */
  onUpdate(update: Uint8Array, origin: unknown): void;
  /** The notebook was deleted, an edit could not be stored, or its session failed; nothing follows. */
  onClose(reason: 'deleted' | 'unstored' | 'failed' | 'draining'): void;
}

/**
 * One open notebook: its document, engine, kernels and clients. Whoever calls has been authorised already.
 * Refusals are thrown as `Refusal` (http/problem).
 */
export interface Session {
  readonly id: string;
  readonly epoch: string;
  readonly document: NotebookDocument;
  readonly seq: number;

  snapshot(): Snapshot;
  /** Frames after `seq`, or null when they are no longer kept. */
  framesSince(seq: number): EventFrame[] | null;
  subscribe(listener: SessionListener): () => void;

  /** Applies a client's update and resolves once it is committed to the database. Throws a Refusal on one that is not whole. */
  applyUpdate(update: Uint8Array, origin: unknown): Promise<void>;
  /** Changes the document on the server's side; resolves once committed. */
  edit(change: (document: NotebookDocument) => void): Promise<void>;

  /**
   * Commits the text of these cells as it stands and has them brought up to date (R8). Does not wait for the runs.
   * Throws a Refusal where all of the given cells are disabled.
   */
  run(target: RunTarget): Promise<void>;
  /** The same for what was just written; what is disabled is committed and does not run. */
  commit(cells: readonly string[]): Promise<void>;
  /** Those of the cells that have changed and can be parsed; code in the making is left alone. */
  commitWhole(cells: readonly string[]): Promise<void>;
  /** The cells that `run` would run, in document order, by what is known of them before. */
  plan(target: RunTarget): string[];
  interrupt(): void;
  restart(): void;
  command(command: Command): Promise<void>;

  /**
   * True at rest, what cells showed being stored then; false when `timeoutMs` passed first. Throws a Refusal when the
   * session ends before either.
   */
  whenAtRest(timeoutMs: number): Promise<boolean>;
  rows(cell: string, output: number, query: TableQuery): Promise<TablePage>;
  /** What may follow a name as this cell sees it, for as long as its value is in a kernel; none where that can't be told. */
  complete(cell: string, query: CompletionQuery): Promise<Completion[]>;
  describe(role: Role): Notebook;
  /** A cell as `describe` has it; undefined when there is none. */
  describeCell(id: string): Cell | undefined;
  close(reason: 'deleted' | 'draining'): Promise<void>;
}

/** Sessions by notebook: opened on first use, closed when nobody looks and nothing runs. */
export interface SessionRegistry {
  /** Opens the session if need be. Throws NotebookDamaged. */
  open(id: string): Promise<Session>;
  /** The session if it is open. */
  find(id: string): Session | undefined;
  close(id: string, reason: 'deleted'): Promise<void>;
  closeAll(): Promise<void>;
}
