import { type CellRunRecord, StorageUnavailable, type Store } from '../store/store.ts';

/** How long a finished run may wait to be written together with others. */
const gatherMs = 100;
const retryMs = 1_000;
const maxRetryMs = 30_000;

/**
 * Writes what cells ran and showed behind the scenes: gathered, one statement at a time, tried again while the
 * database is away. Outputs can be recomputed, so only an HTTP call that waits for the notebook to be at rest waits for
 * this too, unlike for edits.
 */
export class RunArchive {
  #store: Store;
  #notebook: string;
  #describe: (cell: string) => CellRunRecord | null;
  #onError: (error: unknown) => void;
  #dirty = new Set<string>();
  #removed = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #retryMs = retryMs;
  #closed = false;

  constructor(
    store: Store,
    notebook: string,
    describe: (cell: string) => CellRunRecord | null,
    onError: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#notebook = notebook;
    this.#describe = describe;
    this.#onError = onError;
  }

  touch(cells: Iterable<string>): void {
    for (const cell of cells) {
      this.#dirty.add(cell);
      this.#removed.delete(cell);
    }
    this.#schedule(gatherMs);
  }

  remove(cell: string): void {
    this.#dirty.delete(cell);
    this.#removed.add(cell);
    this.#schedule(gatherMs);
  }

  /** Writes what is waiting; resolves when it is written or could not be. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#writing !== null) await this.#writing;
    if (this.#dirty.size + this.#removed.size === 0) return;
    const dirty = [...this.#dirty];
    const removed = [...this.#removed];
    this.#dirty.clear();
    this.#removed.clear();
    this.#writing = this.#write(dirty, removed).finally(() => {
      this.#writing = null;
    });
    await this.#writing;
  }

  /** Writes what is waiting, once; from then on this archive is silent, for another session may write. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  async #write(dirty: string[], removed: string[]): Promise<void> {
    try {
      const records = dirty.flatMap((cell) => this.#describe(cell) ?? []);
      if (records.length > 0) await this.#save(records);
      if (removed.length > 0) await this.#store.deleteRuns(this.#notebook, removed);
      this.#retryMs = retryMs;
    } catch (error) {
      this.#onError(error);
      for (const cell of dirty) if (!this.#removed.has(cell)) this.#dirty.add(cell);
      for (const cell of removed) if (!this.#dirty.has(cell)) this.#removed.add(cell);
      this.#schedule(this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, maxRetryMs);
    }
  }

  async #save(records: CellRunRecord[]): Promise<void> {
    try {
      await this.#store.saveRuns(this.#notebook, records);
    } catch (error) {
      if (error instanceof StorageUnavailable) throw error;
      // The database refuses one of them, and will again: it must not keep the others from being stored.
      for (const record of records) {
        try {
          await this.#store.saveRuns(this.#notebook, [record]);
        } catch (refused) {
          if (refused instanceof StorageUnavailable) throw refused;
          this.#onError(refused);
        }
      }
    }
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.flush();
    }, ms);
  }
}
