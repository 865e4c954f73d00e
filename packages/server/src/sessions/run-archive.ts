import { type CellRunRecord, StorageUnavailable, type Store } from '../store/store.ts';

/** What is told to the archive while cells run is written within this, so that a cascade is one write. */
const gatherMs = 100;
/** What a run shows on its way is written this often, or less where that takes long. */
const progressMs = 250;
/**
 * Writing may take this share of the time, so that cells that show much again and again do not flood the database;
 * what was not used is saved up, for so long, and pays for what people do now and then.
 */
const share = 0.1;
const savedUpMs = 1_000;
const retryMs = 1_000;
const maxRetryMs = 30_000;

/**
 * Writes what cells ran and showed. When a notebook comes to rest that begins as soon as its clients have been told,
 * and never before: no cascade waits for it, and what a server that is killed has not stored yet is what came in the
 * few milliseconds before. One write is under way at a time; all that gathers meanwhile goes into the next. Tried again
 * while the database is away. Outputs can be recomputed, so only an HTTP call that waits for the notebook to be at rest
 * waits for this too, unlike for edits.
 */
export class RunArchive {
  #store: Store;
  #notebook: string;
  #describe: (cell: string) => CellRunRecord | null;
  #onError: (error: unknown) => void;
  #dirty = new Set<string>();
  #removed = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  /** When the timer goes off, by the monotonic clock. */
  #due = Number.POSITIVE_INFINITY;
  /** No write by the timer begins earlier. */
  #notBefore = 0;
  /** When all that was written will have been paid for, at `share`. */
  #paidAt = 0;
  /** The last write. */
  #tookMs = 0;
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

  /** What there is to store of the cells has changed. */
  touch(cells: Iterable<string>): void {
    for (const cell of cells) {
      this.#dirty.add(cell);
      this.#removed.delete(cell);
    }
    this.#schedule(gatherMs);
  }

  /** A cell that runs has shown something more. */
  progress(cell: string): void {
    this.#dirty.add(cell);
    this.#schedule(Math.max(progressMs, this.#tookMs / share));
  }

  remove(cell: string): void {
    this.#dirty.delete(cell);
    this.#removed.add(cell);
    this.#schedule(gatherMs);
  }

  /** Cells that are to be written. */
  get waiting(): ReadonlySet<string> {
    return this.#dirty;
  }

  /** Nothing more is to be waited for. Without a moment's delay: until PostgreSQL has it, a kill loses it. */
  hurry(): void {
    if (this.#writing === null && performance.now() >= this.#notBefore) void this.flush();
    else this.#schedule(0);
  }

  /** What waits is worth a write of its own. */
  soon(withinMs: number): void {
    this.#schedule(withinMs);
  }

  /** Writes what is waiting; resolves when it is written or could not be. */
  async flush(): Promise<void> {
    this.#stopTimer();
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
    const from = performance.now();
    try {
      const records = dirty.flatMap((cell) => this.#describe(cell) ?? []);
      if (records.length > 0) await this.#save(records);
      if (removed.length > 0) await this.#store.deleteRuns(this.#notebook, removed);
      this.#retryMs = retryMs;
      this.#tookMs = performance.now() - from;
      this.#paidAt = Math.max(this.#paidAt, from) + this.#tookMs / share;
      this.#notBefore = this.#paidAt - savedUpMs / share;
    } catch (error) {
      this.#onError(error);
      for (const cell of dirty) if (!this.#removed.has(cell)) this.#dirty.add(cell);
      for (const cell of removed) if (!this.#dirty.has(cell)) this.#removed.add(cell);
      this.#notBefore = performance.now() + this.#retryMs;
      this.#schedule(0);
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

  #schedule(withinMs: number): void {
    if (this.#closed || this.#dirty.size + this.#removed.size === 0) return;
    const now = performance.now();
    const due = Math.max(now + withinMs, this.#notBefore);
    if (this.#due <= due) return;
    this.#stopTimer();
    this.#due = due;
    this.#timer = setTimeout(() => this.#onDue(), due - now);
  }

  #onDue(): void {
    this.#stopTimer();
    if (this.#writing !== null) void this.#writing.then(() => this.#schedule(0));
    else if (performance.now() < this.#notBefore) this.#schedule(0);
    else void this.flush();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#due = Number.POSITIVE_INFINITY;
  }
}
