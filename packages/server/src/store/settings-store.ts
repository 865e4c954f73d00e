import { eq } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { retryWhileAway } from './retry.ts';
import { settings } from './schema.ts';

const awayLimitMs = 10_000;

/** What the servers of one database have to agree on. */
export class SettingsStore {
  readonly #db: NodePgDatabase;

  constructor(db: NodePgDatabase) {
    this.#db = db;
  }

  /** What stands under a key; where nothing does, this value from now on, for all who ask. */
  async settle(key: string, value: string): Promise<string> {
    await this.#try(() => this.#db.insert(settings).values({ key, value }).onConflictDoNothing());
    const rows = await this.#try(() =>
      this.#db.select().from(settings).where(eq(settings.key, key)),
    );
    return rows[0]?.value ?? value;
  }

  async replace(key: string, value: string): Promise<void> {
    await this.#try(() => this.#db.update(settings).set({ value }).where(eq(settings.key, key)));
  }

  #try<T>(attempt: () => Promise<T>): Promise<T> {
    return retryWhileAway(awayLimitMs, attempt);
  }
}
