import type { CellResult } from '@rnb/protocol';

/** A notebook's row: what lists and authorisation need without opening the document; who has it knows SharingStore. */
export interface NotebookRecord {
  id: string;
  ownerId: string;
  title: string;
  cellCount: number;
  createdAt: Date;
  updatedAt: Date;
}

/** What a cell last ran, and what came of it. */
export interface CellRunRecord {
  cell: string;
  /** The committed source; null while the cell was never committed. */
  code: string | null;
  kind: string;
  /** The engine's own record of the last run, opaque to the store. */
  engine: unknown;
  result: CellResult | null;
  startedAt: Date | null;
  durationMs: number | null;
}

/** A document could not be read back: the notebook shows an error, never an empty page, and nothing is written to it. */
export class NotebookDamaged extends Error {
  override name = 'NotebookDamaged';
}

/** The database is away or its disk full; what was asked did not happen. The message is for people. */
export class StorageUnavailable extends Error {
  override name = 'StorageUnavailable';
}

/** Only the owner may do it, and whoever asked is not, or was when they asked and is no more. */
export class NotOwner extends Error {
  override name = 'NotOwner';
  override message = 'This notebook is not yours, or is no longer.';
}

/**
 * Everything that outlives a process. A promise that resolves means committed: the data survive `kill -9` of the
 * server and of PostgreSQL from then on.
 */
export interface Store {
  createNotebook(notebook: {
    id: string;
    ownerId: string;
    title: string;
    /** The first update of the document. */
    update: Uint8Array;
    cellCount: number;
    runs: CellRunRecord[];
  }): Promise<void>;
  /** Null when absent or deleted. */
  findNotebook(id: string): Promise<NotebookRecord | null>;
  /** Keeps what lists show in step with the document. */
  describeNotebook(id: string, fields: { title: string; cellCount: number }): Promise<void>;
  /** Marks it deleted; restorable. */
  /** Throws NotOwner where it is not this owner's, or no longer. */
  deleteNotebook(id: string, ownerId: string): Promise<void>;
  restoreNotebook(id: string, ownerId: string): Promise<void>;

  /** The document as updates to apply in order: a snapshot, then what came after. Throws NotebookDamaged. */
  loadDocument(id: string): Promise<Uint8Array[]>;
  /**
   * Appends updates; resolves once they are committed. Calls made within a few milliseconds share one transaction.
   * Retried while the database is away, up to a bound, then rejects with StorageUnavailable.
   */
  appendUpdate(id: string, update: Uint8Array): Promise<void>;
  /** Replaces the log up to now by one snapshot, in one transaction. */
  compactDocument(id: string, snapshot: Uint8Array): Promise<void>;

  loadRuns(id: string): Promise<CellRunRecord[]>;
  /** Upserts in one statement. */
  saveRuns(id: string, runs: CellRunRecord[]): Promise<void>;
  deleteRuns(id: string, cells: string[]): Promise<void>;

  /** Answers when the database does. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
