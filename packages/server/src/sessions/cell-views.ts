/** What the API, the socket and the store say of a cell, put together from what the session knows of it. */
import type { NotebookDocument } from '@rnb/document';
import { type Cell as EngineCell, record, recordIfLost, type State, view } from '@rnb/engine';
import type { Cell, CellError, CellGraph, CellResult, CellRunState } from '@rnb/protocol';
import type { CellRunRecord } from '../store/store.ts';
import type { Committed } from './committed-cells.ts';
import type { StoredRun } from './stored-run.ts';

/**
 * The engine's view of a cell, with what people ask of its last run. The run is that of `result`: one that a restart
 * ended is none for the engine, and has shown what it has shown all the same.
 */
export function stateOf(
  state: State,
  id: string,
  result: CellResult | null,
): CellRunState | undefined {
  const cell = state.cells.get(id);
  const seen: CellRunState | undefined = view(state, id);
  if (cell === undefined || seen === undefined) return undefined;
  const ended = seen.run ?? -1;
  if (result !== null && result.run > ended) {
    // When and how the run before it ended says nothing of what is shown.
    const { startedAt: _, durationMs: __, stopped: ___, ...rest } = seen;
    const waits = seen.status === 'queued';
    return { ...rest, run: result.run, ...(waits ? {} : { cancelled: true }) };
  }
  if (seen.status === 'error' && cell.ran?.ending === 'interrupted') seen.interrupted = true;
  if (seen.status === 'idle' && cell.cancelled) seen.cancelled = true;
  return seen;
}

export function describeCell(
  written: NonNullable<ReturnType<NotebookDocument['cell']>>,
  state: CellRunState & Pick<Cell, 'reason'>,
  committed: Committed | undefined,
  graph: CellGraph,
  result: CellResult | null,
): Cell {
  const { startedAt, durationMs, ...rest } = state;
  const { kind, name, disabled } = written;
  const code = written.text.toString();
  const printed = (stream: 'stdout' | 'stderr'): string =>
    (result?.console ?? []).flatMap((part) => (part.stream === stream ? [part.text] : [])).join('');
  return {
    ...rest,
    kind,
    name,
    code,
    disabled,
    edited: (committed?.code ?? '') !== code,
    reads: graph.reads,
    defines: graph.defines,
    stdout: printed('stdout'),
    stderr: printed('stderr'),
    outputs: result?.outputs ?? [],
    error: result?.error ?? null,
    warnings: committed?.analysed?.warnings ?? [],
    startedAt: startedAt === undefined ? null : new Date(startedAt).toISOString(),
    durationMs: durationMs ?? null,
  };
}

export function graphOf({
  id,
  program: { bindings, defines, mutates },
  analysed,
}: Pick<EngineCell, 'id' | 'program' | 'analysed'>): CellGraph {
  const made = (analysed.ok ? analysed.analysis : analysed.before)?.defines ?? [];
  const changed = mutates.filter((name) => !made.includes(name));
  const from = new Map<string, string[]>();
  for (const name of Object.keys(bindings).sort()) {
    const owner = bindings[name];
    if (owner === undefined) continue;
    const names = from.get(owner);
    if (names === undefined) from.set(owner, [name]);
    else names.push(name);
  }
  return {
    id,
    reads: Object.keys(bindings).sort(),
    defines: [...defines],
    ...(changed.length > 0 && { mutates: changed }),
    dependsOn: [...from].map(([owner, names]) => ({ cell: owner, names })),
  };
}

/** What is stored of a cell that runs says that its run was lost, for whoever reads it has not seen it end (R10.7). */
export function recordOf(
  cell: EngineCell,
  { code, kind, analysed }: Committed,
  result: CellResult | null,
): CellRunRecord {
  const lost = recordIfLost(cell);
  const startedAt = lost === null ? cell.startedAt : (cell.flight?.startedAt ?? null);
  // The latest analysis, whose lines are those of this text; the engine may go by an older one.
  const engine: StoredRun | null =
    analysed === null ? null : { record: lost ?? record(cell), analysed };
  return {
    cell: cell.id,
    code,
    kind,
    engine,
    result: lost === null || result === null ? result : { ...result, error: lostRun },
    startedAt: startedAt === null ? null : new Date(startedAt),
    durationMs: lost === null ? cell.durationMs : null,
  };
}

const lostRun: CellError = {
  kind: 'interrupted',
  message: 'The server ended while this cell ran. Run it again.',
};

/** Why a cell cannot run as it is; null if it can. */
export function staticError({ analysed, cycle }: EngineCell): CellError | null {
  if (!analysed.ok) return { kind: 'syntax', ...analysed.fault };
  if (cycle === null) return null;
  const way = cycle.map(({ name }) => name).join(' → ');
  return {
    kind: 'cycle',
    message: `These cells need each other: ${way} → ${cycle[0]?.name ?? ''}. Change one of them so that it needs only what stands above.`,
    path: cycle.map((step) => ({ ...step })),
  };
}
