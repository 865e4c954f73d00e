import type { CellRunState, CodeWarning } from '@rnb/protocol';
import { Play, TriangleAlert } from 'lucide-react';
import { memo, useLayoutEffect } from 'react';
import type { CellStructure, CellView } from '../client/index.ts';
import { CellEditor } from '../editor/cell-editor.tsx';
import { StaticCode } from '../editor/static-code.tsx';
import { MarkdownView } from '../outputs/markdown-view.tsx';
import { AddCell } from './add-cell.tsx';
import { CellBar } from './cell-bar.tsx';
import { CellResults } from './cell-results.tsx';
import { kindWords, oldResultNote, wasStopped } from './cell-standing.ts';
import { Dependencies } from './dependencies.tsx';
import { DragHandle } from './drag-handle.tsx';
import { elementOf } from './notebook-actions.ts';
import {
  useCellStructure,
  useCellView,
  useNotebook,
  useRights,
  useSelected,
  useText,
} from './notebook-context.ts';
import { usePlanned } from './run-preview.tsx';

interface CellProps {
  id: string;
  /** Counted from 1, in document order. */
  number: number;
  /** After the last cell the list has its own way of adding one. */
  isLast: boolean;
  /** On screen or about to be. */
  near: boolean;
  /** Was near before: its outputs are there. */
  drawn: boolean;
  /** About how high it will be; it takes that room until it is drawn. */
  heightPx: number;
}

/** One cell. It subscribes to itself alone, and until it first comes near the screen it is no more than its text. */
export const Cell = memo(function Cell({ id, number, isLast, near, drawn, heightPx }: CellProps) {
  const { selection, actions } = useNotebook();
  const { mayEdit } = useRights();
  const cell = useCellStructure(id);
  const planned = usePlanned(id);
  if (!cell) return null;
  const { kind } = cell;
  return (
    <>
      <section
        data-cell={id}
        data-planned={planned || undefined}
        tabIndex={-1}
        aria-label={`Cell ${number}, ${kindWords[kind]}`}
        onPointerDown={(event) => {
          const { target, currentTarget } = event;
          // React passes on events of its menu too, which lies elsewhere and closes when the focus goes.
          if (!(target instanceof Element && currentTarget.contains(target))) return;
          // Code that one may write in takes the press for itself.
          const taken = mayEdit ? 'button, a, .cm-editor, .static-code' : 'button, a';
          if (!target.closest(taken)) selection.select(id, false);
        }}
        className="cell group/cell relative grid grid-cols-[2.25rem_minmax(0,1fr)] rounded-lg outline-none"
        style={drawn ? undefined : { minHeight: heightPx }}
      >
        <div className="flex flex-col items-center pt-[9px]">
          <button
            type="button"
            tabIndex={-1}
            aria-hidden="true"
            onClick={() => actions.select(id)}
            className="text-faint text-xs tabular-nums"
          >
            {planned && <Play aria-hidden="true" className="cell-planned-mark" />}
            {number}
          </button>
          {near && mayEdit && (
            <div className="cell-chrome">
              <DragHandle id={id} />
            </div>
          )}
        </div>
        {drawn ? (
          <DrawnCell cell={cell} number={number} near={near} />
        ) : (
          <UndrawnCell cell={cell} />
        )}
      </section>
      {!isLast && (near && mayEdit ? <AddCell after={id} /> : <div className="cell-gap" />)}
    </>
  );
});

/** The browser finds its text, and that is all it is for. */
function UndrawnCell({ cell }: { cell: CellStructure }) {
  return <pre className="static-code">{useText(cell)}</pre>;
}

/** Who went there is not called back to a cell; what opens over the page gives the focus back when it closes. */
const placesOfTheirOwn = 'header, [role="menu"], [role="dialog"]';

function DrawnCell({
  cell,
  number,
  near,
}: Pick<CellProps, 'number' | 'near'> & { cell: CellStructure }) {
  const view = useCellView(cell.id);
  const selected = useSelected(cell.id);

  // In command mode the cell itself has the focus, unless one of its controls does, or what the user went to.
  useLayoutEffect(() => {
    if (selected !== 'selected') return;
    // Not by a ref: that of a new cell is set only after this.
    const section = elementOf(cell.id);
    const focused = document.activeElement;
    if (section?.contains(focused) || focused?.closest(placesOfTheirOwn)) return;
    section?.focus({ preventScroll: true });
  }, [selected, cell.id]);

  const Body = cell.kind === 'markdown' ? MarkdownBody : CodeBody;
  return <Body cell={cell} number={number} view={view} near={near} selected={selected} />;
}

