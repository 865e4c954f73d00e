import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { CellStructure } from '../client/index.ts';
import { useNotebook, useText } from '../notebook/notebook-context.ts';
import { useLateModule } from '../shell/late-module.ts';
import { editorModule } from './editor-module.ts';
import type { Press } from './live-editor.tsx';
import { StaticCode } from './static-code.tsx';

interface CellEditorProps {
  cell: CellStructure;
  /** On screen or about to be. */
  near: boolean;
  selected: 'no' | 'selected' | 'editing';
  readOnly: boolean;
  label: string;
}

/**
 * A cell's code: an editor where somebody is about to write, static text with the same metrics elsewhere. Even the
 * few editors on a screen would each measure the page whenever it scrolls.
 */
export function CellEditor({ cell, near, selected, readOnly, label }: CellEditorProps) {
  const { actions } = useNotebook();
  const [asked, setAsked] = useState(false);
  const press = useRef<Press | null>(null);
  const visited = useIsVisited(cell.id);
  useEffect(() => {
    if (!near) setAsked(false);
  }, [near]);
  // Whoever left the text of a cell with Escape gets past it with Tab.
  const reachable = near && selected !== 'selected';
  const editing = selected === 'editing';
  const wanted = editing || asked || (near && visited);
  const editor = useLateModule(editorModule, wanted);

  if (wanted && editor) {
    return (
      <editor.LiveEditor
        // One that may be written in is another editor than one that may not.
        key={`${cell.kind} ${readOnly}`}
        cell={cell}
        editing={editing}
        reachable={reachable}
        readOnly={readOnly}
        label={label}
        press={press}
      />
    );
  }
  if (readOnly) return <StaticText cell={cell} near={near} />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it becomes an editor as soon as it has the focus
    <div
      // Where Tab finds the code, as it finds an editor.
      tabIndex={reachable ? 0 : undefined}
      onFocus={() => actions.select(cell.id, { edit: true })}
      onMouseDown={(event) => {
        if (event.button !== 0) return;
        // The browser would give the focus to the text, which is about to go.
        event.preventDefault();
        press.current = event.nativeEvent;
        setAsked(true);
      }}
    >
      <StaticText cell={cell} near={near} />
    </div>
  );
}

function StaticText({ cell, near }: { cell: CellStructure; near: boolean }) {
  return <StaticCode code={useText(cell)} kind={cell.kind} highlighted={near} />;
}

/** Whether somebody else is in the cell: their cursor shows in an editor only. */
function useIsVisited(cell: string): boolean {
  const { peers } = useNotebook().client;
  return useSyncExternalStore(peers.subscribe, () =>
    peers.get().some((peer) => peer.cell === cell),
  );
}
