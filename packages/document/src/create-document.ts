import type { CellKind, Mode } from '@rnb/protocol';
import { generateNKeysBetween } from 'fractional-indexing';
import * as Y from 'yjs';
import { newCellId } from './cell-id.ts';
import { newDoc } from './new-doc.ts';

/** A cell as templates and imports give it. */
export interface CellSpec {
  kind: CellKind;
  code: string;
  name?: string | null;
  disabled?: boolean;
}

/** A new notebook with these cells, in this order. */
export function createDocument(notebook: {
  title: string;
  mode?: Mode;
  cells: readonly CellSpec[];
}): Y.Doc {
  const doc = newDoc();
  doc.transact(() => {
    const meta = doc.getMap('meta');
    meta.set('schema', 1);
    meta.set('title', notebook.title);
    meta.set('mode', notebook.mode ?? 'auto');
    const cells = doc.getMap('cells');
    const orders = generateNKeysBetween(null, null, notebook.cells.length);
    notebook.cells.forEach((spec, position) => {
      cells.set(newCellId(), newCell(spec, orders[position] ?? ''));
    });
  });
  return doc;
}

/** A blank notebook: one empty Python cell to begin in. */
export function emptyDocument(title = 'Untitled'): Y.Doc {
  return createDocument({ title, cells: [{ kind: 'python', code: '' }] });
}

/** A cell as it lies in the document, not yet part of one. */
export function newCell(spec: CellSpec, order: string): Y.Map<unknown> {
  const cell = new Y.Map<unknown>([
    ['kind', spec.kind],
    ['code', new Y.Text(spec.code.toWellFormed())],
    ['order', order],
    ['name', spec.name ?? null],
  ]);
  if (spec.disabled) cell.set('disabled', true);
  return cell;
}
