import { changedInput } from './freshness.ts';
import type { CellRecord } from './reduce.ts';
import {
  type Cell,
  type CellId,
  maxPostponed,
  noneKept,
  nothingFound,
  type Ran,
  type State,
  versionsSeen,
} from './state.ts';

export type Status =
  | 'idle'
  | 'queued'
  | 'running'
  | 'success'
  | 'error'
  | 'blocked'
  | 'stale'
  | 'disabled';

export type StaleReason =
  | { kind: 'edited' }
  /** Something outside of the notebook that it depends on, such as a module's file. */
  | { kind: 'outside' }
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
  /** It ended itself before its end; its readers do not run. */
  stopped?: boolean;
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
  if (seen.status === 'success' && cell.failed) seen.stopped = true;
  if (seen.status === 'stale') seen.staleBecause = staleReason(cell);
  return seen;
}

function status(cell: Cell): Status {
  if (cell.flight !== null && cell.flight.startedAt !== null) return 'running';
  if (cell.want !== null || (cell.flight !== null && !cell.cancelled)) return 'queued';
  if (cell.disabled) return 'disabled';
  if (cell.failed) return cell.ran?.ending === 'stopped' && isSound(cell) ? 'success' : 'error';
  if (cell.blockedBy !== null) return 'blocked';
  if (cell.fresh) return 'success';
  return cell.ran === null ? 'idle' : 'stale';
}

function isSound(cell: Cell): boolean {
  return cell.analysed.ok && cell.cycle === null;
}

function staleReason(cell: Cell): StaleReason {
  if (cell.touchedAt === cell.revision && cell.ran?.revision !== cell.revision)
    return { kind: 'outside' };
  if (cell.ran?.revision !== cell.revision)
    return cell.cancelled ? { kind: 'cancelled' } : { kind: 'edited' };
  // Not for want of something new to see (R10.5).
  if (cell.cancelled && cell.postponed >= maxPostponed) return { kind: 'cancelled' };
  const name = changedInput(cell);
  if (name !== null) return { kind: 'input', name, cell: cell.program.bindings[name] ?? null };
  for (const [index, owner] of cell.owners.entries()) {
    if (!owner.fresh) return { kind: 'input', name: cell.names[index] ?? '', cell: owner.id };
  }
  return { kind: 'cancelled' };
}

/** What is to be kept with the notebook for the next `load`. */
export function record({ revision, version, ran, ...cell }: Cell): CellRecord {
  const { analysed, kept, found, shares, takesPart } = cell;
  const told: CellRecord = { revision, version, ran };
  if (ran === null && takesPart) told.takesPart = true;
  if (!analysed.ok && analysed.before !== undefined) told.before = analysed.before;
  if (kept.size > 0) told.kept = Object.fromEntries(kept);
  if (found !== nothingFound) told.found = found;
  if (shares.length > 0) told.shares = [...shares];
  return told;
}

/**
 * The same of a cell that runs: should its server end before the run does, it counts as interrupted (R10.7). Null when
 * no run of it has started.
 */
export function recordIfLost(cell: Cell): CellRecord | null {
  const { flight } = cell;
  if (flight === null || flight.startedAt === null) return null;
  const { run, revision, names } = flight;
  const { mutates } = flight.program;
  const versions = versionsSeen(flight);
  const ran: Ran = { run, revision, names, versions, ending: 'interrupted', mutates };
  return record({ ...cell, ran, version: run, kept: noneKept });
}

/** Nothing is queued or running. */
export function atRest(state: State): boolean {
  return state.wanted.size === 0 && state.batches.size === 0;
}
