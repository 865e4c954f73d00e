/**
 * Everything that outlives a process, in PostgreSQL.
 *
 * A notebook's document is a log of Yjs updates with at most one snapshot before them; its runs are one row a cell.
 * A promise that resolves means committed. Every statement is safe to repeat, because each is repeated while the
 * database is away. The store knows nothing of cells' meaning, and leaves it to its caller when to compact.
 */
import { randomUUID } from 'node:crypto';
import { newDoc } from '@rnb/document';
import { CellResult } from '@rnb/protocol';
import { and, asc, desc, eq, inArray, isNull, lte, type SQL, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import * as Y from 'yjs';
import { retryWhileAway } from './retry.ts';
import { cellRuns, documentUpdates, notebooks } from './schema.ts';
import {
  type CellRunRecord,
  NotebookDamaged,
  type NotebookRecord,
  NotOwner,
  type Store,
} from './store.ts';
import { UpdateLog } from './update-log.ts';

const awayLimitMs = 10_000;

export class PostgresStore implements Store {
  readonly #db: NodePgDatabase;
  readonly #log: UpdateLog;
  /** By notebook: the last row of its log that this process has read or had acknowledged. */
  readonly #known = new Map<string, number>();

  constructor(db: NodePgDatabase) {
    this.#db = db;
    this.#log = new UpdateLog(db);
  }

  async createNotebook(notebook: Parameters<Store['createNotebook']>[0]): Promise<void> {
    const { id, ownerId, cellCount, update, runs } = notebook;
    const row = this.#db
      .insert(notebooks)
      .values({ id, ownerId, title: storable(notebook.title), cellCount })
      .onConflictDoNothing();
    const document = this.#db
      .insert(documentUpdates)
      .values({ id: randomUUID(), notebookId: id, data: update })
      .onConflictDoNothing();
    // One statement is one transaction, and one round trip instead of five.
    const all = sql`with notebook as ${row}, document as ${document} ${upsert(id, runs)}`;
    await this.#try(() => this.#db.execute(all));
  }

  async findNotebook(id: string): Promise<NotebookRecord | null> {
    const rows = await this.#try(() =>
      this.#db
        .select()
        .from(notebooks)
        .where(and(eq(notebooks.id, id), isNull(notebooks.deletedAt))),
    );
    return rows[0] ? record(rows[0]) : null;
  }

  async describeNotebook(id: string, fields: { title: string; cellCount: number }): Promise<void> {
    const { cellCount } = fields;
    await this.#try(() =>
      this.#db
        .update(notebooks)
        .set({ title: storable(fields.title), cellCount, updatedAt: sql`now()` })
        .where(eq(notebooks.id, id)),
    );
  }

  deleteNotebook(id: string, ownerId: string): Promise<void> {
    return this.#setDeleted(id, ownerId, sql`now()`);
  }

  restoreNotebook(id: string, ownerId: string): Promise<void> {
    return this.#setDeleted(id, ownerId, null);
  }

  async #setDeleted(id: string, ownerId: string, deletedAt: SQL | null): Promise<void> {
    const rows = await this.#try(() =>
      this.#db
        .update(notebooks)
        .set({ deletedAt })
        .where(and(eq(notebooks.id, id), eq(notebooks.ownerId, ownerId)))
        .returning({ id: notebooks.id }),
    );
    if (rows.length === 0) throw new NotOwner();
  }

  async loadDocument(id: string): Promise<Uint8Array[]> {
    const rows = await this.#try(() =>
      this.#db
        .select({ seq: documentUpdates.seq, data: documentUpdates.data })
        .from(documentUpdates)
        .where(eq(documentUpdates.notebookId, id))
        .orderBy(desc(documentUpdates.isSnapshot), asc(documentUpdates.seq)),
    );
    const updates = rows.map((row) => row.data);
    verify(id, updates);
    this.#learn(id, Math.max(...rows.map((row) => row.seq)));
    return updates;
  }

  async appendUpdate(id: string, update: Uint8Array): Promise<void> {
    this.#learn(id, await this.#log.append(id, update));
  }

  async compactDocument(id: string, snapshot: Uint8Array): Promise<void> {
    // Only rows that the caller had seen when it made the snapshot; what is being appended now stays.
    const upTo = this.#known.get(id) ?? 0;
    const snapshotId = randomUUID();
    await this.#try(() =>
      this.#db.transaction(async (tx) => {
        await tx
          .delete(documentUpdates)
          .where(and(eq(documentUpdates.notebookId, id), lte(documentUpdates.seq, upTo)));
        await tx
          .insert(documentUpdates)
          .values({ id: snapshotId, notebookId: id, isSnapshot: true, data: snapshot })
          .onConflictDoNothing();
      }),
    );
  }

  async loadRuns(id: string): Promise<CellRunRecord[]> {
    const rows = await this.#try(() =>
      this.#db.select().from(cellRuns).where(eq(cellRuns.notebookId, id)),
    );
    return rows.map(({ cell, kind, code, engine, result, startedAt, durationMs }) => ({
      cell,
      kind,
      code: readCode(code),
      engine: JSON.parse(engine),
      result: CellResult.nullable().parse(JSON.parse(result)),
      startedAt,
      durationMs,
    }));
  }

  async saveRuns(id: string, runs: CellRunRecord[]): Promise<void> {
    if (runs.length === 0) return;
    await this.#try(() => this.#db.execute(upsert(id, runs)));
  }

  async deleteRuns(id: string, cells: string[]): Promise<void> {
    if (cells.length === 0) return;
    await this.#try(() =>
      this.#db
        .delete(cellRuns)
        .where(and(eq(cellRuns.notebookId, id), inArray(cellRuns.cell, cells))),
    );
  }

  async ping(): Promise<void> {
    await this.#db.execute(sql`select 1`);
  }

  /** The pool belongs to whoever made it. */
  async close(): Promise<void> {}

  #learn(id: string, seq: number): void {
    if (seq > (this.#known.get(id) ?? 0)) this.#known.set(id, seq);
  }

  #try<T>(attempt: () => Promise<T>): Promise<T> {
    return retryWhileAway(awayLimitMs, attempt);
  }
}

