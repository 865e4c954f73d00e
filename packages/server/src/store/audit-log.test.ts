import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../test/postgres.ts';
import { type AuditEntry, AuditLog, keptDays } from './audit-log.ts';
import { auditEvents } from './schema.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let trail: AuditLog;
beforeAll(async () => {
  database = await testDatabase();
  trail = new AuditLog(database.db, { error() {} });
});
afterAll(() => database.close());

function entry(fields: Partial<AuditEntry>): AuditEntry {
  return {
    action: 'cells_run',
    actorId: 'a',
    actorName: 'Somebody',
    via: 'page',
    address: '192.0.2.1',
    notebook: 'n',
    detail: '',
    ...fields,
  };
}

test('events are listed the latest first, page by page, and outlive their writer', async () => {
  for (let i = 0; i < 5; i += 1) trail.tell(entry({ notebook: 'paged', detail: `${i}` }));
  await trail.flush();
  const other = new AuditLog(database.db, { error() {} });
  const first = await other.list({ notebook: 'paged' }, { limit: 2 });
  // One more than asked for tells that there is more.
  expect(first.map(({ detail }) => detail)).toEqual(['4', '3', '2']);
  const next = await other.list({ notebook: 'paged' }, { limit: 9, before: first[1]?.id });
  expect(next.map(({ detail }) => detail)).toEqual(['2', '1', '0']);
  expect(next[0]).toMatchObject({ at: expect.any(Date), address: '192.0.2.1', via: 'page' });
});

test('of a person it has what concerns no notebook', async () => {
  trail.tell(entry({ actorId: 'p', action: 'signed_in', notebook: null }));
  trail.tell(entry({ actorId: 'p', notebook: 'elsewhere' }));
  trail.tell(entry({ actorId: 'q', action: 'signed_in', notebook: null }));
  const events = await trail.list({ person: 'p' }, { limit: 9 });
  expect(events.map(({ action }) => action)).toEqual(['signed_in']);
});

test('of a person it has what others did to their account, and not from where', async () => {
  const of = { actorId: 'admin', action: 'password_reset', notebook: null } as const;
  trail.tell(entry({ ...of, about: 'r' }));
  trail.tell(entry({ ...of, about: 's' }));
  trail.tell(entry({ actorId: null, action: 'sign_in_failed', notebook: null, about: 'r' }));
  expect(await trail.list({ person: 'r' }, { limit: 9 })).toMatchObject([
    { action: 'sign_in_failed', address: '192.0.2.1' },
    { action: 'password_reset', actorId: 'admin', address: null },
  ]);
  expect(await trail.list({ person: 'r' }, { limit: 0 })).toHaveLength(1);
  expect(await trail.list({ person: 'admin' }, { limit: 9 })).toMatchObject([
    { about: 's', address: '192.0.2.1' },
    { about: 'r', address: '192.0.2.1' },
  ]);
});

test('what is too old is forgotten, a portion at a time, and nothing else', async () => {
  const aged = (days: number) => ({
    ...entry({}),
    notebookId: 'aged',
    key: sql<string>`gen_random_uuid()`,
    at: sql<Date>`now() - make_interval(days => ${days})`,
  });
  const old = Array.from({ length: 1_001 }, () => aged(keptDays + 1));
  await database.db.insert(auditEvents).values([...old, aged(keptDays - 1)]);
  expect(await trail.forget()).toBe(1_001);
  expect(await trail.list({ notebook: 'aged' }, { limit: 9 })).toHaveLength(1);
  expect(await trail.forget()).toBe(0);
});

test('what is told once is kept once, whoever tells it', async () => {
  const other = new AuditLog(database.db, { error() {} });
  for (const one of [trail, trail, other]) one.tell(entry({ notebook: 'once', once: 'x' }));
  await trail.flush();
  await other.flush();
  expect(await trail.list({ notebook: 'once' }, { limit: 9 })).toHaveLength(1);
});

test('C19: what somebody types becomes one line that is not too long', async () => {
  const name = `a\nb\u0000c\u2028d\u001b[31m${'x'.repeat(10_000)}\ud800`;
  trail.tell(entry({ notebook: 'clean', actorName: name, detail: name, via: name }));
  const [event] = await trail.list({ notebook: 'clean' }, { limit: 1 });
  expect(event?.detail).toMatch(/^a b c d \[31mx+$/);
  expect(event?.detail.length).toBe(500);
  expect([event?.actorName.length, event?.via.length]).toEqual([200, 200]);
});

test('an event that could not be written is written later', async () => {
  const { db } = database;
  let failures = 1;
  const failing = new Proxy(db, {
    get(target, key, receiver) {
      if (key === 'insert' && failures-- > 0) throw new Error('no');
      return Reflect.get(target, key, receiver);
    },
  });
  const errors: object[] = [];
  const other = new AuditLog(failing, { error: (fields) => errors.push(fields) });
  other.tell(entry({ notebook: 'late', detail: 'kept' }));
  await other.flush();
  expect(errors).toHaveLength(1);
  expect(await other.list({ notebook: 'late' }, { limit: 1 })).toMatchObject([{ detail: 'kept' }]);
});