interface BodyProps {
  cell: CellStructure;
  number: number;
  view: CellView;
  near: boolean;
  selected: ReturnType<typeof useSelected>;
}

function frame({ state }: CellView, selected: BodyProps['selected']): string {
  if (selected !== 'no') return `cell-${selected}`;
  return state.status === 'error' && !wasStopped(state) ? 'border-bad/50' : 'border-line';
}

function CodeBody({ cell, number, view, near, selected }: BodyProps) {
  const { mayEdit } = useRights();
  return (
    <div className={`min-w-0 rounded-lg border bg-surface ${frame(view, selected)}`}>
      {near ? <CellBar cell={cell} number={number} view={view} /> : <div className="h-8" />}
      <div className={cell.disabled && selected !== 'editing' ? 'out-faded' : ''}>
        <CellEditor
          cell={cell}
          near={near}
          selected={selected}
          readOnly={!mayEdit}
          label="Python code"
        />
      </div>
      <CodeWarnings warnings={view.warnings} />
      {hasResult(view) && (
        <div className="border-t px-3 py-2">
          <OldResultNote state={view.state} />
          <div className={fadedWhen(view.state)}>
            <CellResults view={view} />
          </div>
        </div>
      )}
      <Dependencies graph={view.graph} number={number} />
    </div>
  );
}

function MarkdownBody({ cell, number, view, near, selected }: BodyProps) {
  const { actions } = useNotebook();
  const { mayEdit } = useRights();
  const text = useText(cell);
  if (selected === 'editing') {
    return (
      <div className={`min-w-0 rounded-lg border bg-surface ${frame(view, selected)}`}>
        <CellBar cell={cell} number={number} view={view} />
        <CellEditor
          cell={cell}
          near={near}
          selected={selected}
          readOnly={!mayEdit}
          label="Markdown text"
        />
      </div>
    );
  }
  const { status } = view.state;
  const failed = status === 'error' || status === 'blocked';
  const troubled = failed || status === 'stale' || status === 'disabled';
  const waiting = status === 'queued' || status === 'running';
  const border = selected === 'no' && !troubled ? 'border-transparent' : frame(view, selected);
  const edit = () => mayEdit && actions.select(cell.id, { edit: true });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Enter does the same, by the table of shortcuts
    <div
      onDoubleClick={edit}
      className={`relative min-w-0 rounded-lg border px-3 py-2 ${border} ${troubled ? 'bg-surface' : ''}`}
    >
      {troubled ? (
        <div className="-mx-3 -mt-2">
          <CellBar cell={cell} number={number} view={view} />
        </div>
      ) : (
        near && (
          <div
            // On the border: the text below and the cell above keep their room.
            className={`absolute -top-3 right-2 z-10 rounded-md border bg-surface ${selected === 'no' ? '' : 'border-accent'} ${waiting ? 'animate-late' : 'cell-chrome'}`}
          >
            <CellBar cell={cell} number={number} view={view} quiet />
          </div>
        )
      )}
      {text.trim() === '' ? (
        <p className="text-faint italic">
          Empty Markdown cell{mayEdit && ': double-click or press Enter to write'}
        </p>
      ) : (
        <>
          {hasResult(view) && <OldResultNote state={view.state} />}
          <div className={fadedWhen(view.state)}>
            {view.outputs.length === 0 &&
              // What could not be filled in is shown as it was written.
              (failed ? (
                <div className="-mx-3">
                  <StaticCode code={text} kind="markdown" highlighted />
                </div>
              ) : (
                <MarkdownView source={text} />
              ))}
            {hasResult(view) && <CellResults view={view} />}
          </div>
        </>
      )}
    </div>
  );
}

function hasResult({ outputs, console, error }: CellView): boolean {
  return outputs.length > 0 || console.length > 0 || error !== null;
}

/** Results that no longer say what the code says step back. */
function fadedWhen(state: CellRunState): string {
  return oldResultNote(state) === null ? '' : 'out-faded';
}

/** What the notebook cannot follow in the code. It runs all the same, so this is said quietly. */
function CodeWarnings({ warnings }: { warnings: readonly CodeWarning[] }) {
  if (warnings.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 px-3 pb-2 text-muted text-xs">
      {warnings.map(({ line, message }) => (
        <li key={`${line} ${message}`} className="flex gap-1.5">
          <TriangleAlert className="mt-0.5 size-3 shrink-0 text-warn" aria-hidden="true" />
          <span>
            Line {line}: {message}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Old results look much like new ones: so it is said in words which they are. */
function OldResultNote({ state }: { state: CellRunState }) {
  const note = oldResultNote(state);
  return note === null ? null : <p className="pb-1 text-muted text-xs">{note}</p>;
}
