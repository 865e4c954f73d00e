import { type CellRunRecord, StorageUnavailable, type Store } from '../store/store.ts';

/** Finished runs are written together once none has ended for this long, so that writing delays no cascade. */
const quietMs = 100;
/** And at the latest so long after the first of them ended. */
const maxWaitMs = 2_000;
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
  /** When, by the monotonic clock, what waits is to be written at the latest. */
  #deadline = 0;
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
    this.#gather();
  }

  remove(cell: string): void {
    this.#dirty.delete(cell);
    this.#removed.add(cell);
    this.#gather();
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

  #gather(): void {
    const now = performance.now();
    if (this.#timer === null || now > this.#deadline) this.#deadline = now + maxWaitMs;
    this.#schedule(Math.min(quietMs, this.#deadline - now));
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.flush();
    }, ms);
  }
}
