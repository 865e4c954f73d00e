import { changedInput } from './freshness.ts';
import type { CellRecord } from './reduce.ts';
import type { Cell, CellId, State } from './state.ts';

export type Status = 'idle' | 'queued' | 'running' | 'success' | 'error' | 'blocked' | 'stale';

export type StaleReason =
  | { kind: 'edited' }
  | { kind: 'input'; name: string; cell: CellId | null }
  | { kind: 'cancelled' };

/** A cell as people see it. Derived from the state alone. */
export interface CellState {
  id: CellId;
  status: Status;
  run: number | null;
  blockedBy?: CellId;
  staleBecause?: StaleReason;
  startedAt?: number;
  durationMs?: number;
  live: boolean;
}

export function view(state: State, id: CellId): CellState | undefined {
  const cell = state.cells.get(id);
  if (cell === undefined) return undefined;
  const seen: CellState = { id, status: status(cell), run: cell.ran?.run ?? null, live: cell.live };
  if (cell.flight !== null && cell.flight.startedAt !== null) {
    seen.run = cell.flight.run;
    seen.startedAt = cell.flight.startedAt;
    return seen;
  }
  if (cell.startedAt !== null) seen.startedAt = cell.startedAt;
  if (cell.durationMs !== null) seen.durationMs = cell.durationMs;
  if (seen.status === 'blocked' && cell.blockedBy !== null) seen.blockedBy = cell.blockedBy;
  if (seen.status === 'stale') seen.staleBecause = staleReason(cell);
  return seen;
}

function status(cell: Cell): Status {
  if (cell.flight !== null && cell.flight.startedAt !== null) return 'running';
  if (cell.want !== null || (cell.flight !== null && !cell.cancelled)) return 'queued';
  if (cell.failed) return 'error';
  if (cell.blockedBy !== null) return 'blocked';
  if (cell.fresh) return 'success';
  return cell.ran === null ? 'idle' : 'stale';
}

function staleReason(cell: Cell): StaleReason {
  if (cell.ran?.revision !== cell.revision)
    return cell.cancelled ? { kind: 'cancelled' } : { kind: 'edited' };
  const name = changedInput(cell);
  if (name !== null) return { kind: 'input', name, cell: cell.program.bindings[name] ?? null };
  for (const [index, owner] of cell.owners.entries()) {
    if (!owner.fresh) return { kind: 'input', name: cell.names[index] ?? '', cell: owner.id };
  }
  return { kind: 'cancelled' };
}

/** What is to be kept with the notebook for the next `load`. */
export function record(cell: Cell): CellRecord {
  return { revision: cell.revision, version: cell.version, ran: cell.ran };
}

/** Nothing is queued or running. */
export function atRest(state: State): boolean {
  return state.wanted.size === 0 && state.batches.size === 0;
}
