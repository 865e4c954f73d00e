import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { Pool, type PoolConfig } from 'pg';
import { openDataDirectory } from './data-directory.ts';
import { startPostgres } from './embedded-postgres.ts';
import { migrate } from './migrate.ts';
import { Notices } from './notices.ts';
import { PostgresStore } from './postgres-store.ts';
import { retryWhileAway } from './retry.ts';
import { StorageUnavailable, type Store } from './store.ts';

export interface OpenStore {
  store: Store;
  /** For what keeps its own tables: sign-in and settings. */
  db: NodePgDatabase;
  /** What the servers of this database tell each other. */
  notices: Notices;
  /** Where the database is, for connections of one's own. */
  where: PoolConfig;
  close(): Promise<void>;
}

/** What the store says about its database; pino's loggers fit. */
export interface StoreLog {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Opens the database of `databaseUrl`, or our own in `dataDir`, and brings its tables up to date. */
export async function openStore(
  settings: { dataDir: string; databaseUrl?: string | undefined },
  log: StoreLog,
): Promise<OpenStore> {
  const directory = await openDataDirectory(settings.dataDir);
  const closers = [() => directory.close()];
  const close = async () => {
    for (const step of closers.splice(0).reverse()) await step();
  };
  try {
    let where: PoolConfig = { connectionString: settings.databaseUrl };
    if (settings.databaseUrl === undefined) {
      const postgres = await startPostgres(directory.path, (line) =>
        log.debug({ source: 'postgres' }, line),
      );
      closers.push(() => postgres.close());
      where = { host: postgres.host, user: postgres.user, database: 'postgres' };
    }
    const { pool, notices, ...opened } = await connectStore(where, log).catch((error: unknown) => {
      throw settings.databaseUrl === undefined ? error : unusable(error);
    });
    closers.push(() => pool.end());
    closers.push(() => notices.close());
    return { ...opened, notices, where, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The database says what is wrong; it never repeats the password. */
function unusable(error: unknown): Error {
  const cause = error instanceof StorageUnavailable ? error.cause : error;
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new Error(`The database of DATABASE_URL cannot be used: ${reason}.`, { cause });
}

/** A store on a database that runs already. */
export async function connectStore(where: PoolConfig, log: StoreLog) {
  const pool = new Pool({
    ...where,
    max: 10,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
    // For a database that answers nothing at all, not even that it took too long.
    query_timeout: 20_000,
  });
  // An idle connection that breaks is replaced on next use; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ error: error.message }, 'A database connection broke'));
  try {
    await retryWhileAway(10_000, () => migrate(pool));
  } catch (error) {
    await pool.end();
    throw error;
  }
  const db = drizzle(pool);
  const store: Store = new PostgresStore(db);
  return { pool, db, store, notices: new Notices(where, log) };
}