function record(row: typeof notebooks.$inferSelect): NotebookRecord {
  const { deletedAt: _, ...fields } = row;
  return fields;
}

/** PostgreSQL's text has no U+0000 and must be well-formed. */
function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed();
}

function readCode(json: string): string | null {
  const code: unknown = JSON.parse(json);
  return typeof code === 'string' ? code : null;
}

/** Applies the updates to a scratch document; one that is missing what it builds on would stay pending in silence. */
function verify(id: string, updates: Uint8Array[]): void {
  if (updates.length === 0) throw new NotebookDamaged(`Notebook ${id} has no document.`);
  const scratch = newDoc();
  try {
    scratch.transact(() => {
      for (const update of updates) Y.applyUpdate(scratch, update);
    });
  } catch (cause) {
    throw new NotebookDamaged(`Notebook ${id} has an unreadable update.`, { cause });
  }
  if (scratch.store.pendingStructs || scratch.store.pendingDs) {
    throw new NotebookDamaged(`Notebook ${id} lacks updates that later ones build on.`);
  }
  scratch.destroy();
}

/** Columns as arrays: ten thousand rows as single parameters would exceed the protocol's 65,535. */
function upsert(id: string, runs: CellRunRecord[]): SQL {
  // One statement may touch a row once: the last record of a cell counts.
  const rows = [...new Map(runs.map((run) => [run.cell, run])).values()];
  const column = (value: (run: CellRunRecord) => unknown) => sql.param(rows.map(value));
  return sql`
    insert into cell_runs (notebook_id, cell, kind, code, engine, result, started_at, duration_ms)
    select ${id}, * from unnest(
      ${column((run) => run.cell)}::text[],
      ${column((run) => run.kind)}::text[],
      ${column((run) => JSON.stringify(run.code))}::text[],
      ${column((run) => JSON.stringify(run.engine ?? null))}::text[],
      ${column((run) => JSON.stringify(run.result))}::text[],
      ${column((run) => run.startedAt?.toISOString() ?? null)}::timestamptz[],
      ${column((run) => run.durationMs)}::double precision[])
    on conflict (notebook_id, cell) do update set
      kind = excluded.kind, code = excluded.code, engine = excluded.engine, result = excluded.result,
      started_at = excluded.started_at, duration_ms = excluded.duration_ms`;
}
