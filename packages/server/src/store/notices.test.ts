import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../test/postgres.ts';
import { type Heard, type Notice, Notices } from './notices.ts';

const silent = { debug() {}, warn() {} };
const notice: Notice = { type: 'access_changed', notebook: 'n' };

let database: Awaited<ReturnType<typeof testDatabase>>;
const opened: Notices[] = [];
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

/** As another server of the same database has it. */
async function another(): Promise<Notices> {
  const one = new Notices(database.where, silent);
  opened.push(one);
  await one.ready;
  return one;
}

function next(notices: Notices): Promise<Heard> {
  return new Promise((resolve) => {
    const stop = notices.subscribe((heard) => {
      stop();
      resolve(heard);
    });
  });
}

test('every server of the database hears it, whoever tells it at once and once', async () => {
  const [one, other] = [await another(), await another()];
  const own: Heard[] = [];
  one.subscribe((heard) => own.push(heard));
  const heard = next(other);
  one.publish(notice);
  expect(own).toEqual([notice]);
  expect(await heard).toEqual(notice);
  // By then its own has come back, too.
  other.publish({ type: 'sign_in_ended', subject: 'user:u' });
  await next(one);
  expect(own).toEqual([notice, { type: 'sign_in_ended', subject: 'user:u' }]);
});

test('after a time in which nothing could be heard it says so, and hears again', async () => {
  const [one, other] = [await another(), await another()];
  const missed = next(other);
  await database.db.execute(
    sql`select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and pid <> pg_backend_pid()`,
  );
  expect(await missed).toEqual({ type: 'missed' });
  const heard = next(other);
  await one.ready;
  one.publish(notice);
  expect(await heard).toEqual(notice);
});

test('what no server says is not heard', async () => {
  const one = await another();
  const heard = next(one);
  for (const payload of ['', 'no json', '{"from":"x","notice":{"type":"made up"}}']) {
    await database.db.execute(sql`select pg_notify('rnb_notices', ${payload})`);
  }
  const told = { from: 'x', notice };
  await database.db.execute(sql`select pg_notify('rnb_notices', ${JSON.stringify(told)})`);
  expect(await heard).toEqual(notice);
});
