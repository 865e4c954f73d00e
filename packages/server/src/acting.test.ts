import { once } from 'node:events';
import { openDocument } from '@rnb/document';
import { protocolVersion } from '@rnb/protocol';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import { FakeRefusal, FakeSession } from '../test/fake-session.ts';
import { callRoute, openHttpWorld, tokens } from '../test/http-world.ts';
import { Acting } from './acting.ts';
import { encodeUpdate } from './socket/binary-frame.ts';
import type { AuditEntry } from './store/audit-log.ts';

const by = { actorId: 'a', actorName: 'Ann', via: 'page', address: '192.0.2.1' };

function open() {
  const told: AuditEntry[] = [];
  const session = new FakeSession('n');
  const acting = new Acting({ tell: (entry) => void told.push(entry) });
  const cell = session.document.cells()[0]?.id ?? '';
  return { told, session, acting, cell };
}

const words = (told: AuditEntry[]) =>
  told.map(({ action, detail }) => `${action} ${detail}`.trim());

type Opened = ReturnType<typeof open>;

test.each<[string, string, (world: Opened) => unknown]>([
  ['a run', 'cells_run all', ({ acting, session }) => acting.run(session, 'all', by)],
  [
    'a commit',
    'cells_run edited',
    ({ acting, session, cell }) => acting.commit(session, [cell], by),
  ],
  ['an interrupt', 'run_interrupted', ({ acting, session }) => acting.interrupt(session, by)],
  ['a restart', 'kernel_restarted', ({ acting, session }) => acting.restart(session, by)],
  [
    'a table that is taken out',
    'exported a table of cell 1',
    ({ acting, session, cell }) => acting.exportTable(session, cell, by),
  ],
  [
    'run_cells',
    'cells_run 1 by name',
    ({ acting, session, cell }) =>
      acting.command(session, { type: 'run_cells', id: 1, cells: [cell] }, by),
  ],
  [
    'commit_cells',
    'cells_run edited',
    ({ acting, session, cell }) =>
      acting.command(session, { type: 'commit_cells', id: 1, cells: [cell] }, by),
  ],
  [
    'interrupt',
    'run_interrupted',
    ({ acting, session }) => acting.command(session, { type: 'interrupt', id: 1 }, by),
  ],
  [
    'restart',
    'kernel_restarted',
    ({ acting, session }) => acting.command(session, { type: 'restart', id: 1 }, by),
  ],
  [
    'a title',
    'notebook_renamed',
    ({ acting, session }) => acting.edit(session, (document) => document.setTitle('New'), by),
  ],
  [
    'a mode',
    'mode_changed lazy',
    ({ acting, session }) => acting.edit(session, (document) => document.setMode('lazy'), by),
  ],
  [
    'rest',
    'mode_changed auto, and while somebody rests',
    ({ acting, session }) => acting.edit(session, (document) => document.setRunOnIdle(true), by),
  ],
])('%s is in the trail once', async (_, expected, act) => {
  const world = open();
  await act(world);
  expect(words(world.told)).toEqual([expected]);
  expect(world.told[0]).toMatchObject({ ...by, notebook: 'n' });
});

test('a command that is refused is not in the trail', async () => {
  const { told, session, acting } = open();
  session.failure = new FakeRefusal('conflict', 409, 'Not now.');
  const command = { type: 'run_cells', id: 1, cells: 'all' } as const;
  await expect(acting.command(session, command, by)).rejects.toThrow('Not now.');
  expect(told).toEqual([]);
});

test('an update of a page says what it changed of when cells run, and nothing of what was written', async () => {
  const { told, session, acting, cell } = open();
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(session.document.doc));
  const document = openDocument(doc);
  async function send(change: () => void): Promise<string[]> {
    const before = Y.encodeStateVector(doc);
    change();
    const update = Y.encodeStateAsUpdate(doc, before);
    await acting.applyUpdate(session, update, 'page', by);
    return words(told.splice(0));
  }
  expect(await send(() => document.setCode(cell, 'secret()'))).toEqual([]);
  expect(await send(() => document.setDisabled(cell, true))).toEqual([]);
  expect(await send(() => document.setDisabled(cell, false))).toEqual(['cells_run edited']);
  expect(await send(() => document.setMode('lazy'))).toEqual(['mode_changed lazy']);
  expect(await send(() => document.setTitle('Another'))).toEqual(['notebook_renamed']);
});

describe('over HTTP', () => {
  const tableOfCell1 = 'exported a table of cell 1';
  test.each([
    ['POST', 'cells', { kind: 'python', code: 'x' }, ['cells_run edited']],
    ['POST', 'cells', { kind: 'python' }, []],
    ['PUT', 'cells/{cellId}', { code: 'y' }, ['cells_run edited']],
    ['PUT', 'cells/{cellId}', { name: 'y' }, []],
    ['POST', 'run', {}, ['cells_run all']],
    ['POST', 'interrupt', undefined, ['run_interrupted']],
    ['POST', 'restart', undefined, ['kernel_restarted']],
    ['GET', 'cells/{cellId}/outputs/0/rows?purpose=export', undefined, [tableOfCell1]],
    ['GET', 'cells/{cellId}/outputs/0/rows?purpose=export&offset=100', undefined, []],
    ['GET', 'cells/{cellId}/outputs/0/rows', undefined, []],
    ['PATCH', '', { title: 'T' }, ['notebook_renamed']],
    ['PATCH', '', { mode: 'lazy' }, ['mode_changed lazy']],
  ])('%s /%s %j', async (method, path, body, expected) => {
    await using world = await openHttpWorld();
    const address = `/api/notebooks/{id}/${path}`.replace(/\/$/, '');
    const token = tokens.editor;
    const answer = await callRoute(world, method, address, { token, ...(body && { body }) });
    expect(answer.status).toBeLessThan(300);
    const events = await world.auditLog.list({ notebook: world.notebook }, { limit: 9 });
    expect(words(events)).toEqual(expected);
    for (const event of events) expect(event).toMatchObject({ actorId: world.userId('editor') });
  });
});

test('over the socket, commands and what an update changes are in the trail', async () => {
  await using world = await openHttpWorld();
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(world.session.document.doc));
  const before = Y.encodeStateVector(doc);
  openDocument(doc).setMode('lazy');
  const update = encodeUpdate(Y.encodeStateAsUpdate(doc, before));
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}/ws/notebooks/${world.notebook}`);
  const replied = new Promise<void>((resolve) => {
    socket.on('message', (data, isBinary) => {
      if (!isBinary && data.toString().includes('"reply"')) resolve();
    });
  });
  await once(socket, 'open');
  const hello = { type: 'hello', protocol: protocolVersion, token: tokens.editor };
  socket.send(JSON.stringify(hello));
  socket.send(update);
  socket.send(JSON.stringify({ type: 'commit_cells', id: 1, cells: [world.cell] }));
  await replied;
  socket.terminate();
  const events = await world.auditLog.list({ notebook: world.notebook }, { limit: 9 });
  expect(words(events).sort()).toEqual(['cells_run edited', 'mode_changed lazy']);
  for (const event of events) expect(event).toMatchObject({ actorId: world.userId('editor') });
});
