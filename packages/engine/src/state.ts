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
  /** Read if a cell above defines them (R1.6). */
  mentions?: readonly Name[] | undefined;
}

/** What static analysis says of a cell (the protocol's Analysis). */
export interface Analysis extends Use {
  deferred: Readonly<Record<Name, Use>>;
  carries: Readonly<Record<Name, readonly Name[]>>;
}

export type Analysed =
  | {
      ok: true;
      analysis: Analysis;
      /** The same for code that does the same: a comment or a blank line changes nothing (R6.3). */
      code?: string;
    }
  | {
      ok: false;
      fault: { message: string; line: number; column: number };
      /** What its last code that did parse said: the names stay the cell's, so that their readers are blocked (R7.3). */
      before?: Analysis;
    };

/** How a finished run ended. `stopped`: by its own wish, quietly. `fault`: it never ran, for a syntax error or a cycle. */
export type Ending = 'ok' | 'error' | 'stopped' | 'interrupted' | 'died' | 'unavailable' | 'fault';

/**
 * What a run saw. Runs are numbered through all cells of a notebook, so that the number of the run that made a value
 * says which cell's it is as well.
 */
export interface Inputs {
  readonly names: readonly Name[];
  /** Of each name, beside it. */
  readonly versions: readonly number[];
}

/** The last run of a cell, and exactly what it saw. */
export interface Ran extends Inputs {
  run: number;
  revision: number;
  ending: Ending;
  /** Names whose value it was to change in place, or was found to have changed. */
  readonly mutates: readonly Name[];
}

/** What running a cell showed beyond what static analysis said of its present code. */
export interface Found {
  readonly defines: readonly Name[];
  readonly mutates: readonly Name[];
  /** Names that it looked for in vain. */
  readonly reads?: readonly Name[] | undefined;
}

/** Names of one cell. */
export interface Versions {
  readonly cell: CellId;
  readonly names: readonly Name[];
}

/**
 * Why a cell is to run: somebody asked for it or its code is new; something it sees may have changed; or only its
 * lost values are wanted back.
 */
export type Reason = 'asked' | 'follows' | 'recovers';

/** What a kernel needs to know besides the source. The same object as long as nothing in it changed. */
export interface Program {
  readonly bindings: Readonly<Record<Name, CellId>>;
  readonly defines: readonly Name[];
  readonly mutates: readonly Name[];
}

/** In a flight's `versions`: whatever the run before it in the same batch leaves. */
export const ofThisBatch = -1;

/** A run that was handed to a kernel and has not ended. */
export interface Flight extends Inputs {
  run: number;
  revision: number;
  program: Program;
  /** Of each name, beside it. */
  owners: readonly Cell[];
  /** A repetition only to get lost values back: it keeps the version (R10). */
  recovers: boolean;
  /** The kernel runs it only if something that it sees is not what it saw before (R6.2). */
  conditional: boolean;
  want: number;
  startedAt: number | null;
}

export interface Cell {
  id: CellId;
  /** Fractional index; ties are broken by id. */
  order: string;
  /** Its place in `State.sequence`. */
  index: number;
  lane: Lane;
  /** Grows with each commit of code that does something else, and each time that it is touched. */
  revision: number;
  /** The revision that its last commit made: what a kernel tells of an earlier one counts no more. */
  committedAt: number;
  analysed: Analysed;
  /** Does not run, and neither does what depends on it (R5.7). */
  disabled: boolean;
  /** The revision that something outside of the notebook made, such as a module's file. */
  touchedAt: number;

  found: Found;
  /** Versions whose objects are, in part, those that it changes in place (R4.2). */
  shares: readonly Versions[];

  /** Every name the cell needs, its own and those of the code it may call (R2), resolved or not. */
  needs: ReadonlySet<Name>;
  program: Program;
  /** The names of `program.bindings`; the same array as long as nothing in the program changed. */
  names: readonly Name[];
  /** Of each of `names`, the cell whose version it is. */
  owners: readonly Cell[];
  dependencies: ReadonlySet<Cell>;
  dependents: Set<Cell>;
  /** For names it defines: the deferred code that their values may hold. Names without any are absent. */
  closures: ReadonlyMap<Name, Use>;
  /** The way round, from this cell back to itself; null when it is in no cycle. */
  cycle: readonly { cell: CellId; name: Name }[] | null;

