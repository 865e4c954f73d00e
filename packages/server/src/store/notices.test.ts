import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { ClientConfig } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../test/postgres.ts';
import { type Heard, maxWaiting, type Notice, Notices } from './notices.ts';

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
async function another(
  where: ClientConfig = database.where,
  askEveryMs = 60_000,
): Promise<Notices> {
  const one = new Notices(where, silent, { askEveryMs, answerWithinMs: 500 });
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

/** A way to the database whose connections can be left open with nothing coming through. */
async function openWay() {
  let isStuck = false;
  const sockets = new Set<Socket>();
  const dead = new Set<Socket>();
  const pipe = (from: Socket, to: Socket) => {
    sockets.add(from);
    if (isStuck) dead.add(from);
    from.on('data', (data) => dead.has(from) || to.write(data));
    from.on('error', () => {});
    from.on('close', () => to.destroy());
  };
  const server = createServer((client) => {
    const upstream = connect(join(String(database.where.host), '.s.PGSQL.5432'));
    pipe(client, upstream);
    pipe(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The way has no port');
  return {
    where: { ...database.where, host: '127.0.0.1', port: address.port },
    /** All connections, and all that are made from now on. */
    stick() {
      isStuck = true;
      for (const socket of sockets) dead.add(socket);
    },
    /** New connections alone. */
    free() {
      isStuck = false;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('while the database answers nothing on an open connection', () => {
  test('that is found out, and then others are heard again', async () => {
    await using way = await openWay();
    const [one, other] = [await another(way.where, 20), await another()];
    const missed = next(one);
    way.stick();
    way.free();
    expect(await missed).toEqual({ type: 'missed' });
    const heard = next(one);
    other.publish(notice);
    expect(await heard).toEqual(notice);
    await one.close();
  });

  test('what is told waits, and is told when it answers', async () => {
    await using way = await openWay();
    const [one, other] = [await another(way.where), await another()];
    const heard: Heard[] = [];
    const both = new Promise<void>((resolve) => {
      other.subscribe((told) => heard.push(told) === 2 && resolve());
    });
    way.stick();
    one.publish(notice);
    one.publish({ type: 'sign_in_ended', subject: 'user:u' });
    way.free();
    await both;
    expect(heard).toContainEqual(notice);
    await one.close();
  });

  test('too much is told as one word: everything may be different', async () => {
    await using way = await openWay();
    const [one, other] = [await another(way.where), await another()];
    const heard = next(other);
    way.stick();
    for (let i = 0; i <= maxWaiting; i += 1) {
      one.publish({ type: 'access_changed', notebook: String(i) });
    }
    way.free();
    expect(await heard).toEqual({ type: 'missed' });
    await one.close();
  });

  test('closing waits no longer than for an answer', async () => {
    await using way = await openWay();
    const one = await another(way.where);
    way.stick();
    one.publish(notice);
    await one.close();
  });
});
