import { randomUUID } from 'node:crypto';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { retryWhileAway } from './retry.ts';
import { documentUpdates } from './schema.ts';

interface Append {
  row: { id: string; notebookId: string; data: Uint8Array };
  resolve: (seq: number) => void;
  reject: (error: unknown) => void;
}

const gatherMs = 2;
const awayLimitMs = 60_000;
const maxRows = 1_000;
const maxBytes = 8 * 1024 * 1024;

/**
 * Appends document updates with group commit: what arrives while one insert is under way shares the next. An update
 * that could not be stored takes those of its notebook that wait with it: they may build on it, and a log with a gap
 * is a damaged notebook.
 */
export class UpdateLog {
  readonly #db: NodePgDatabase;
  #waiting: Append[] = [];
  #writing = false;

  constructor(db: NodePgDatabase) {
    this.#db = db;
  }

  /** Resolves with the row's sequence number once it is committed. */
  append(notebookId: string, data: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ row: { id: randomUUID(), notebookId, data }, resolve, reject });
      if (this.#writing) return;
      this.#writing = true;
      setTimeout(() => void this.#drain(), gatherMs);
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#write(this.#take());
    this.#writing = false;
  }

  #take(): Append[] {
    let bytes = 0;
    let count = 0;
    for (const { row } of this.#waiting) {
      bytes += row.data.length;
      if (count > 0 && (count >= maxRows || bytes > maxBytes)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(batch: Append[]): Promise<void> {
    try {
      const inserted = await retryWhileAway(awayLimitMs, () =>
        this.#db
          .insert(documentUpdates)
          .values(batch.map((append) => append.row))
          .onConflictDoNothing()
          .returning({ id: documentUpdates.id, seq: documentUpdates.seq }),
      );
      const seqs = new Map(inserted.map((row) => [row.id, row.seq]));
      // A row already there, from an attempt whose answer was lost, is not returned; 0 says "number unknown".
      for (const { row, resolve } of batch) resolve(seqs.get(row.id) ?? 0);
    } catch (error) {
      const notebooks = new Set(batch.map(({ row }) => row.notebookId));
      const follows = ({ row }: Append) => notebooks.has(row.notebookId);
      const lost = [...batch, ...this.#waiting.filter(follows)];
      this.#waiting = this.#waiting.filter((append) => !follows(append));
      for (const { reject } of lost) reject(error);
    }
  }
}
