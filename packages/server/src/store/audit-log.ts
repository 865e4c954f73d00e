/**
 * The trail of who did what, when and from where. Events are told in passing and written together a moment later:
 * nobody waits for them, and none is lost when the server ends in order. Nothing secret is in an event: no code, no
 * value, no token.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { AuditAction } from '@rnb/protocol';
import { and, desc, eq, isNull, lt, type SQL } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { retryWhileAway } from './retry.ts';
import { auditEvents } from './schema.ts';

const awayLimitMs = 10_000;
const gatherMs = 200;
/** Waiting to be written; the oldest are dropped, and that is logged, rather than filling the memory. */
const maxWaiting = 10_000;
const maxDetailLength = 500;

export interface AuditEntry {
  action: AuditAction;
  /** Null where nobody signed in. */
  actorId: string | null;
  actorName: string;
  /** In the page, or by which API token. */
  via: string;
  /** The address they came from. */
  address: string | null;
  notebook: string | null;
  /** For people: whom or what it was done to. */
  detail: string;
  /** Names what is told once alone, however many servers tell it. */
  once?: string;
}

export interface AuditRecord extends AuditEntry {
  id: number;
  at: Date;
}

export class AuditLog {
  readonly #db: NodePgDatabase;
  readonly #log: { error(fields: object, message: string): void };
  #waiting: (AuditEntry & { key: string; at: Date })[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(db: NodePgDatabase, log: { error(fields: object, message: string): void }) {
    this.#db = db;
    this.#log = log;
  }

  tell(entry: AuditEntry): void {
    const detail = clean(entry.detail, maxDetailLength);
    const key = entry.once === undefined ? randomUUID() : uuidOf(entry.once);
    this.#waiting.push({ ...entry, detail, key, at: new Date() });
    if (this.#waiting.length > maxWaiting) {
      this.#waiting.shift();
      this.#log.error({}, 'An event of the audit trail was dropped: the database does not keep up');
    }
    this.#timer ??= setTimeout(() => void this.flush(), gatherMs);
  }

  /** Resolves when all that was told is written, or could not be. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Of a notebook, or of a person outside of any notebook; the latest first. One more than `limit`, if there is. */
  async list(
    of: { notebook: string } | { person: string },
    { before, limit }: { before?: number | undefined; limit: number },
  ): Promise<AuditRecord[]> {
    await this.flush();
    const which: SQL | undefined =
      'notebook' in of
        ? eq(auditEvents.notebookId, of.notebook)
        : and(eq(auditEvents.actorId, of.person), isNull(auditEvents.notebookId));
    const rows = await retryWhileAway(awayLimitMs, () =>
      this.#db
        .select()
        .from(auditEvents)
        .where(and(which, before === undefined ? undefined : lt(auditEvents.id, before)))
        .orderBy(desc(auditEvents.id))
        .limit(limit + 1),
    );
    return rows.map(({ key: _, notebookId, ...row }) => ({ ...row, notebook: notebookId }));
  }

  async #write(): Promise<void> {
    const entries = this.#waiting;
    if (entries.length === 0) return;
    this.#waiting = [];
    try {
      await retryWhileAway(awayLimitMs, () =>
        this.#db
          .insert(auditEvents)
          .values(
            entries.map(({ notebook, once: _, ...entry }) => ({
              ...entry,
              actorName: clean(entry.actorName, 200),
              via: clean(entry.via, 200),
              notebookId: notebook,
            })),
          )
          .onConflictDoNothing(),
      );
    } catch (error) {
      this.#waiting = [...entries, ...this.#waiting].slice(-maxWaiting);
      this.#log.error({ err: error, events: entries.length }, 'The audit trail cannot be written');
      this.#timer ??= setTimeout(() => void this.flush(), awayLimitMs);
    }
  }
}

/** One line, not too long, that PostgreSQL can keep. */
function clean(text: string, maxLength: number): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .toWellFormed()
    .slice(0, maxLength);
}

/** The same for the same text; a digest in the form of a UUID of version 8. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
