import type { CellRunRecord, Store } from '../store/store.ts';

/** How long a finished run may wait to be written together with others. */
const gatherMs = 100;
const retryMs = 1_000;

/**
 * Writes what cells ran and showed behind the scenes: gathered, one statement at a time, tried again while the
 * database is away. Outputs can be recomputed, so nothing waits for this, unlike for edits.
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
    await this.#writing;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
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

  async #write(dirty: string[], removed: string[]): Promise<void> {
    try {
      const records = dirty.flatMap((cell) => this.#describe(cell) ?? []);
      if (records.length > 0) await this.#store.saveRuns(this.#notebook, records);
      if (removed.length > 0) await this.#store.deleteRuns(this.#notebook, removed);
    } catch (error) {
      for (const cell of dirty) if (!this.#removed.has(cell)) this.#dirty.add(cell);
      for (const cell of removed) if (!this.#dirty.has(cell)) this.#removed.add(cell);
      this.#onError(error);
      this.#schedule(retryMs);
    }
  }

  #schedule(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.flush();
    }, ms);
  }
}
