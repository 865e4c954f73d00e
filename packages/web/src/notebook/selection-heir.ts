import type { Structure } from '../client/index.ts';
import type { Selection } from './selection.ts';

/**
 * When the selected cell goes, by an undo or somebody else's doing, the one that stood behind it is selected, or the one
 * before. Not while it is being edited: what is typed on must not be taken for commands to another cell.
 */
export function passSelectionOn(
  structure: Pick<Structure, 'getOrder' | 'subscribeOrder'>,
  selection: Selection,
): () => void {
  let before = structure.getOrder();
  return structure.subscribeOrder(() => {
    const order = structure.getOrder();
    const { cell, editing } = selection.get();
    if (cell !== null && !editing && !order.includes(cell)) {
      const left = new Set(order);
      const place = before.indexOf(cell);
      const heir =
        before.slice(place + 1).find((id) => left.has(id)) ??
        before.slice(0, Math.max(0, place)).findLast((id) => left.has(id));
      selection.select(heir ?? null);
    }
    before = order;
  });
}
