import { readdir, readFile } from 'node:fs/promises';
import type { Pool } from 'pg';

const folder = new URL('./migrations/', import.meta.url);
/** Any number, the same in every server: only one migrates at a time. */
const lockKey = 4747_0001;

/** Runs the files of `migrations/` that this database has not seen, in order, all or none. */
export async function migrate(pool: Pool): Promise<void> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [lockKey]);
    await client.query(
      'create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    const { rows } = await client.query<{ name: string }>('select name from migrations');
    const applied = new Set(rows.map((row) => row.name));
    for (const file of files) {
      if (applied.has(file)) continue;
      await client.query(await readFile(new URL(file, folder), 'utf8'));
      await client.query('insert into migrations (name) values ($1)', [file]);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}
