import { type CellRunState, oldResult } from '@rnb/protocol';
import { CircleStop, Pencil, Play, Unplug } from 'lucide-react';
import { memo, useLayoutEffect } from 'react';
import type { CellStructure, CellView } from '../client/index.ts';
import { CellEditor } from '../editor/cell-editor.tsx';
import { StaticCode } from '../editor/static-code.tsx';
import { MarkdownView } from '../outputs/markdown-view.tsx';
import { IconButton } from '../shell/button.tsx';
import { toast } from '../shell/toasts.tsx';
import { hint, tooltip } from '../shell/tooltip-layer.tsx';
import { AddCell } from './add-cell.tsx';
import { CellMenu } from './cell-menu.tsx';
import { CellResults } from './cell-results.tsx';
import { kindWords } from './cell-standing.ts';
import { Dependencies } from './dependencies.tsx';
import { DragHandle } from './drag-handle.tsx';
import { elementOf } from './notebook-actions.ts';
import {
  useCellStructure,
  useCellView,
  useEdited,
  useHasKernel,
  useNotebook,
  useReason,
  useRights,
  useSelected,
  useText,
} from './notebook-context.ts';
import { usePlanned, useRunPreview } from './run-preview.tsx';
import { keysOf } from './shortcuts.ts';
import { StatusBadge } from './status-badge.tsx';

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
          const inControl = target.closest('button, a, .cm-editor, .static-code');
          if (!inControl) selection.select(id, false);
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
          {near && actions.mayEdit && (
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
      {!isLast && (near && actions.mayEdit ? <AddCell after={id} /> : <div className="cell-gap" />)}
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

function frame(view: CellView, selected: BodyProps['selected']): string {
  if (selected !== 'no') return `cell-${selected}`;
  return view.state.status === 'error' ? 'border-bad/50' : 'border-line';
}

function CodeBody({ cell, number, view, near, selected }: BodyProps) {
  const { actions } = useNotebook();
  return (
    <div className={`min-w-0 rounded-lg border bg-surface ${frame(view, selected)}`}>
      {near ? <CellBar cell={cell} number={number} view={view} /> : <div className="h-8" />}
      <div className={cell.disabled && selected !== 'editing' ? 'out-faded' : ''}>
        <CellEditor
          cell={cell}
          near={near}
          selected={selected}
          readOnly={!actions.mayEdit}
          label="Python code"
        />
      </div>
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
  const text = useText(cell);
  if (selected === 'editing') {
    return (
      <div className={`min-w-0 rounded-lg border bg-surface ${frame(view, selected)}`}>
        <CellBar cell={cell} number={number} view={view} />
        <CellEditor
          cell={cell}
          near={near}
          selected={selected}
          readOnly={!actions.mayEdit}
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
  const edit = () => actions.mayEdit && actions.select(cell.id, { edit: true });
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
            // Above the text, which it must not cover.
            className={`absolute -top-4 right-2 z-10 rounded-md bg-page ${waiting ? 'animate-late' : 'cell-chrome'}`}
          >
            <CellBar cell={cell} number={number} view={view} quiet />
          </div>
        )
      )}
      {text.trim() === '' ? (
        <p className="text-faint italic">
          Empty Markdown cell{actions.mayEdit && ': double-click or press Enter to write'}
        </p>
      ) : (
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
      )}
    </div>
  );
}

function hasResult({ outputs, console, error }: CellView): boolean {
  return outputs.length > 0 || console.length > 0 || error !== null;
}

const outdated: ReadonlySet<CellRunState['status']> = new Set(['stale', 'blocked', 'disabled']);

/** Results that no longer say what the code says step back. */
function fadedWhen({ status }: CellRunState): string {
  return outdated.has(status) ? 'out-faded' : '';
}

/** Of a disabled cell nothing is to come that would take the place of what it shows: so it says what that is. */
function OldResultNote({ state }: { state: CellRunState }) {
  if (state.status !== 'disabled') return null;
  return <p className="pb-1 text-muted text-xs">From its last run, before it was disabled</p>;
}

/** Whether the kernel of now knows nothing of what is shown. */
function isFromBefore({ kind }: CellStructure, state: CellRunState, hasKernel: boolean): boolean {
  if (kind === 'markdown' || state.live || state.run === null) return false;
  // What failed left no values; and that the code cannot be read is said without a kernel.
  if (state.status === 'error') return !hasKernel && state.startedAt !== undefined;
  return state.status === 'success';
}

/** The line above a cell's code: kind, standing, and what can be done. `quiet` leaves out what prose does not need. */
function CellBar({
  cell,
  number,
  view,
  quiet = false,
}: Pick<BodyProps, 'cell' | 'number' | 'view'> & { quiet?: boolean }) {
  const { actions } = useNotebook();
  const { mayEdit, mayRun } = useRights();
  const edited = useEdited(cell, view.committed);
  const { id, kind, disabled } = cell;
  const other = kind === 'python' ? 'markdown' : 'python';
  const fromBefore = isFromBefore(cell, view.state, useHasKernel());
  const settledProse = quiet && ['idle', 'success'].includes(view.state.status);
  return (
    <div className={`flex items-center gap-2 pr-1 pl-3 text-xs ${quiet ? 'h-6' : 'h-8'}`}>
      <button
        type="button"
        disabled={!mayEdit}
        aria-label={`${kindWords[kind]} cell${mayEdit ? `: change to ${kindWords[other]}` : ''}`}
        {...(mayEdit ? tooltip(`Change to ${kindWords[other]}`) : {})}
        onClick={() => actions.setKind(id, other)}
        className="-ml-1 rounded px-1 text-faint enabled:hover:bg-sunken enabled:hover:text-ink"
      >
        {kindWords[kind]}
      </button>
      <span className="min-w-0 grow" />
      {edited && !quiet && (
        <span
          className="flex items-center gap-1 text-muted"
          {...tooltip('Changed since its last run')}
        >
          <Pencil className="size-3" aria-hidden="true" />
          <span className="max-sm:sr-only">Edited</span>
        </span>
      )}
      {fromBefore && (
        <span className="flex items-center gap-1 text-faint" {...tooltip(oldResult)}>
          <Unplug className="size-3" aria-hidden="true" />
          <span className="max-sm:sr-only">Not live</span>
        </span>
      )}
      {view.state.stopped && (
        <span
          className="flex items-center gap-1 whitespace-nowrap text-muted"
          {...tooltip('Its code called stop(): cells that need it do not run')}
        >
          <CircleStop className="size-3" aria-hidden="true" />
          Stopped early
        </span>
      )}
      {!settledProse && (
        <span className="flex min-w-0 items-center gap-2" role="status">
          <StatusBadge state={view.state} />
          {view.state.status !== 'queued' && <ReasonLink state={view.state} />}
        </span>
      )}
      {/* Not announced: in a cascade it changes from cell to cell. */}
      {view.state.status === 'queued' && (
        <span className="flex min-w-0 animate-late">
          <ReasonLink state={view.state} />
        </span>
      )}
      {disabled && mayEdit && (
        <button
          type="button"
          aria-label={`Enable cell ${number}`}
          onClick={() => actions.setDisabled(id, false)}
          className="rounded text-muted underline decoration-line-strong underline-offset-2 hover:text-ink"
        >
          Enable
        </button>
      )}
      {mayRun && <RunCell id={id} number={number} disabled={disabled} />}
      <CellMenu cell={cell} number={number} />
    </div>
  );
}

function RunCell({ id, number, disabled }: { id: string; number: number; disabled: boolean }) {
  const { actions } = useNotebook();
  const { words, handlers } = useRunPreview([id]);
  const label = `Run cell ${number}`;
  if (disabled) {
    const why = `Cell ${number} is disabled and does not run. Enable it first.`;
    return (
      // It can be reached and says why; a button that is off for the browser could do neither.
      <IconButton label={label} {...hint(why)} small aria-disabled onClick={() => toast(why)}>
        <Play />
      </IconButton>
    );
  }
  return (
    <IconButton
      label={label}
      keys={keysOf('run')}
      small
      {...handlers}
      {...(words === null ? {} : hint(`${label}: ${words.toLowerCase()}`))}
      onClick={() => actions.run([id])}
    >
      <Play />
    </IconButton>
  );
}

function ReasonLink({ state }: { state: CellRunState }) {
  const { actions } = useNotebook();
  const reason = useReason(state);
  // A finished run has its marks.
  if (!reason || state.status === 'success') return null;
  const { cell } = reason;
  return cell === null ? (
    // That a disabled cell does not run, its badge says well enough where there is little room.
    <span className={`truncate text-muted ${state.status === 'disabled' ? 'max-sm:sr-only' : ''}`}>
      · {reason.text}
    </span>
  ) : (
    <button
      type="button"
      onClick={() => actions.reveal(cell)}
      className="truncate rounded text-muted underline decoration-line-strong underline-offset-2 hover:text-ink"
    >
      {reason.text}
    </button>
  );
}
