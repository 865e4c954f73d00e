import { CellId, CellKind } from '@rnb/protocol';
import * as Y from 'yjs';
import type { DocumentCell } from './notebook.ts';

/** The cell under `id`, or undefined when what lies there is not one: any client may have written anything. */
export function readCell(cells: Y.Map<unknown>, id: string): DocumentCell | undefined {
  const value = cells.get(id);
  if (!(value instanceof Y.Map) || !CellId.safeParse(id).success) return undefined;
  const kind = CellKind.safeParse(value.get('kind'));
  const order: unknown = value.get('order');
  const text: unknown = value.get('code');
  const name: unknown = value.get('name');
  const disabled = value.get('disabled') === true;
  if (!kind.success || typeof order !== 'string' || !isPlainText(text)) return undefined;
  return {
    id,
    kind: kind.data,
    order,
    name: typeof name === 'string' ? name : null,
    disabled,
    text,
  };
}

/** `Y.XmlText` is a `Y.Text` too, but reads as markup. */
function isPlainText(value: unknown): value is Y.Text {
  return value instanceof Y.Text && !(value instanceof Y.XmlText);
}