  /** The run whose values count as this cell's; 0 before any. */
  version: number;
  /** Names whose value is older: runs since have made the same again (R6.1). */
  kept: ReadonlyMap<Name, number>;
  ran: Ran | null;
  /** The values are in the kernel. */
  live: boolean;
  /** Names whose value is not there any more although the others are: another cell's run has used it up (R4.4). */
  spoiled: ReadonlySet<Name>;
  /** The last run saw exactly what it would see now, and so did all it depends on. */
  fresh: boolean;
  /** Nobody can read what it defines: it has failed, was stopped or is disabled. */
  failed: boolean;
  blockedBy: CellId | null;
  /** When (by `State.wants`) it was last asked to run, and why; null when nobody wants it to. */
  want: { at: number; reason: Reason } | null;
  flight: Flight | null;
  /** Its last run succeeded, and the kernel died before it had told what that showed (R10.2). */
  untold: boolean;
  /** How often its batch ended before its turn came, since it last ran; less where the batch was not in vain (R10.5). */
  postponed: number;
  /** The change of the notebook (`State.changes`) since which that is counted. */
  postponedSince: number;
  /** It ran or was to run, since the notebook knows it: reactivity includes it from then on. */
  takesPart: boolean;
  cancelled: boolean;
  startedAt: number | null;
  durationMs: number | null;
}

export interface Batch {
  id: number;
  cells: Cell[];
  cancelled: boolean;
  /** A run of it that was no mere repetition has ended, or something was learned from it. */
  bringsFurther: boolean;
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
  forward: Set<Cell>;
  cyclic: Set<Cell>;
  wanted: Set<Cell>;
  batches: Map<Lane, Batch>;
  /** Counters: the engine has no clock and no random numbers. */
  nextRun: number;
  nextBatch: number;
  wants: number;
  /** Counts what people have done to the notebook. */
  changes: number;
}

/** A cell that is put off so often, by batches that brought the notebook no further, would be put off for ever. */
export const maxPostponed = 25;

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
    changes: 0,
  };
}

export const nothingFound: Found = { defines: [], mutates: [] };
export const noneKept: ReadonlyMap<Name, number> = new Map();
export const noneSpoiled: ReadonlySet<Name> = new Set();

/** The run that made the value that `name` has in the cell's version. */
export function versionOf({ kept, version }: Cell, name: Name): number {
  return kept.size === 0 ? version : (kept.get(name) ?? version);
}

/**
 * What a run that has started saw. What ran before it in the same batch has ended by now, and may have made the same
 * values again, or not have run at all.
 */
export function versionsSeen({ names, versions, owners }: Flight): readonly number[] {
  return versions.map((version, index) => {
    const owner = owners[index];
    return version !== ofThisBatch || owner === undefined
      ? version
      : versionOf(owner, names[index] ?? '');
  });
}

export const noProgram: Program = { bindings: {}, defines: [], mutates: [] };

export function newCell(id: CellId, order: string, lane: Lane, analysed: Analysed): Cell {
  return {
    id,
    order,
    index: -1,
    lane,
    revision: 0,
    committedAt: 0,
    analysed,
    disabled: false,
    touchedAt: 0,
    found: nothingFound,
    shares: [],
    needs: new Set(),
    program: noProgram,
    names: [],
    owners: [],
    dependencies: new Set(),
    dependents: new Set(),
    closures: new Map(),
    cycle: null,
    version: 0,
    kept: noneKept,
    ran: null,
    live: false,
    spoiled: noneSpoiled,
    fresh: false,
    failed: false,
    blockedBy: null,
    want: null,
    flight: null,
    untold: false,
    postponed: 0,
    postponedSince: 0,
    takesPart: false,
    cancelled: false,
    startedAt: null,
    durationMs: null,
  };
}

/** Document order, of cells that are in the sequence. */
export function compare(a: Cell, b: Cell): number {
  return a.index - b.index;
}

/** Document order, worked out from the fractional indices. */
export function compareOrder(a: Cell, b: Cell): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Where in a sorted list the cell is, or would be inserted. */
export function position(sorted: readonly Cell[], cell: Cell, order = compare): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = sorted[middle];
    if (at !== undefined && order(at, cell) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function enterSequence(state: State, cell: Cell): void {
  const at = position(state.sequence, cell, compareOrder);
  state.sequence.splice(at, 0, cell);
  renumber(state.sequence, at);
}

export function leaveSequence(state: State, cell: Cell): void {
  state.sequence.splice(cell.index, 1);
  renumber(state.sequence, cell.index);
  cell.index = -1;
}

function renumber(sequence: readonly Cell[], from: number): void {
  for (let index = from; index < sequence.length; index += 1) {
    const cell = sequence[index];
    if (cell !== undefined) cell.index = index;
  }
}
