/**
 * The trail of who did what, when and from where. Events are told in passing and written together a moment later:
 * nobody waits for them, and none is lost when the server ends in order. Nothing secret is in an event: no code, no
 * value, no token.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { AuditAction } from '@rnb/protocol';
import { and, asc, desc, eq, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { union } from 'drizzle-orm/pg-core';
import type { Actor } from '../auth/actor.ts';
import { retryWhileAway } from './retry.ts';
import { auditEvents } from './schema.ts';

const awayLimitMs = 10_000;
const gatherMs = 200;
/** Waiting to be written; the oldest are dropped, and that is logged, rather than filling the memory. */
const maxWaiting = 10_000;
const maxDetailLength = 500;
const maxToldOnce = 1_000;
/** How long an event is kept. */
export const keptDays = 400;
const forgetEveryMs = 60 * 60 * 1000;
const forgottenAtOnce = 1_000;

export interface AuditEntry extends Actor {
  action: AuditAction;
  notebook: string | null;
  /** For people: whom or what it was done to. */
  detail: string;
  /** Whose account it was done to, where that is not the actor; they have it in their trail too. */
  about?: string | null;
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
  readonly #toldOnce = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #forgetTimer: NodeJS.Timeout | null = null;
  #forgetting: Promise<void> = Promise.resolve();
  #writing: Promise<void> = Promise.resolve();

  constructor(db: NodePgDatabase, log: { error(fields: object, message: string): void }) {
    this.#db = db;
    this.#log = log;
  }

  tell(entry: AuditEntry): void {
    if (entry.once !== undefined) {
      // Most are told again within the minute, and need not be brought to the database to find that out.
      if (this.#toldOnce.has(entry.once)) return;
      if (this.#toldOnce.size >= maxToldOnce) this.#toldOnce.clear();
      this.#toldOnce.add(entry.once);
    }
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

  /** Of a notebook, or of a person and what was done to their account; the latest first. One more than `limit`, if there is. */
  async list(
    of: { notebook: string } | { person: string },
    { before, limit }: { before?: number | undefined; limit: number },
  ): Promise<AuditRecord[]> {
    await this.flush();
    const idsOf = (which: SQL | undefined) =>
      this.#db
        .select({ id: auditEvents.id })
        .from(auditEvents)
        .where(and(which, before === undefined ? undefined : lt(auditEvents.id, before)))
        .orderBy(desc(auditEvents.id))
        .limit(limit + 1);
    // Each by an index of its own.
    const ids =
      'notebook' in of
        ? idsOf(eq(auditEvents.notebookId, of.notebook))
        : union(
            idsOf(and(eq(auditEvents.actorId, of.person), isNull(auditEvents.notebookId))),
            idsOf(eq(auditEvents.about, of.person)),
          );
    const rows = await retryWhileAway(awayLimitMs, () =>
      this.#db
        .select()
        .from(auditEvents)
        .where(inArray(auditEvents.id, ids))
        .orderBy(desc(auditEvents.id))
        .limit(limit + 1),
    );
    return rows.map(({ key: _, notebookId, ...row }) => {
      // From where an administrator works is their own business; from where somebody failed to sign in is not.
      const isOfAnother = 'person' in of && row.actorId !== null && row.actorId !== of.person;
      return { ...row, notebook: notebookId, address: isOfAnother ? null : row.address };
    });
  }

  /** Deletes, now and every hour, what is too old; until `close`. */
  forgetInTime(): void {
    this.#forgetting = this.forget().then(
      () => {},
      (error) => this.#log.error({ err: error }, 'The end of the audit trail cannot be deleted'),
    );
    this.#forgetTimer = setTimeout(() => this.forgetInTime(), forgetEveryMs);
    this.#forgetTimer.unref();
  }

  /** In small portions, so that nothing waits for it; returns how many there were. */
  async forget(): Promise<number> {
    const old = this.#db
      .select({ id: auditEvents.id })
      .from(auditEvents)
      .where(lt(auditEvents.at, sql`now() - make_interval(days => ${keptDays})`))
      .orderBy(asc(auditEvents.at))
      .limit(forgottenAtOnce);
    for (let all = 0; ; ) {
      const deleted = await retryWhileAway(awayLimitMs, () =>
        this.#db
          .delete(auditEvents)
          .where(inArray(auditEvents.id, old))
          .returning({ id: auditEvents.id }),
      );
      all += deleted.length;
      if (deleted.length < forgottenAtOnce) return all;
    }
  }

  /** Resolves when all that was told is written, or could not be. */
  async close(): Promise<void> {
    if (this.#forgetTimer !== null) clearTimeout(this.#forgetTimer);
    await Promise.all([this.flush(), this.#forgetting]);
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
