import {
  type CellRunRecord,
  type NotebookRecord,
  NotOwner,
  type Store,
} from '../src/store/store.ts';

interface Notebook {
  record: NotebookRecord;
  deleted: boolean;
  updates: Uint8Array[];
  runs: Map<string, CellRunRecord>;
}

/**
 * A store in memory. Each write is committed at once, or when the test says so: `hold()` makes appends wait for
 * `commit()`, and `failure` is what the next write of its kind rejects with.
 */
export class MemoryStore implements Store {
  readonly #notebooks = new Map<string, Notebook>();
  #held: { write(): void; done: PromiseWithResolvers<void> }[] | null = null;
  readonly failure: { append?: Error; saveRuns?: Error } = {};
  /** How often runs were written. */
  saves = 0;
  described = 0;

  hold(): void {
    this.#held ??= [];
  }

  /** Ends every held append, with a failure if one is given, and holds no more. */
  commit(failure?: Error): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const { write, done } of held) {
      if (failure !== undefined) done.reject(failure);
      else {
        write();
        done.resolve();
      }
    }
  }

  runsOf(id: string): CellRunRecord[] {
    return [...this.#get(id).runs.values()];
  }

  async createNotebook(notebook: Parameters<Store['createNotebook']>[0]): Promise<void> {
    const { id, ownerId, title, cellCount, update, runs } = notebook;
    const now = new Date(0);
    this.#notebooks.set(id, {
      record: { id, ownerId, title, cellCount, createdAt: now, updatedAt: now },
      deleted: false,
      updates: [update],
      runs: new Map(runs.map((run) => [run.cell, structuredClone(run)])),
    });
  }

  async findNotebook(id: string): Promise<NotebookRecord | null> {
    const notebook = this.#notebooks.get(id);
    return notebook === undefined || notebook.deleted ? null : { ...notebook.record };
  }

  async describeNotebook(id: string, fields: { title: string; cellCount: number }): Promise<void> {
    this.described += 1;
    Object.assign(this.#get(id).record, fields);
  }

  async deleteNotebook(id: string, ownerId: string): Promise<void> {
    this.#ownedBy(ownerId, id).deleted = true;
  }

  async restoreNotebook(id: string, ownerId: string): Promise<void> {
    this.#ownedBy(ownerId, id).deleted = false;
  }

  async loadDocument(id: string): Promise<Uint8Array[]> {
    return [...this.#get(id).updates];
  }

  async appendUpdate(id: string, update: Uint8Array): Promise<void> {
    this.#throw('append');
    const write = (): void => void this.#get(id).updates.push(update);
    if (this.#held === null) write();
    else {
      const done = Promise.withResolvers<void>();
      this.#held.push({ write, done });
      await done.promise;
    }
  }

  async compactDocument(id: string, snapshot: Uint8Array): Promise<void> {
    this.#get(id).updates = [snapshot];
  }

  async loadRuns(id: string): Promise<CellRunRecord[]> {
    return structuredClone(this.runsOf(id));
  }

  async saveRuns(id: string, runs: CellRunRecord[]): Promise<void> {
    this.#throw('saveRuns');
    this.saves += 1;
    // As JSON, like a database: what is not JSON does not survive.
    for (const run of runs) {
      const engine: unknown = JSON.parse(JSON.stringify(run.engine));
      this.#get(id).runs.set(run.cell, { ...structuredClone(run), engine });
    }
  }

  async deleteRuns(id: string, cells: string[]): Promise<void> {
    for (const cell of cells) this.#get(id).runs.delete(cell);
  }

  async ping(): Promise<void> {}
  async close(): Promise<void> {}

  #ownedBy(ownerId: string, id: string): Notebook {
    const notebook = this.#notebooks.get(id);
    if (notebook?.record.ownerId !== ownerId) throw new NotOwner();
    return notebook;
  }

  #get(id: string): Notebook {
    const notebook = this.#notebooks.get(id);
    if (notebook === undefined) throw new Error(`no notebook ${id}`);
    return notebook;
  }

  #throw(kind: keyof MemoryStore['failure']): void {
    const failure = this.failure[kind];
    delete this.failure[kind];
    if (failure !== undefined) throw failure;
  }
}
