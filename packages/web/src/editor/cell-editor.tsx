import type { EditorView } from '@codemirror/view';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { CellStructure } from '../client/index.ts';
import { useNotebook, useText } from '../notebook/notebook-context.ts';
import { createEditor } from './create-editor.ts';
import { enqueueIdle } from './idle-queue.ts';
import { StaticCode } from './static-code.tsx';

interface CellEditorProps {
  cell: CellStructure;
  /** Close enough to the screen to deserve an editor. */
  near: boolean;
  editing: boolean;
  readOnly: boolean;
  label: string;
}

/**
 * A cell's code: an editor near the screen, static text with the same metrics elsewhere. A thousand editors would
 * take ten seconds to open; the few on screen are made when the browser is idle, or at once when clicked.
 */
export function CellEditor({ cell, near, editing, readOnly, label }: CellEditorProps) {
  const [wanted, setWanted] = useState(false);
  /** Where the mouse went down on the static text: the new editor's cursor goes there. */
  const clicked = useRef<{ x: number; y: number } | null>(null);

  useEffect(() => {
    if (!near) {
      setWanted(false);
      return;
    }
    return enqueueIdle(() => setWanted(true));
  }, [near]);

  if (wanted || editing) {
    return (
      <LiveEditor
        key={cell.kind}
        cell={cell}
        editing={editing}
        readOnly={readOnly}
        label={label}
        clicked={clicked}
      />
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Enter does the same, by the table of shortcuts
    <div
      onMouseDown={(event) => {
        if (event.button !== 0) return;
        // The browser would give the focus to the cell, since the text it was pressed on is about to go.
        event.preventDefault();
        clicked.current = { x: event.clientX, y: event.clientY };
        setWanted(true);
      }}
    >
      <StaticText cell={cell} near={near} />
    </div>
  );
}

function StaticText({ cell, near }: { cell: CellStructure; near: boolean }) {
  return <StaticCode code={useText(cell)} kind={cell.kind} highlighted={near} />;
}

function LiveEditor({
  cell,
  editing,
  readOnly,
  label,
  clicked,
}: Omit<CellEditorProps, 'near'> & {
  clicked: React.RefObject<{ x: number; y: number } | null>;
}) {
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
      onLeave: (step) => actions.selectNeighbour(step, true),
      onFocusChange: (focused) => {
        if (focused) {
          selection.select(id, true);
          client.awareness.setLocalStateField('cell', id);
        } else if (selection.get().cell === id && document.hasFocus()) {
          // Leaving the window is not leaving the cell.
          selection.select(id, false);
        }
      },
    });
    view.current = editor;
    const at = clicked.current && editor.posAtCoords(clicked.current, false);
    if (at !== null) {
      clicked.current = null;
      editor.dispatch({ selection: { anchor: at } });
      editor.focus();
    }
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [client, selection, actions, id, text, kind, readOnly, label, names, clicked]);

  const wasEditing = useRef(false);
  useLayoutEffect(() => {
    const editor = view.current;
    if (!editor) return;
    if (editing && !editor.hasFocus) editor.focus();
    // Not when it is new: the click that made it gives it the focus before `editing` can say so.
    if (!editing && wasEditing.current && editor.hasFocus) editor.contentDOM.blur();
    wasEditing.current = editing;
  }, [editing]);

  return <div ref={parent} />;
}
