/**
 * Everything that a run of a cell shows: what it printed and its outputs, in order, then its error. Untrusted throughout: text
 * becomes text, Markdown is sanitized, and whatever can carry code goes into the output frame. It knows nothing of
 * runs, sockets or the document; rows beyond the first page come through `fetchRows`.
 */
import './outputs.css';
import type { CellError, CellRunState, ConsoleText, ShownOutput, TablePage } from '@rnb/protocol';
import { memo, type ReactNode, useCallback, useMemo, useRef } from 'react';
import type { FrameMode } from '../frame/frame-protocol.ts';
import { Collapsible } from './collapsible.tsx';
import { type ReadPassage, useConsoleReading } from './console-reading.ts';
import { ConsoleView, offerOf } from './console-view.tsx';
import { type CellNumber, ErrorView, type GoToCell } from './error-view.tsx';
import { LazyMount } from './lazy-mount.tsx';
import { OutputView } from './output-view.tsx';
import { outputKey, passagesOf } from './passages.ts';
import type { FetchRows, RowsQuery } from './table-view.tsx';

interface OutputsView {
  readonly state: Pick<CellRunState, 'id' | 'status'>;
  readonly console: readonly ConsoleText[];
  readonly outputs: readonly ShownOutput[];
  readonly error: CellError | null;
  /** The source that ran, null where it is not known. */
  readonly committed: string | null;
}

export interface CellOutputsProps {
  /** As HTTP addresses it; part of the identity of what is shown. */
  notebookId: string;
  view: OutputsView;
  /** False where the kernel no longer holds the values. */
  live: boolean;
  theme: FrameMode;
  fetchRows?: (
    cell: string,
    output: number,
    query: RowsQuery,
    signal: AbortSignal,
  ) => Promise<TablePage>;
  cellNumber: CellNumber;
  onGoToCell?: GoToCell;
}

export function CellOutputs({
  notebookId,
  view,
  live,
  theme,
  fetchRows,
  cellNumber,
  onGoToCell,
}: CellOutputsProps) {
  const last = useRef(view);
  const running = view.state.status === 'running' || view.state.status === 'queued';
  const waiting = isEmpty(view) && running;
  // A re-run empties the cell before it has anything new; what was there stays, dimmed, so that nothing jumps.
  if (!waiting) last.current = view;
  const shown = waiting ? last.current : view;
  const { console, outputs, error } = shown;
  const passages = useMemo(() => passagesOf(console, outputs), [console, outputs]);
  const read = useConsoleReading(passages);
  if (isEmpty(shown)) return null;
  // One list, so that what is drawn stays where it is on the page whatever comes between.
  const parts: ReactNode[] = [];
  for (const [number, { printed, outputs: following }] of passages.entries()) {
    if (printed.length > 0)
      parts.push(
        <LazyMount heightPx={Math.min(480, 20 * linesOf(printed))} key={`text ${number}`}>
          <PrintedText passage={number} read={read} />
        </LazyMount>,
      );
    for (const index of following) {
      const output = outputs[index];
      if (output === undefined) continue;
      parts.push(
        <LazyMount heightPx={120} key={`${notebookId} ${outputKey(output, index)}`}>
          <OutputOfCell
            cell={view.state.id}
            fetchRows={fetchRows}
            index={index}
            live={live && !waiting}
            output={output}
            running={running}
            theme={theme}
          />
        </LazyMount>,
      );
    }
  }
  return (
    <div aria-busy={waiting} className={waiting ? 'out-cell out-faded' : 'out-cell'}>
      {parts}
      {error && (
        <ErrorView
          error={error}
          code={shown.committed}
          cellNumber={cellNumber}
          onGoToCell={onGoToCell}
        />
      )}
    </div>
  );
}

/** Nothing, where the text draws nothing: a line break that ends a line which an output has ended already. */
function PrintedText({ read, passage }: { read: ReadPassage; passage: number }) {
  const { lines, name } = read(passage);
  if (lines.length === 0) return null;
  return (
    <Collapsible follow label={name} offer={offerOf(lines)}>
      <ConsoleView lines={lines} />
    </Collapsible>
  );
}

const OutputOfCell = memo(function OutputOfCell({
  cell,
  index,
  output,
  theme,
  live,
  running,
  fetchRows,
}: {
  cell: string;
  index: number;
  output: ShownOutput;
  theme: FrameMode;
  live: boolean;
  running: boolean;
  fetchRows: CellOutputsProps['fetchRows'];
}) {
  const fetchOwnRows = useCallback<FetchRows>(
    (query, signal) =>
      fetchRows?.(cell, index, query, signal) ??
      Promise.reject(new Error('Rows can not be read here.')),
    [fetchRows, cell, index],
  );
  return (
    <OutputView
      fetchRows={fetchRows ? fetchOwnRows : undefined}
      live={live}
      output={output}
      running={running}
      theme={theme}
    />
  );
});

function isEmpty(view: OutputsView): boolean {
  return view.console.length === 0 && view.outputs.length === 0 && view.error === null;
}

function linesOf(console: readonly ConsoleText[]): number {
  return console.reduce((count, chunk) => count + chunk.text.split('\n', 30).length, 0);
}
