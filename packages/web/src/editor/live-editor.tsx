import type { EditorView } from '@codemirror/view';
import { useCallback, useLayoutEffect, useRef } from 'react';
import { type CellStructure, fetchCompletions } from '../client/index.ts';
import { useNotebook } from '../notebook/notebook-context.ts';
import { afterPress } from '../shell/press.ts';
import { createEditor } from './create-editor.ts';

export { cursorIn, dismissCompletions } from './create-editor.ts';

/** Where and how a mouse button went down on the text that the editor takes the place of. */
export type Press = Pick<MouseEvent, 'clientX' | 'clientY' | 'detail' | 'shiftKey'>;

interface LiveEditorProps {
  cell: CellStructure;
  editing: boolean;
  /** By Tab. */
  reachable: boolean;
  readOnly: boolean;
  label: string;
  /** Taken up by the editor, and emptied. */
  press: React.RefObject<Press | null>;
}

/** An editor bound to the cell's shared text and to the notebook's selection. */
export function LiveEditor({ cell, editing, reachable, readOnly, label, press }: LiveEditorProps) {
  const { client, selection, actions } = useNotebook();
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const { id, kind, text } = cell;

  const names = useCallback(
    () => [
      ...new Set(
        client.structure
          .getOrder()
          .filter((other) => other !== id)
          .flatMap((other) => client.runState.getCell(other).graph?.defines ?? []),
      ),
    ],
    [client, id],
  );

  useLayoutEffect(() => {
    if (!parent.current) return;
    const editor = createEditor(parent.current, {
      text,
      kind,
      awareness: client.awareness,
      undoManager: client.undoManager,
      readOnly,
      label,
      names,
      askKernel: (query, signal) =>
        fetchCompletions({ notebook: client.id, cell: id }, query, signal),
      onLeave: (step) => actions.selectNeighbour(step, true),
      onRest: () => actions.rest(id),
      onFocus: () => {
        selection.select(id, true);
        client.awareness.setLocalStateField('cell', id);
      },
    });
    view.current = editor;
    if (press.current) {
      // The press goes on in the editor: where it fell is the cursor, and dragging selects.
      const { clientX, clientY, detail, shiftKey } = press.current;
      press.current = null;
      editor.focus();
      editor.contentDOM.dispatchEvent(
        new MouseEvent('mousedown', {
          bubbles: true,
          cancelable: true,
          view: window,
          buttons: 1,
          clientX,
          clientY,
          detail,
          shiftKey,
        }),
      );
    }
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [client, selection, actions, id, text, kind, readOnly, label, names, press]);

  const wasEditing = useRef(false);
  useLayoutEffect(() => {
    const editor = view.current;
    if (!editor) return;
    if (editing && !editor.hasFocus) editor.focus();
    // Not when it is new: the click that made it gives it the focus before `editing` can say so.
    if (!editing && wasEditing.current && editor.hasFocus) {
      editor.contentDOM.blur();
      // Or what is pasted next would still land in there.
      getSelection()?.removeAllRanges();
    }
    wasEditing.current = editing;
  }, [editing]);

  useLayoutEffect(() => {
    if (view.current && !readOnly) view.current.contentDOM.tabIndex = reachable ? 0 : -1;
  });

  // The search panel, for one, is still of the cell; and so is another window.
  const isInside = () =>
    !document.hasFocus() || parent.current?.contains(document.activeElement) === true;

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it hears of what the editor inside loses
    <div
      ref={parent}
      onBlur={() => {
        // The cell that is left may be drawn with another height.
        afterPress(() => {
          const { cell, editing } = selection.get();
          if (cell === id && editing && !isInside()) selection.select(id, false);
        });
      }}
    />
  );
}
