import { openDocument } from '@rnb/document';
import { limits, tableMime } from '@rnb/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as Y from 'yjs';
import { Client, notebookId, SessionWorld, updateOf } from '../../test/session-world.ts';
import type { KernelExit } from '../kernels/kernel.ts';
import { StorageUnavailable } from '../store/store.ts';
import type { NotebookSession } from './notebook-session.ts';

let world: SessionWorld;
beforeEach(() => {
  vi.useFakeTimers();
  world = new SessionWorld();
});
afterEach(() => vi.useRealTimers());

function cell(session: NotebookSession, id: string) {
  const found = session.describe('owner').cells.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no cell ${id}`);
  return found;
}

function statuses(session: NotebookSession): string[] {
  return session.describe('owner').cells.map(({ status }) => status);
}

/** The second of two edits, without the first. */
function withGap(session: NotebookSession): Uint8Array {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(session.document.doc));
  openDocument(doc).setTitle('First');
  const before = Y.encodeStateVector(doc);
  openDocument(doc).setTitle('Second');
  return Y.encodeStateAsUpdate(doc, before);
}

async function ran(codes: string[], options?: { mode?: 'lazy' }): Promise<NotebookSession> {
  const session = await world.create(codes, options);
  await session.run('all');
  world.kernel.finish();
  return session;
}

describe('a life of a notebook', () => {
  test('R11: what ran is shown when it is opened again, not live, and nothing runs', async () => {
    const session = await ran(['x', 'y <- x']);
    expect(statuses(session)).toEqual(['success', 'success']);
    await session.close('draining');
    const again = await world.open();
    expect(cell(again, 'c1')).toMatchObject({
      status: 'success',
      stdout: 'y <- x\n',
      edited: false,
      live: false,
      run: 2,
    });
    expect(world.launcher.kernels).toHaveLength(1);
    await again.run(['c1']);
    expect(world.kernel.asked).toEqual(['c0', 'c1']);
  });

  test.each([
    ['a few results are handed to the store before clients are told', 3, 1],
    ['many are written once clients have been told, all at once', 101, 0],
  ])('%s', async (_, count, savesBefore) => {
    const codes = Array.from({ length: count }, (_, at) => (at === 0 ? 'x0' : `x${at} <- x0`));
    const session = await world.create(codes);
    await session.run('all');
    const client = new Client(session);
    const before = world.store.saves;
    const told: number[] = [];
    session.subscribe({
      onEvents: () => told.push(world.store.saves - before),
      onUpdate: () => {},
      onClose: () => {},
    });
    world.kernel.finish();
    expect(client.events('cell_status').at(-1)?.status).toBe('success');
    expect(told.at(-1)).toBe(savesBefore);
    expect(world.store.saves - before).toBe(1);
    expect(world.store.runsOf(notebookId)).toHaveLength(count);
    expect(world.store.runsOf(notebookId).every(({ result }) => result !== null)).toBe(true);
  });

  test('what took long to run is written while other cells run', async () => {
    const session = await world.create(['x', 'y']);
    await session.run('all');
    const run = world.kernel.start('c0');
    await vi.advanceTimersByTimeAsync(500);
    const stored = () => world.store.runsOf(notebookId).find((record) => record.cell === 'c0');
    expect(stored()?.durationMs).toBeNull();
    world.kernel.say({ type: 'done', cell: 'c0', run, outcome: 'ok', durationMs: 500 });
    world.kernel.start('c1');
    await vi.advanceTimersByTimeAsync(20);
    expect(stored()?.durationMs).toBe(500);
  });

  test('results wait while the database is away', async () => {
    const session = await world.create(['x']);
    await session.run('all');
    world.store.failure.saveRuns = new StorageUnavailable('away');
    world.kernel.finish();
    await vi.advanceTimersByTimeAsync(1);
    expect(world.store.runsOf(notebookId)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(world.store.runsOf(notebookId)).toHaveLength(1);
  });

  test('R8: what runs is the text at the time of the command', async () => {
    const session = await world.create(['x']);
    world.analyser.hold();
    const run = session.run(['c0']);
    await session.edit((document) => document.setCode('c0', 'x more'));
    world.analyser.release();
    await run;
    world.kernel.finish();
    expect(cell(session, 'c0')).toMatchObject({ edited: true, stdout: 'x\n' });
  });

  test('running all commits what was edited and asks for each cell once', async () => {
    const session = await ran(['x', 'z']);
    await session.edit((document) => document.setCode('c0', 'x y'));
    await session.run('all');
    expect(world.kernel.requests).toHaveLength(2);
    expect(world.kernel.asked).toEqual(['c0', 'c1']);
    expect(world.kernel.cancelled).toEqual([]);
  });

  test('lazy mode marks readers stale and runs them only when asked', async () => {
    const session = await ran(['x', 'y <- x'], { mode: 'lazy' });
    await session.edit((document) => document.setCode('c0', 'x z'));
    await session.run(['c0']);
    expect(world.kernel.asked).toEqual(['c0']);
    world.kernel.finish();
    expect(statuses(session)).toEqual(['success', 'stale']);
    await session.run('stale');
    expect(world.kernel.asked).toEqual(['c1']);
  });
});

describe('the document', () => {
  test('an update is broadcast at once and resolves when it is stored', async () => {
    const session = await world.create(['x']);
    const client = new Client(session);
    world.store.hold();
    let stored = false;
    const applied = session
      .applyUpdate(
        updateOf(session, (doc) => openDocument(doc).setTitle('New')),
        'me',
      )
      .then(() => {
        stored = true;
      });
    expect(session.document.title).toBe('New');
    expect(client.updates).toHaveLength(1);
    await Promise.resolve();
    expect(stored).toBe(false);
    world.store.commit();
    await applied;
  });

  test('an update sent again is not called saved before the first is', async () => {
    const session = await world.create(['x']);
    const update = updateOf(session, (doc) => openDocument(doc).setTitle('New'));
    world.store.hold();
    const first = session.applyUpdate(update, 'me');
    const again = session.applyUpdate(update, 'me');
    world.store.commit(new StorageUnavailable('away'));
    await expect(first).rejects.toThrow(StorageUnavailable);
    await expect(again).rejects.toThrow(StorageUnavailable);
  });

  test('an edit that cannot be stored ends the session', async () => {
    const session = await world.create(['x']);
    const client = new Client(session);
    world.store.failure.append = new StorageUnavailable('away');
    await expect(session.edit((document) => document.setTitle('New'))).rejects.toThrow('away');
    expect(client.closedFor).toBe('unstored');
    await session.closed;
    expect((await world.open()).document.title).toBe('Test');
  });

  test.each<[string, (update: Uint8Array, session: NotebookSession) => Uint8Array]>([
    ['is cut short', (update) => update.slice(0, -3)],
    ['is noise', () => new Uint8Array([1, 2, 3, 255])],
    ['builds on what never came', (_, session) => withGap(session)],
  ])('an update that %s is refused and leaves nothing behind', async (_, spoil) => {
    const session = await world.create(['x']);
    const before = Y.encodeStateAsUpdate(session.document.doc);
    const good = updateOf(session, (doc) => openDocument(doc).setTitle('Good'));
    await expect(session.applyUpdate(spoil(good, session), 'me')).rejects.toMatchObject({
      code: 'malformed',
    });
    expect(Y.encodeStateAsUpdate(session.document.doc)).toEqual(before);
    await session.applyUpdate(good, 'me');
    expect(session.document.title).toBe('Good');
  });
  test('a deleted cell comes back with its results and its readers follow', async () => {
    const session = await ran(['x', 'y <- x']);
    const undo = new Y.UndoManager(session.document.doc.getMap('cells'), {
      trackedOrigins: new Set(['server']),
    });
    await session.edit((document) => document.removeCell('c0'));
    expect(world.kernel.forgotten).toEqual(['c0']);
    expect(world.kernel.asked).toEqual(['c1']);
    world.kernel.finish();
    const client = new Client(session);
    undo.undo();
    expect(cell(session, 'c0')).toMatchObject({ edited: false, stdout: 'x\n', live: false });
    expect(world.kernel.asked).toEqual(['c0', 'c1']);
    await vi.advanceTimersByTimeAsync(20);
    expect(client.events('cell_stdout')).toMatchObject([{ cell: 'c0', run: 1, text: 'x\n' }]);
    expect(client.events('cell_committed')).toMatchObject([{ cells: [{ id: 'c0', code: 'x' }] }]);
  });

  test.each([
    ['a new cell', null],
    ['new code of a cell', 'x'],
  ])('R8.3: %s that is deleted while it is analysed runs when it comes back', async (_, before) => {
    const session = before === null ? await world.create(['']) : await ran([before]);
    const undo = new Y.UndoManager(session.document.doc.getMap('cells'), {
      trackedOrigins: new Set(['server']),
      captureTimeout: 0,
    });
    await session.edit((document) => document.setCode('c0', 'y'));
    world.analyser.hold();
    const command = session.run(['c0']);
    await session.edit((document) => document.removeCell('c0'));
    world.analyser.release();
    await command;
    expect(session.snapshot().committed).toEqual([]);
    undo.undo();
    expect(cell(session, 'c0')).toMatchObject({ edited: false, status: 'queued' });
    world.kernel.finish();
    expect(cell(session, 'c0')).toMatchObject({ status: 'success', stdout: 'y\n' });
  });

  test('a cell deleted while it runs is interrupted, and what it says is heard no more', async () => {
    const session = await world.create(['x', 'y']);
    await session.run(['c0']);
    const run = world.kernel.start('c0');
    await session.edit((document) => document.removeCell('c0'));
    expect(world.kernel.interrupts).toBe(1);
    world.kernel.start('c0');
    world.kernel.say({ type: 'stream', cell: 'c0', run, stream: 'stdout', text: 'late' });
    world.kernel.done('c0', 'interrupted');
    world.kernel.endBatch();
    expect(session.snapshot().results).toEqual([]);
    await expect(session.whenAtRest(1)).resolves.toBe(true);
  });

  test.each([
    ['auto' as const, 'success'],
    ['lazy' as const, 'stale'],
  ])('in %s mode a cell that becomes Markdown is then %s', async (mode, status) => {
    const session = await world.create(['x'], { mode });
    await session.run('all');
    world.kernel.finish();
    await session.edit((document) => document.setKind('c0', 'markdown'));
    await session.whenAtRest(1_000);
    expect(cell(session, 'c0')).toMatchObject({ kind: 'markdown', status, edited: false });
    expect(world.kernel.forgotten).toEqual(['c0']);
  });

  test('a cell deleted while its new kind is analysed harms nobody', async () => {
    const session = await ran(['x']);
    world.analyser.hold();
    await session.edit((document) => document.setKind('c0', 'markdown'));
    await session.edit((document) => document.removeCell('c0'));
    world.analyser.release();
    await session.whenAtRest(1_000);
    expect(session.ended).toBe(false);
  });
});

describe('commands', () => {
  test('rest is reached when everything asked for has run', async () => {
    const session = await world.create(['x']);
    const rest = session.run('all').then(() => session.whenAtRest(60_000));
    await vi.waitFor(() => expect(world.launcher.kernels).toHaveLength(1));
    world.kernel.finish();
    await expect(rest).resolves.toBe(true);
  });

  test('rest is not reached in time', async () => {
    const session = await world.create(['x']);
    await session.run('all');
    const rest = session.whenAtRest(500);
    await vi.advanceTimersByTimeAsync(500);
    await expect(rest).resolves.toBe(false);
  });

  test('whoever waits for rest hears that the session ended', async () => {
    const session = await world.create(['x']);
    await session.run('all');
    const rest = expect(session.whenAtRest(60_000)).rejects.toMatchObject({ code: 'not_found' });
    await session.close('deleted');
    await rest;
    await expect(session.run('all')).rejects.toMatchObject({ code: 'not_found' });
    await expect(session.whenAtRest(1)).rejects.toMatchObject({ code: 'not_found' });
    expect(() => session.interrupt()).toThrow('deleted');
  });

  test('a command that waits for its analysis is refused when the session ends', async () => {
    const session = await world.create(['x']);
    world.analyser.hold();
    const run = expect(session.run('all')).rejects.toMatchObject({ code: 'unavailable' });
    await vi.waitFor(() => expect(world.analyser.calls).toHaveLength(1));
    await session.close('draining');
    world.analyser.release();
    await run;
    expect(world.launcher.kernels).toEqual([]);
  });

  test.each(['interrupt', 'restart'] as const)(
    '%s cancels what waits for its analysis',
    async (command) => {
      const session = await world.create(['x']);
      world.analyser.hold();
      const run = session.run('all');
      session[command]();
      world.analyser.release();
      await run;
      expect(world.launcher.kernels).toEqual([]);
      expect(cell(session, 'c0')).toMatchObject({ edited: true, status: 'idle' });
    },
  );

  test('R10: an interrupt stops what runs and cancels what waits', async () => {
    const session = await world.create(['x', 'y <- x']);
    await session.run('all');
    world.kernel.start('c0');
    session.interrupt();
    expect(world.kernel.interrupts).toBe(1);
    expect(world.kernel.cancelled).toHaveLength(1);
    world.kernel.done('c0', 'interrupted');
    world.kernel.endBatch();
    expect(statuses(session)).toEqual(['error', 'blocked']);
    expect(cell(session, 'c0')).toMatchObject({
      interrupted: true,
      reason: 'Interrupted before its end. Run it again.',
    });
    expect(cell(session, 'c1').reason).toBe('Cell 1 was interrupted');
    await expect(session.whenAtRest(1)).resolves.toBe(true);
  });

  test('R10.1: a cell that was cancelled before its first run says so until it is asked for again', async () => {
    const session = await world.create(['x', 'y']);
    await session.run('all');
    world.kernel.start('c0');
    session.interrupt();
    world.kernel.done('c0', 'interrupted');
    world.kernel.endBatch();
    expect(cell(session, 'c1')).toMatchObject({
      status: 'idle',
      cancelled: true,
      reason: 'Cancelled before it ran. Run it to see its result.',
    });
    await session.run(['c1']);
    expect(cell(session, 'c1').cancelled).toBeUndefined();
  });

  test.each([
    [null, 'idle', /^The kernel was restarted while/],
    ['ok', 'success', /^What is shown is/],
    ['stopped', 'success', /^What is shown is/],
    ['error', 'error', /^The kernel was restarted while/],
    ['interrupted', 'error', /^The kernel was restarted while/],
  ] as const)(
    'S6: after a run that ended with %s, a restart is told of the run that it cut, over reopening too',
    async (before, status, reason) => {
      const session = await world.create(['x']);
      if (before !== null) {
        await session.run(['c0']);
        world.kernel.start('c0');
        world.kernel.done('c0', before);
        world.kernel.endBatch();
      }
      await session.run(['c0']);
      const run = world.kernel.start('c0');
      world.kernel.say({ type: 'stream', cell: 'c0', run, stream: 'stdout', text: 'so far' });
      await vi.advanceTimersByTimeAsync(100);
      const client = new Client(session);
      session.restart();
      await vi.advanceTimersByTimeAsync(100);
      const told = client.events('cell_status').at(-1);
      expect(told).toMatchObject({ status, runs: [run], cancelled: [true] });
      const shown = {
        status,
        run,
        cancelled: true,
        reason: expect.stringMatching(reason),
        stdout: 'so far',
        error: null,
        startedAt: null,
        durationMs: null,
      };
      expect(cell(session, 'c0')).toMatchObject(shown);
      expect(cell(session, 'c0').interrupted ?? cell(session, 'c0').stopped).toBeUndefined();

      await session.close('draining');
      const again = await world.open();
      expect(cell(again, 'c0')).toMatchObject(shown);
      await again.run(['c0']);
      expect(cell(again, 'c0').cancelled).toBeUndefined();
      expect(world.kernel.start('c0')).toBeGreaterThan(run);
    },
  );

  test('S11: of a chain of stale cells each names the one that changed', async () => {
    const session = await ran(['x', 'y <- x', 'z <- y'], { mode: 'lazy' });
    await session.run(['c0']);
    world.kernel.finish();
    const [, second, third] = session.describe('owner').cells;
    expect([second?.status, third?.status]).toEqual(['stale', 'stale']);
    expect([second?.reason, third?.reason]).toEqual(['x changed in cell 1', 'x changed in cell 1']);
    expect(session.describeCell('c2')?.reason).toBe('x changed in cell 1');
  });

  test('R10: a restart ends the kernel and keeps what is shown', async () => {
    const session = await ran(['x']);
    session.restart();
    expect(world.kernel.closed).toBe(true);
    expect(cell(session, 'c0')).toMatchObject({ status: 'success', stdout: 'x\n', live: false });
    await session.run(['c0']);
    expect(world.launcher.kernels).toHaveLength(2);
  });

  test('R10.7: a run that is under way when the server ends is lost, and its cell says so', async () => {
    const session = await ran(['x', 'y <- x']);
    await vi.advanceTimersByTimeAsync(1);
    await session.run(['c0']);
    const run = world.kernel.start('c0');
    const print = (text: string) =>
      world.kernel.say({ type: 'stream', cell: 'c0', run, stream: 'stdout', text });
    await vi.advanceTimersByTimeAsync(100);
    expect(cell(await world.open(), 'c0')).toMatchObject({ status: 'error', stdout: '' });
    print('one\n');
    print('two\n');
    await vi.advanceTimersByTimeAsync(250);
    print('three\n');

    const again = await world.open();
    expect(cell(again, 'c0')).toMatchObject({
      status: 'error',
      stdout: 'one\ntwo\n',
      error: {
        kind: 'interrupted',
        message: 'The server ended while this cell ran. Run it again.',
      },
      run,
      durationMs: null,
    });
    expect(cell(again, 'c1')).toMatchObject({ status: 'blocked', stdout: 'y <- x\n' });
    await again.run('stale');
    expect(world.kernel.asked).toEqual(['c0', 'c1']);
    expect(world.kernel.runOf('c0')).toBeGreaterThan(run);
  });

  test('R10.7: so it is when the server is stopped', async () => {
    const session = await world.create(['x']);
    await session.run('all');
    world.kernel.start('c0');
    await session.close('draining');
    const again = await world.open();
    expect(cell(again, 'c0')).toMatchObject({ status: 'error', error: { kind: 'interrupted' } });
  });

  test('R10.4: a run that a restart ended was not lost with the server', async () => {
    const session = await ran(['x']);
    await session.run(['c0']);
    world.kernel.start('c0');
    await vi.advanceTimersByTimeAsync(100);
    session.restart();
    await vi.advanceTimersByTimeAsync(1);
    expect(cell(await world.open(), 'c0')).toMatchObject({ status: 'success', error: null });
  });

  test('a cell that is removed while it runs is not kept', async () => {
    const session = await world.create(['x']);
    await session.run('all');
    world.kernel.start('c0');
    await vi.advanceTimersByTimeAsync(100);
    expect(world.store.runsOf(notebookId)).toHaveLength(1);
    await session.edit((document) => document.removeCell('c0'));
    world.kernel.endBatch();
    await vi.advanceTimersByTimeAsync(100);
    expect(world.store.runsOf(notebookId)).toEqual([]);
  });

  test('R7: what is wrong with the code is said on the cell', async () => {
    const session = await world.create(['!', 'a <- b', 'b <- a']);
    await session.run('all');
    expect(cell(session, 'c0').error).toEqual({
      kind: 'syntax',
      message: 'bad code',
      line: 1,
      column: 1,
    });
    expect(cell(session, 'c1').error).toMatchObject({ kind: 'cycle' });
    expect(cell(session, 'c2').error).toMatchObject({ kind: 'cycle' });
  });

  test('without an analyser a run is refused and the notebook still opens; later it is made up for', async () => {
    const session = await world.create(['x', 'y <- x']);
    world.analyser.unavailable = new Error('There is no Python. Install one.');
    await expect(session.run('all')).rejects.toMatchObject({
      code: 'unavailable',
      message: 'There is no Python. Install one.',
    });
    const run = { kind: 'python', engine: null, result: null, startedAt: null, durationMs: null };
    await world.store.saveRuns(notebookId, [
      { cell: 'c0', code: 'x', ...run },
      { cell: 'c1', code: 'y <- x', ...run },
    ]);
    await session.close('draining');
    const again = await world.open();
    expect(cell(again, 'c1')).toMatchObject({ status: 'idle', edited: false, reads: [] });
    world.analyser.unavailable = null;
    world.environment.become('ready');
    await again.whenAtRest(1_000);
    expect(cell(again, 'c1')).toMatchObject({ status: 'idle', reads: ['x'] });
    expect(world.launcher.kernels).toEqual([]);
    await again.run(['c1']);
    expect(world.kernel.asked).toEqual(['c0', 'c1']);
  });

  test('imports that failed while packages were installed are tried again when they are there', async () => {
    const session = await world.create(['x']);
    world.environment.become('installing');
    await session.run('all');
    const run = world.kernel.start('c0');
    const name = 'ModuleNotFoundError';
    world.kernel.say({
      type: 'error',
      cell: 'c0',
      run,
      error: { kind: 'exception', name, message: 'No module', traceback: [] },
    });
    world.kernel.done('c0', 'error');
    world.kernel.endBatch();
    world.environment.become('ready');
    expect(world.kernel.requests).toHaveLength(2);
    world.kernel.finish();
    world.environment.become('ready');
    expect(world.kernel.requests).toHaveLength(2);
    expect(statuses(session)).toEqual(['success']);
  });
});

describe('kernels', () => {
  test('the cell that killed the kernel says so, and keeps what it had printed', async () => {
    const session = await world.create(['x', 'y']);
    await session.run('all');
    world.kernel.ready();
    const run = world.kernel.start('c0');
    world.kernel.say({ type: 'stream', cell: 'c0', run, stream: 'stdout', text: 'so far' });
    world.kernel.exit({ kind: 'died', detail: 'The process was killed.', run: null });
    expect(cell(session, 'c0')).toMatchObject({
      status: 'error',
      stdout: 'so far',
      error: { kind: 'kernel_died', message: 'The process was killed.' },
    });
    expect(world.launcher.kernels).toHaveLength(2);
    expect(world.kernel.asked).toEqual(['c1']);
  });

  test.each<[string, KernelExit]>([
    ['cannot be started', { kind: 'unavailable', detail: 'There is no Python.' }],
    ['dies before it is ready', { kind: 'died', detail: 'There is no Python.', run: null }],
  ])('a kernel that %s fails what waits, once', async (_, exit) => {
    const session = await world.create(['x', 'y <- x', 'z']);
    world.launcher.onLaunch = (kernel) => queueMicrotask(() => kernel.exit(exit));
    await session.run('all');
    await session.whenAtRest(1_000);
    expect(world.launcher.kernels).toHaveLength(1);
    expect(statuses(session)).toEqual(['error', 'blocked', 'error']);
    expect(cell(session, 'c0').error).toMatchObject({ kind: 'kernel_unavailable' });
    expect(session.describe('owner').kernels).toMatchObject([{ status: 'unavailable' }]);
    world.launcher.onLaunch = () => {};
    await session.run(['c0']);
    expect(session.describe('owner').kernels).toMatchObject([{ status: 'starting' }]);
    world.kernel.ready();
    expect(session.describe('owner').kernels).toMatchObject([
      { status: 'busy', message: 'Python 3.14.0' },
    ]);
  });

  test('rows come from the kernel only while the table is there', async () => {
    const session = await world.create(['x']);
    await session.run('all');
    const run = world.kernel.start('c0');
    const output = { data: { [tableMime]: { rows: [] } } };
    world.kernel.say({ type: 'output', cell: 'c0', run, output });
    world.kernel.done('c0');
    world.kernel.endBatch();
    const query = { offset: 0, limit: 10 };
    world.kernel.page = { offset: 0, rowCount: 1, rows: [[1]] };
    await expect(session.rows('c0', 0, query)).resolves.toEqual(world.kernel.page);
    await expect(session.rows('c0', 1, query)).rejects.toMatchObject({ code: 'not_found' });
    world.kernel.page = new Error('busy');
    await expect(session.rows('c0', 0, query)).rejects.toMatchObject({ code: 'unavailable' });
    session.restart();
    await expect(session.rows('c0', 0, query)).rejects.toMatchObject({ code: 'not_live' });
  });
});

test('what may follow a name is asked of the version that the cell sees, or has made', async () => {
  const session = await ran(['df', 'df <- df', 'x <- df']);
  const query = { name: 'df', path: '', of: 'attributes' } as const;
  for (const id of ['c0', 'c1', 'c2']) await session.complete(id, query);
  expect(world.kernel.completed.map(([owner]) => owner)).toEqual(['c0', 'c1', 'c1']);
  expect(await session.complete('c2', { ...query, name: 'nobody' })).toEqual([]);
  session.restart();
  expect(await session.complete('c2', query)).toEqual([]);
  expect(world.kernel.completed).toHaveLength(3);
});

describe('frames', () => {
  test('a cascade of a thousand cells is a few frames, and a snapshot says the same', async () => {
    const codes = Array.from({ length: 1_000 }, (_, i) => (i === 0 ? 'n0' : `n${i} <- n${i - 1}`));
    const session = await world.create(codes);
    session.snapshot();
    const client = new Client(session);
    await session.run('all');
    world.kernel.finish();
    expect(client.frames.length).toBeLessThanOrEqual(4);
    const last = client.events('cell_status').at(-1);
    expect(last?.status).toBe('success');
    expect(last?.cells).toHaveLength(1_000);
    expect(session.snapshot().states.every(({ status }) => status === 'success')).toBe(true);
    expect(session.describe('viewer').atRest).toBe(true);
  });

  test('what a client missed is sent, as long as it is known', async () => {
    const session = await ran(['x']);
    const seq = session.seq;
    await session.run(['c0']);
    world.kernel.finish();
    const missed = session.framesSince(seq);
    expect(missed?.map((frame) => frame.seq)).toEqual([seq + 1]);
    expect(session.framesSince(session.seq)).toEqual([]);
    expect(session.framesSince(session.seq + 1)).toBeNull();
    for (let i = 0; i < 250; i += 1) {
      await session.run(['c0']);
      world.kernel.finish();
    }
    expect(session.framesSince(seq)).toBeNull();
  });

  test('outputs beyond the bounds are left out, with a word about the first', async () => {
    const session = await world.create(['x']);
    await session.run('all');
    const run = world.kernel.start('c0');
    const show = (text: string, displayId?: string): void =>
      world.kernel.say({
        type: 'output',
        cell: 'c0',
        run,
        output: { data: { 'text/plain': text }, ...(displayId !== undefined && { displayId }) },
      });
    const half = 'x'.repeat(limits.maxOutputBytes / 2 + 1);
    for (let i = 0; i < 5; i += 1) show(half, 'bar');
    show('small');
    expect(cell(session, 'c0').outputs).toHaveLength(2);
    show(half);
    show('more');
    const { outputs } = cell(session, 'c0');
    expect(outputs).toHaveLength(3);
    expect(outputs[2]?.data['text/plain']).toMatch(/8\.0 MB was left out/);
  });
});

describe('what does not run, and why', () => {
  const reasons = (session: NotebookSession) =>
    session.describe('owner').cells.map(({ status, reason }) => [status, reason]);
  const disable = (session: NotebookSession, id: string, disabled = true) =>
    session.edit((document) => document.setDisabled(id, disabled));

  test('a disabled cell keeps its result and blocks its readers until it is enabled', async () => {
    const session = await ran(['x', 'y <- x', 'z']);
    await disable(session, 'c0');
    expect(reasons(session)).toEqual([
      ['disabled', 'Does not run until it is enabled'],
      ['blocked', 'Cell 1 is disabled'],
      ['success', null],
    ]);
    expect(cell(session, 'c0')).toMatchObject({ stdout: 'x\n', disabled: true });
    await session.run('all');
    expect(world.kernel.asked).toEqual(['c2']);
    world.kernel.finish();
    await session.edit((document) => document.setCode('c0', 'x w'));
    await session.commit(['c0']);
    expect(world.kernel.requests).toHaveLength(2);
    await disable(session, 'c0', false);
    expect(world.kernel.asked).toEqual(['c0', 'c1']);
  });

  test('R7.3: a syntax error stays when the run of the code before it goes on', async () => {
    const session = await ran(['x']);
    await session.run(['c0']);
    await session.edit((document) => document.setCode('c0', '!'));
    await session.commit(['c0']);
    world.kernel.finish();
    expect(cell(session, 'c0')).toMatchObject({
      status: 'error',
      error: { kind: 'syntax' },
      stdout: '',
    });
  });

  test('R7.3: code that does not parse keeps its names when it is opened again, or a deletion undone', async () => {
    const session = await ran(['x', 'y <- x']);
    await session.edit((document) => document.setCode('c0', '!'));
    await session.commit(['c0']);
    const blocked = ['blocked', expect.stringContaining('Cell 1')];
    expect(reasons(session)[1]).toEqual(blocked);
    const undo = new Y.UndoManager(session.document.doc.getMap('cells'), {
      trackedOrigins: new Set(['server']),
    });
    await session.edit((document) => document.removeCell('c0'));
    world.kernel.finish();
    undo.undo();
    expect(reasons(session)[1]).toEqual(blocked);
    await session.close('draining');
    expect(reasons(await world.open())[1]).toEqual(blocked);
  });

  test('a run of nothing but disabled cells is refused with their number', async () => {
    const session = await ran(['x', 'y']);
    await disable(session, 'c1');
    await expect(session.run(['c1'])).rejects.toThrow('Cell 2 is disabled and does not run');
    await session.run(['c0', 'c1']);
    expect(world.kernel.asked).toEqual(['c0']);
  });

  test('what is disabled is so after the notebook is opened again, or a deletion undone', async () => {
    const session = await ran(['x', 'y <- x']);
    await disable(session, 'c0');
    await session.edit((document) => document.removeCell('c1'));
    await session.edit((document) => {
      document.insertCell({ id: 'c1', kind: 'python', code: 'y <- x', disabled: true });
    });
    expect(statuses(session)).toEqual(['disabled', 'disabled']);
    await session.close('draining');
    expect(statuses(await world.open())).toEqual(['disabled', 'disabled']);
  });

  test('a cell that stopped itself has succeeded, and its readers say who stopped', async () => {
    const session = await world.create(['x', 'y <- x']);
    await session.run('all');
    world.kernel.start('c0');
    world.kernel.done('c0', 'stopped');
    world.kernel.done('c1', 'skipped');
    world.kernel.endBatch();
    expect(reasons(session)).toEqual([
      ['success', 'Stopped early, as its code asked'],
      ['blocked', 'Cell 1 stopped'],
    ]);
    expect(cell(session, 'c0').stopped).toBe(true);
  });

  test('what was never run, and what waits, says so', async () => {
    const session = await world.create(['x', 'y <- x', 'z']);
    await session.run(['c0', 'c1']);
    expect(reasons(session)[1]).toEqual(['queued', 'Runs as soon as the kernel is ready']);
    world.kernel.start('c0');
    expect(reasons(session)).toEqual([
      ['running', null],
      ['queued', 'Waits for cell 1'],
      ['idle', 'Not run yet'],
    ]);
  });

  test('a plan has what follows, and what was edited, and not what is disabled', async () => {
    const session = await ran(['x', 'y <- x', 'z <- y', 'w'], { mode: 'lazy' });
    await session.edit((document) => document.setMode('auto'));
    expect(session.plan(['c0'])).toEqual(['c0', 'c1', 'c2']);
    expect(session.plan('stale')).toEqual([]);
    await session.edit((document) => document.setCode('c3', 'w v'));
    expect(session.plan('stale')).toEqual(['c3']);
    await disable(session, 'c1');
    expect(session.plan('all')).toEqual(['c0', 'c3']);
    await session.edit((document) => document.setMode('lazy'));
    expect(session.plan(['c0'])).toEqual(['c0']);
    expect(() => session.plan(['c9'])).toThrow('There is no cell c9');
    expect(world.kernel.requests).toHaveLength(1);
  });

  test('in lazy mode what a stale cell needs is planned, and runs, before it', async () => {
    const session = await ran(['x', 'y <- x', 'z <- y'], { mode: 'lazy' });
    await session.edit((document) => document.setCode('c0', 'x v'));
    await session.run(['c0']);
    world.kernel.finish();
    expect(statuses(session)).toEqual(['success', 'stale', 'stale']);
    expect(session.plan(['c2'])).toEqual(['c1', 'c2']);
    await session.run(['c2']);
    expect(world.kernel.asked).toEqual(['c1', 'c2']);
  });

  test('what analysis cannot follow is told with the code, and after opening again', async () => {
    const session = await ran(['x ?', 'y']);
    const warnings = [{ message: 'unseen', line: 1 }];
    const committed = [
      { id: 'c0', code: 'x ?', warnings },
      { id: 'c1', code: 'y' },
    ];
    expect(session.snapshot().committed).toEqual(committed);
    expect(cell(session, 'c0').warnings).toEqual(warnings);
    expect(cell(session, 'c1').warnings).toEqual([]);
    await session.close('draining');
    const again = await world.open();
    expect(again.snapshot().committed).toEqual(committed);
    const client = new Client(again);
    await again.edit((document) => document.setCode('c0', 'x'));
    await again.run(['c0']);
    world.kernel.finish();
    expect(client.events('cell_committed').map(({ cells }) => cells)).toEqual([
      [{ id: 'c0', code: 'x' }],
    ]);
    expect(cell(again, 'c0').warnings).toEqual([]);
  });

  test('who rests while writing has whole code run, once, and half-written code left alone', async () => {
    const session = await ran(['x', 'y <- x']);
    const write = async (code: string) => {
      await session.edit((document) => document.setCode('c0', code));
      await session.commitWhole(['c0']);
    };
    await write('!');
    await write(' ');
    expect(world.kernel.requests).toHaveLength(1);
    expect(cell(session, 'c0')).toMatchObject({ status: 'success', edited: true });
    await write('x v');
    expect(world.kernel.asked).toEqual(['c0', 'c1']);
    world.kernel.finish();
    await session.commitWhole(['c0']);
    expect(world.kernel.requests).toHaveLength(2);
    expect(cell(session, 'c0')).toMatchObject({ edited: false, stdout: 'x v\n' });
  });
});
