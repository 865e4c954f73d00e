import { useEffect } from 'react';
import { putCells, takeCells } from './cell-clipboard.ts';
import type { NotebookScope } from './notebook-context.ts';
import { isForCells } from './use-shortcuts.ts';

/** The system's own copy, cut and paste, where the selected cell is meant and not some text. */
export function useCellClipboard({ actions, client, selection }: NotebookScope) {
  useEffect(() => {
    const copy = (event: ClipboardEvent): string | null => {
      const textIsSelected = getSelection()?.isCollapsed === false;
      if (!isForCells(event) || textIsSelected || !event.clipboardData) return null;
      const id = selection.get().cell;
      const cell = id === null ? undefined : client.structure.getCell(id);
      if (!cell) return null;
      const { kind, disabled, text } = cell;
      putCells(event.clipboardData, [{ kind, disabled, code: text.toString() }]);
      event.preventDefault();
      return cell.id;
    };
    const cut = (event: ClipboardEvent) => {
      const cell = actions.mayEdit ? copy(event) : null;
      if (cell !== null) actions.remove(cell);
    };
    const paste = (event: ClipboardEvent) => {
      if (!isForCells(event) || !event.clipboardData) return;
      const cells = takeCells(event.clipboardData);
      if (!cells) return;
      event.preventDefault();
      actions.insertAll(cells, selection.get().cell);
    };
    document.addEventListener('copy', copy);
    document.addEventListener('cut', cut);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('copy', copy);
      document.removeEventListener('cut', cut);
      document.removeEventListener('paste', paste);
    };
  }, [actions, client, selection]);
}
