import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { type CellRunRecord, NotebookDamaged, NotOwner, type Store } from '../src/store/store.ts';

export function newNotebook(): Parameters<Store['createNotebook']>[0] & { doc: Y.Doc } {
  const doc = new Y.Doc();
  doc.getText('t').insert(0, 'start');
  const update = Y.encodeStateAsUpdate(doc);
  const id = randomBytes(16).toString('hex');
  return { doc, id, ownerId: id, title: 'Test', update, cellCount: 1, runs: [] };
}

/** Changes the document and returns the update that says so. */
export function type(doc: Y.Doc, text: string): Uint8Array {
  const before = Y.encodeStateVector(doc);
  doc.getText('t').insert(0, text);
  return Y.encodeStateAsUpdate(doc, before);
}

export async function readText(store: Store, id: string): Promise<string> {
  const doc = new Y.Doc();
  for (const update of await store.loadDocument(id)) Y.applyUpdate(doc, update);
  return doc.getText('t').toString();
}

function run(cell: string, text: string): CellRunRecord {
  return {
    cell,
    kind: 'python',
    code: text,
    engine: { seen: [text] },
    result: { id: cell, run: 1, console: [{ stream: 'stdout', text }], outputs: [], error: null },
    startedAt: new Date(1_000),
    durationMs: 0.5,
  };
}

/** What every implementation of `Store` must do. */
export function storeContract(open: () => Store): void {
  describe('notebooks', () => {
    test('are found, described, deleted and restored', async () => {
      const store = open();
      const { doc: _, ...notebook } = newNotebook();
      expect(await store.findNotebook(notebook.id)).toBeNull();
      await store.createNotebook(notebook);
      await store.describeNotebook(notebook.id, { title: 'New \0 title', cellCount: 7 });
      const expected = { id: notebook.id, title: 'New \ufffd title', cellCount: 7 };
      expect(await store.findNotebook(notebook.id)).toMatchObject(expected);
      for (const change of ['deleteNotebook', 'restoreNotebook'] as const) {
        await expect(store[change](notebook.id, 'somebody')).rejects.toThrow(NotOwner);
      }
      expect(await store.findNotebook(notebook.id)).toMatchObject(expected);
      await store.deleteNotebook(notebook.id, notebook.ownerId);
      expect(await store.findNotebook(notebook.id)).toBeNull();
      await store.restoreNotebook(notebook.id, notebook.ownerId);
      expect(await store.findNotebook(notebook.id)).toMatchObject(expected);
    });
  });

  describe('documents', () => {
    test('come back with every update, before and after compaction', async () => {
      const store = open();
      const { doc, ...notebook } = newNotebook();
      await store.createNotebook(notebook);
      const updates = Array.from({ length: 100 }, (_, i) => type(doc, `${i},`));
      await Promise.all(updates.map((update) => store.appendUpdate(notebook.id, update)));
      expect(await readText(store, notebook.id)).toBe(doc.getText('t').toString());
      const snapshot = Y.encodeStateAsUpdate(doc);
      const compacted = store.compactDocument(notebook.id, snapshot);
      const late = store.appendUpdate(notebook.id, type(doc, 'late'));
      await Promise.all([compacted, late]);
      expect(await readText(store, notebook.id)).toBe(doc.getText('t').toString());
      expect(await store.loadDocument(notebook.id)).toHaveLength(2);
    });

    test.each<[string, (store: Store, id: string, doc: Y.Doc) => Promise<void>]>([
      ['garbage', (store, id) => store.appendUpdate(id, new Uint8Array([1, 2, 3, 255]))],
      [
        'a gap',
        (store, id, doc) => {
          type(doc, 'never stored');
          return store.appendUpdate(id, type(doc, 'builds on it'));
        },
      ],
    ])('with %s are damaged, never empty', async (_, spoil) => {
      const store = open();
      const { doc, ...notebook } = newNotebook();
      await store.createNotebook(notebook);
      await spoil(store, notebook.id, doc);
      await expect(store.loadDocument(notebook.id)).rejects.toThrow(NotebookDamaged);
    });

    test('that do not exist are not empty ones', async () => {
      await expect(open().loadDocument('absent')).rejects.toThrow(NotebookDamaged);
    });
  });

  test('runs come back exactly, the last of each cell, and without those deleted', async () => {
    const store = open();
    const { doc: _, ...notebook } = newNotebook();
    await store.createNotebook({ ...notebook, runs: [run('a', 'old'), run('gone', 'x')] });
    const odd = run('a', 'NUL \0, lone \ud800, 😀, \\u0000, "quotes"');
    const empty = { ...run('b', ''), code: null, engine: null, result: null, startedAt: null };
    await store.saveRuns(notebook.id, [run('a', 'older'), odd, { ...empty, durationMs: null }]);
    await store.deleteRuns(notebook.id, ['gone']);
    const runs = await store.loadRuns(notebook.id);
    runs.sort((a, b) => (a.cell < b.cell ? -1 : 1));
    expect(runs).toEqual([odd, { ...empty, durationMs: null }]);
  });
}
