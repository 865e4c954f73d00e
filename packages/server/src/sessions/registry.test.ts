import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { notebookId, SessionWorld } from '../../test/session-world.ts';
import { openRegistry } from './registry.ts';
import type { SessionRegistry } from './session.ts';

let world: SessionWorld;
let workRoot: string;
let registry: SessionRegistry;

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'performance'],
  });
  world = new SessionWorld();
  await (await world.create(['x'])).close('draining');
  workRoot = await mkdtemp(join(tmpdir(), 'rnb-registry-'));
  registry = openRegistry({
    store: world.store,
    analyser: world.analyser,
    launchers: [world.launcher],
    environment: world.environment,
    workRoot,
    log: { error: () => {} },
  });
});
afterEach(async () => {
  await registry.closeAll();
  vi.useRealTimers();
  await rm(workRoot, { recursive: true });
});

test('a notebook asked for twice is opened once', async () => {
  const [one, other] = await Promise.all([registry.open(notebookId), registry.open(notebookId)]);
  expect(one).toBe(other);
  expect(registry.find(notebookId)).toBe(one);
});

test('a notebook that is closing is opened again only when all of it is stored', async () => {
  const session = await registry.open(notebookId);
  await session.run('all');
  world.kernel.finish();
  const save = world.store.saveRuns.bind(world.store);
  vi.spyOn(world.store, 'saveRuns').mockImplementation(async (id, runs) => {
    // Longer than a notebook takes to open, if nothing made it wait.
    for (let i = 0; i < 50; i += 1) await stat(workRoot);
    await save(id, runs);
  });
  const closing = session.close('draining');
  expect(registry.find(notebookId)).toBeUndefined();
  const opening = registry.open(notebookId);
  await closing;
  const again = await opening;
  expect(again).not.toBe(session);
  expect(again.describe('owner').cells[0]).toMatchObject({ status: 'success', stdout: 'x\n' });
});

test('a session is closed when nobody looked for a while, and not before', async () => {
  const session = await registry.open(notebookId);
  const leave = session.subscribe({ onEvents() {}, onUpdate() {}, onClose() {} });
  await vi.advanceTimersByTimeAsync(30 * 60_000);
  expect(registry.find(notebookId)).toBe(session);
  leave();
  await vi.advanceTimersByTimeAsync(20 * 60_000);
  expect(registry.find(notebookId)).toBeUndefined();
});

test('a server that stops opens nothing more', async () => {
  await registry.open(notebookId);
  await registry.closeAll();
  await expect(registry.open(notebookId)).rejects.toMatchObject({ code: 'unavailable' });
});

test('a notebook deleted after somebody was let in is not opened for them', async () => {
  const early = registry.open(notebookId);
  const closed = world.store
    .deleteNotebook(notebookId, 'owner')
    .then(() => registry.close(notebookId, 'deleted'));
  await Promise.all([early.catch(() => {}), closed]);
  expect(registry.find(notebookId)).toBeUndefined();
  await expect(registry.open(notebookId)).rejects.toMatchObject({ code: 'not_found' });
});
