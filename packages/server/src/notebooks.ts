import { createDocument, demoCells, demoTitle, emptyDocument, openDocument } from '@rnb/document';
import { encodeStateAsUpdate } from 'yjs';
import { randomId } from './store/random-id.ts';
import type { Store } from './store/store.ts';

/** Makes a notebook with its code committed, so that it can run as it is; resolves once it is stored. */
export async function createNotebook(
  store: Pick<Store, 'createNotebook'>,
  ownerId: string,
  spec: { title?: string | undefined; template: 'blank' | 'demo' },
): Promise<{ id: string }> {
  const doc =
    spec.template === 'demo'
      ? createDocument({ title: spec.title ?? demoTitle, cells: demoCells() })
      : emptyDocument(spec.title);
  const { title, cells } = describe(doc);
  const id = randomId();
  await store.createNotebook({
    id,
    ownerId,
    title,
    update: encodeStateAsUpdate(doc),
    cellCount: cells.length,
    runs: cells.map((cell) => ({
      cell: cell.id,
      code: cell.text.toString(),
      kind: cell.kind,
      engine: null,
      result: null,
      startedAt: null,
      durationMs: null,
    })),
  });
  return { id };
}

/** What a new user finds in the list. */
export async function createFirstNotebooks(
  store: Pick<Store, 'createNotebook'>,
  ownerId: string,
): Promise<void> {
  await createNotebook(store, ownerId, { template: 'blank' });
  await createNotebook(store, ownerId, { template: 'demo' });
}

function describe(doc: Parameters<typeof openDocument>[0]) {
  const notebook = openDocument(doc);
  return { title: notebook.title, cells: notebook.cells() };
}
