import { type CellRunState, cancelledRun, oldResult } from '@rnb/protocol';
import { CircleSlash, CircleStop, type LucideIcon, Pencil, Play, Unplug } from 'lucide-react';
import type { CellStructure, CellView } from '../client/index.ts';
import { IconButton } from '../shell/button.tsx';
import { toast } from '../shell/toasts.tsx';
import { hint, tooltip } from '../shell/tooltip-layer.tsx';
import { CellMenu } from './cell-menu.tsx';
import { isFromBefore, isUntouched, kindWords } from './cell-standing.ts';
import {
  useBlank,
  useEdited,
  useHasKernel,
  useNotebook,
  useReachable,
  useReason,
  useRights,
} from './notebook-context.ts';
import { useRunPreview } from './run-preview.tsx';
import { keysOf } from './shortcuts.ts';
import { StatusBadge } from './status-badge.tsx';

/** The line above a cell's code: kind, standing, and what can be done. `quiet` leaves out what prose does not need. */
export function CellBar({
  cell,
  number,
  view,
  quiet = false,
}: {
  cell: CellStructure;
  /** Counted from 1, in document order. */
  number: number;
  view: CellView;
  quiet?: boolean;
}) {
  const { actions } = useNotebook();
  const { mayEdit, mayRun } = useRights();
  const edited = useEdited(cell, view.committed);
  const { id, kind, disabled } = cell;
  const other = kind === 'python' ? 'markdown' : 'python';
  const fromBefore = isFromBefore(cell.kind, view.state, useHasKernel());
  const reachable = useReachable();
  const settledProse = quiet && ['idle', 'success'].includes(view.state.status);
  const untouched = useBlank(cell) && isUntouched(view.state);
  return (
    <div className={`flex items-center gap-2 pr-1 pl-3 text-xs ${quiet ? 'h-6' : 'h-8'}`}>
      <button
        type="button"
        disabled={!mayEdit}
        aria-label={`${kindWords[kind]} cell${mayEdit ? `: change to ${kindWords[other]}` : ''}`}
        {...(mayEdit ? tooltip(`Change to ${kindWords[other]}`) : {})}
        onClick={() => actions.setKind(id, other)}
        className="cell-kind -ml-1 rounded px-1 text-faint enabled:hover:bg-sunken enabled:hover:text-ink"
      >
        {kindWords[kind]}
      </button>
      <span className="min-w-0 grow" />
      {edited && !quiet && (
        <Mark Icon={Pencil} word="Edited" sentence="Changed since its last run" tone="text-muted" />
      )}
      {fromBefore && <Mark Icon={Unplug} word="Not live" sentence={oldResult} tone="text-faint" />}
      {view.state.status === 'success' && view.state.cancelled && (
        <Mark
          Icon={CircleSlash}
          word="Cancelled"
          sentence={cancelledRun}
          tone="text-muted"
          keepsWord
        />
      )}
      {view.state.stopped && (
        <Mark
          Icon={CircleStop}
          word="Stopped early"
          sentence="Its code called stop(): cells that need it do not run"
          tone="text-muted"
          keepsWord
        />
      )}
      {!settledProse && !untouched && (
        <span className="flex min-w-0 items-center gap-2" role="status">
          <StatusBadge state={view.state} reachable={reachable} />
          {view.state.status !== 'queued' && <ReasonLink state={view.state} />}
        </span>
      )}
      {/* Not announced: in a cascade it changes from cell to cell. */}
      {view.state.status === 'queued' && reachable && (
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

/** Something about what is shown, in a word; the tooltip, and to who cannot see it the text, says what it means. */
function Mark({
  Icon,
  word,
  sentence,
  tone,
  keepsWord = false,
}: {
  Icon: LucideIcon;
  word: string;
  sentence: string;
  tone: string;
  /** On a narrow page too. */
  keepsWord?: boolean;
}) {
  return (
    <span className={`flex items-center gap-1 whitespace-nowrap ${tone}`} {...tooltip(sentence)}>
      <Icon className="size-3 shrink-0" aria-hidden="true" />
      <span className={keepsWord ? '' : 'max-sm:sr-only'}>{word}</span>
      <span className="sr-only">({sentence})</span>
    </span>
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
  // A finished run has its marks; of an interrupted one the sentence stands below what it showed.
  if (!reason || state.status === 'success' || state.interrupted) return null;
  const { cell } = reason;
  return cell === null ? (
    // That a disabled cell does not run, its badge says well enough where there is little room.
    <span
      className={`shrink-[9999] truncate text-muted ${state.status === 'disabled' ? 'max-sm:sr-only' : ''}`}
    >
      · {reason.text}
    </span>
  ) : (
    <button
      type="button"
      onClick={() => actions.reveal(cell)}
      className="shrink-[9999] truncate rounded text-muted underline decoration-line-strong underline-offset-2 hover:text-ink"
    >
      {reason.text}
    </button>
  );
}
