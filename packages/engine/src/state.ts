/**
 * The engine's state: cells in document order, the graph of names between them, and what is known of their runs.
 * Everything here is plain data. It knows names and versions; it never sees source code, clocks or processes.
 */

export type CellId = string;
export type Name = string;
/** Cells of one lane run one at a time, in one kernel; lanes run side by side (R9). */
export type Lane = string;

export interface Use {
  reads: readonly Name[];
  defines: readonly Name[];
  mutates: readonly Name[];
}

/** What static analysis says of a cell (the protocol's Analysis). */
export interface Analysis extends Use {
  deferred: Readonly<Record<Name, Use>>;
  carries: Readonly<Record<Name, readonly Name[]>>;
}

export type Analysed =
  | { ok: true; analysis: Analysis }
  | {
      ok: false;
      fault: { message: string; line: number; column: number };
      /** What its last code that did parse said: the names stay the cell's, so that their readers are blocked (R7.3). */
      before?: Analysis;
    };

/** A version of a name is the cell that owns it and the run that made it. */
export interface Input {
  cell: CellId;
  version: number;
}

/** How a finished run ended. `fault`: it never ran, for a syntax error or a cycle. */
export type Ending = 'ok' | 'error' | 'interrupted' | 'died' | 'unavailable' | 'fault';

/** The last run of a cell, and exactly what it saw. */
export interface Ran {
  run: number;
  revision: number;
  inputs: Readonly<Record<Name, Input>>;
  ending: Ending;
}

/** What a kernel needs to know besides the source. The same object as long as nothing in it changed. */
export interface Program {
  readonly bindings: Readonly<Record<Name, CellId>>;
  readonly defines: readonly Name[];
  readonly mutates: readonly Name[];
}

/** A run that was handed to a kernel and has not ended. */
export interface Flight {
  run: number;
  revision: number;
  program: Program;
  inputs: Readonly<Record<Name, Input>>;
  /** A repetition only to get lost values back: it keeps the version (R10). */
  recovers: boolean;
  want: number;
  startedAt: number | null;
}

export interface Cell {
  id: CellId;
  /** Fractional index; ties are broken by id. */
  order: string;
  lane: Lane;
  /** Grows with each commit. */
  revision: number;
  analysed: Analysed;

  /** Every name the cell needs, its own and those of the code it may call (R2), resolved or not. */
  needs: ReadonlySet<Name>;
  program: Program;
  dependencies: ReadonlySet<CellId>;
  dependents: Set<CellId>;
  /** For names it defines: the deferred code that their values may hold. Names without any are absent. */
  closures: ReadonlyMap<Name, Use>;
  /** The way round, from this cell back to itself; null when it is in no cycle. */
  cycle: readonly { cell: CellId; name: Name }[] | null;

  /** The run whose values count as this cell's; 0 before any. */
  version: number;
  ran: Ran | null;
  /** The values are in the kernel. */
  live: boolean;
  /** The last run saw exactly what it would see now, and so did all it depends on. */
  fresh: boolean;
  failed: boolean;
  blockedBy: CellId | null;
  /** When (by `State.wants`) it was last asked to run, or null; `recovers` when only its lost values are wanted. */
  want: { at: number; recovers: boolean } | null;
  flight: Flight | null;
  /** It ran or was to run, since the notebook knows it: reactivity includes it from then on. */
  takesPart: boolean;
  cancelled: boolean;
  startedAt: number | null;
  durationMs: number | null;
}

export interface Batch {
  id: number;
  cells: CellId[];
  cancelled: boolean;
}

export interface State {
  mode: 'auto' | 'lazy';
  cells: Map<CellId, Cell>;
  /** In document order. */
  sequence: Cell[];
  /** For each name, the cells that define it, in document order. */
  definers: Map<Name, Cell[]>;
  /** For each name, the cells that need it. */
  needers: Map<Name, Set<Cell>>;
  /** Cells that take a name from a later cell: without any there is no cycle. */
  forward: Set<CellId>;
  cyclic: Set<CellId>;
  wanted: Set<CellId>;
  batches: Map<Lane, Batch>;
  /** Counters: the engine has no clock and no random numbers. */
  nextRun: number;
  nextBatch: number;
  wants: number;
}

export function emptyState(mode: 'auto' | 'lazy' = 'auto'): State {
  return {
    mode,
    cells: new Map(),
    sequence: [],
    definers: new Map(),
    needers: new Map(),
    forward: new Set(),
    cyclic: new Set(),
    wanted: new Set(),
    batches: new Map(),
    nextRun: 1,
    nextBatch: 1,
    wants: 0,
  };
}

export const noProgram: Program = { bindings: {}, defines: [], mutates: [] };

export function newCell(id: CellId, order: string, lane: Lane, analysed: Analysed): Cell {
  return {
    id,
    order,
    lane,
    revision: 0,
    analysed,
    needs: new Set(),
    program: noProgram,
    dependencies: new Set(),
    dependents: new Set(),
    closures: new Map(),
    cycle: null,
    version: 0,
    ran: null,
    live: false,
    fresh: false,
    failed: false,
    blockedBy: null,
    want: null,
    flight: null,
    takesPart: false,
    cancelled: false,
    startedAt: null,
    durationMs: null,
  };
}

/** Document order. */
export function compare(a: Cell, b: Cell): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The index of the first cell of a sorted list that does not come before `cell`. */
export function position(sorted: readonly Cell[], cell: Cell): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = sorted[middle];
    if (at !== undefined && compare(at, cell) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function insertSorted(sorted: Cell[], cell: Cell): void {
  sorted.splice(position(sorted, cell), 0, cell);
}

export function removeSorted(sorted: Cell[], cell: Cell): void {
  const index = position(sorted, cell);
  if (sorted[index] === cell) sorted.splice(index, 1);
}
