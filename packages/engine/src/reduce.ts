/**
 * The engine: `reduce(state, event) → {state, effects}`.
 *
 * It owns every rule of SPEC.md: what depends on what, what is stale, what runs and when, what a failure blocks.
 * Events bring facts in (a cell was committed, a run ended); effects say what should happen (run these cells, tell
 * that these changed). It refuses to know languages, source code, processes, clients and clocks.
 *
 * `reduce` is deterministic and touches nothing but the state it was given, which it consumes: a caller goes on with
 * the returned one. A persistent copy of ten thousand cells would cost more than the whole budget of an edit.
 */
import { findCycles } from './cycles.ts';
import { refresh } from './freshness.ts';
import { analysisOf, Regraph } from './graph.ts';
import {
  dispatch,
  lostBeside,
  supersede,
  trigger,
  unwant,
  waitsForWanted,
  wouldRun,
} from './schedule.ts';
import {
  type Analysed,
  type Analysis,
  type Cell,
  type CellId,
  type Ending,
  type Flight,
  type Found,
  type Lane,
  maxPostponed,
  type Name,
  newCell,
  noneKept,
  noneSpoiled,
  nothingFound,
  type Program,
  type Ran,
  type State,
  type Versions,
  versionOf,
  versionsSeen,
} from './state.ts';

/** What the engine wants back when a notebook is opened again; plain JSON, meant to be stored with the cell. */
export interface CellRecord {
  revision: number;
  version: number;
  ran: Ran | null;
  /** Of a cell that never ran, for it was blocked: it runs when it can. */
  takesPart?: true;
  /** Of code that does not parse: what the last that did said (R7.3). */
  before?: Analysis;
  /** Absent where empty, as the next two. */
  kept?: Record<Name, number>;
  found?: Found;
  shares?: Versions[];
}

export interface LoadedCell {
  id: CellId;
  order: string;
  lane: Lane;
  analysed: Analysed;
  disabled?: boolean;
  record: CellRecord | null;
  startedAt: number | null;
  durationMs: number | null;
}

export type RunTarget = readonly CellId[] | 'all' | 'stale';

export type Event =
  /** A notebook is opened: nothing runs. Values are lost until recomputed (R10, R11). */
  | {
      type: 'load';
      cells: LoadedCell[];
      /** The greatest run that anything is kept of; one that a restart ended is in no cell's record. */
      lastRun: number;
    }
  /** A cell appears. It takes part from its first commit; one that comes back brings its `record`. */
  | { type: 'insert'; cell: LoadedCell }
  | { type: 'remove'; cell: CellId }
  | { type: 'move'; cell: CellId; order: string }
  /** New code (or a new kind) is to count; with `run` these cells run (R8). Several commit as one change. */
  | {
      type: 'commit';
      cells: { cell: CellId; lane: Lane; analysed: Analysed }[];
      run: boolean;
      /** Asked for besides, in the same change: asked for later, what is queued by then would be planned anew (R9.2). */
      also?: RunTarget;
    }
  | { type: 'run'; cells: RunTarget }
  | { type: 'disable'; cell: CellId; disabled: boolean }
  /** Something that these cells depend on outside of the notebook is another now. */
  | { type: 'touch'; cells: readonly CellId[] }
  | { type: 'interrupt' }
  | { type: 'restart' }
  | { type: 'set_mode'; mode: State['mode'] }
  | { type: 'started'; cell: CellId; run: number; at: number }
  /** These started and succeeded, one after the other, and nothing else is to be said of them. */
  | {
      type: 'ran';
      runs: readonly {
        cell: CellId;
        run: number;
        startedAt: number;
        durationMs: number;
        /** Names that have the value they had before (R6.1). */
        kept?: readonly Name[];
      }[];
    }
  | {
      type: 'done';
      cell: CellId;
      run: number;
      outcome: 'ok' | 'error' | 'stopped' | 'interrupted' | 'skipped';
      durationMs: number | null;
      /** Names that have the value they had before. */
      kept?: readonly Name[];
    }
  /** These were not run: what they see is what they saw before (R6.2). */
  | { type: 'unchanged'; runs: readonly { cell: CellId; run: number }[] }
  /** What this run, which has ended, did beyond what analysis said (R4.3, R3.4, R3.5). */
  | ({ type: 'found'; cell: CellId; run: number } & Found)
  /** All versions known to share objects with what the cell, as committed at that revision, changes in place. */
  | {
      type: 'shares';
      cell: CellId;
      revision: number;
      with: readonly Versions[];
      /** Those that this run, which has ended, was not given and has changed: the cell has versions of them now. */
      taken?: { run: number; versions: readonly Versions[] } | undefined;
    }
  /** These values are used up: a run has changed them in place (R4.4). */
  | { type: 'spoiled'; versions: readonly Versions[] }
  | { type: 'batch_done'; lane: Lane; batch: number }
  /** The lane's kernel is gone, with every value it held. */
  | {
      type: 'kernel_lost';
      lane: Lane;
      why: 'died' | 'unavailable' | 'closed';
      /** The run that was under way, where that is known: the kernel may have told less than it did. */
      run: number | null;
    };

export type Effect =
  | {
      type: 'run';
      lane: Lane;
      batch: number;
      /**
       * `conditional`: only if something that it sees is not what its last run saw. `revision` is that of its commit:
       * when it is another one, all that the kernel told of the cell's code is forgotten.
       */
      cells: {
        cell: CellId;
        run: number;
        program: Program;
        revision: number;
        conditional: boolean;
      }[];
    }
  /** Ends a batch after the cell that is running. */
  | { type: 'cancel'; lane: Lane; batch: number }
  | { type: 'interrupt'; lane: Lane }
  | { type: 'restart'; lane: Lane }
  | { type: 'forget'; lane: Lane; cells: CellId[] }
  /** A run ended without having been run: the kernel died, was unavailable, or the code cannot run. */
  | { type: 'failed'; cell: CellId; run: number; ending: Ending }
  /** `view` of these cells gives something else than before. */
  | { type: 'cells_changed'; cells: CellId[] }
  /** What these cells read, define or depend on is something else than before. */
  | { type: 'graph_changed'; cells: CellId[]; removed: CellId[] };

/**
 * What can be read decides what shares, and that may decide again what can be read: from cell to cell downwards, and
 * where names come from below even in circles.
 */
const maxSharingSettled = 100;

/** No cell's code has this revision. */
const neverCommitted = -1;

/** One event's collected consequences, in the making. */
class Change {
  readonly effects: Effect[] = [];
  readonly touched = new Set<Cell>();
  readonly graphTouched = new Set<Cell>();
  readonly removed: CellId[] = [];
  /** Cells to be asked for, once the graph is settled. */
  readonly asked = new Set<Cell>();
  /** Cells that are to run because something changed for them (R5.2). */
  readonly follow = new Set<Cell>();
  /** Cells that are wanted already, for which what they need is to be looked at again. */
  readonly again = new Set<Cell>();
  /** Cells whose values and outputs are to come back, nothing else. */
  readonly lost = new Set<Cell>();
  readonly seeds = new Set<Cell>();
  /** Cells that took part before and may find something else than they left. */
  readonly back = new Set<Cell>();
  readonly graph: Regraph;
  readonly state: State;
  /** Opening a notebook runs nothing, whatever it finds (R11.2). */
  readonly #reacts: boolean;
  #sharingSettled = 0;

  constructor(state: State, event: Event) {
    this.state = state;
    this.graph = new Regraph(state);
    this.#reacts = state.mode === 'auto' && event.type !== 'load';
  }

  settleGraph(): void {
    this.graph.settle();
    for (const cell of this.graph.changed) {
      this.graphTouched.add(cell);
      this.seeds.add(cell);
    }
    for (const cell of findCycles(this.state, this.seeds)) {
      this.seeds.add(cell);
      this.touched.add(cell);
      if (cell.cycle !== null) this.fault(cell);
      // Out of the cycle: it may run again as if just committed.
      else if (cell.revision > 0) this.asked.add(cell);
    }
  }

  /** A cell that cannot run as it is: it fails on the spot, as a run of its own, so that old outputs go. */
  fault(cell: Cell): void {
    const run = this.state.nextRun;
    this.state.nextRun += 1;
    cell.ran = {
      run,
      revision: cell.revision,
      names: [],
      versions: [],
      ending: 'fault',
      mutates: [],
    };
    renew(cell, run);
    cell.live = false;
    cell.startedAt = null;
    cell.durationMs = null;
    cell.takesPart = true;
    unwant(this.state, cell);
    this.touched.add(cell);
    this.effects.push({ type: 'failed', cell: cell.id, run, ending: 'fault' });
  }

  fail(cell: Cell, ending: Ending): void {
    const { flight } = cell;
    if (flight === null || this.dropOvertaken(cell, flight)) return;
    this.land(cell, flight, ending);
    renew(cell, flight.run);
    cell.live = false;
  }

  /**
   * A run ended. It is recorded as what it was, even where code or bindings changed meanwhile (R9.3): the kernel's
   * values are its values now, so no earlier run counts any more.
   */
  land(cell: Cell, flight: Flight, ending: Ending): void {
    const { run, revision, names } = flight;
    const { mutates } = flight.program;
    cell.ran = { run, revision, names, versions: versionsSeen(flight), ending, mutates };
    cell.untold = false;
    if (!flight.recovers) bringsFurther(this.state, cell);
    this.settle(cell, flight);
  }

  /** The cell's code was found faulty while it ran: then that is what counts (R7.3), and nothing else of the run. */
  dropOvertaken(cell: Cell, flight: Flight): boolean {
    if (cell.ran === null || cell.ran.run < flight.run) return false;
    this.settle(cell, flight);
    return true;
  }

  /** A flight is over; unless the cell was asked for anew meanwhile, nobody waits for it any more. */
  settle(cell: Cell, flight: Flight): void {
    cell.flight = null;
    cell.postponed = 0;
    const superseded =
      cell.want?.at !== flight.want ||
      flight.revision !== cell.revision ||
      flight.program !== cell.program;
    if (!superseded || cell.cancelled) unwant(this.state, cell);
    this.touched.add(cell);
    this.seeds.add(cell);
  }

  /** Derives statuses anew. In automatic mode whatever became stale by it, or is no longer blocked, runs (R5.2). */
  refresh(): void {
    const turned = new Set<Cell>();
    for (const cell of [...refresh(this.state, this.seeds, turned), ...this.back]) {
      this.touched.add(cell);
      const stale = !cell.fresh && !cell.failed && cell.blockedBy === null;
      // Wanted for its lost values alone, it would run, and those who saw these would not hear of others.
      if (!stale || (cell.want !== null && cell.want.reason !== 'recovers')) continue;
      if (this.#reacts && cell.takesPart) this.follow.add(cell);
      // What waits counted on its failure or its value, and needs it to run first now (R5.4).
      for (const dependent of cell.dependents)
        if (dependent.want !== null) this.again.add(dependent);
    }
    this.seeds.clear();
    this.back.clear();
    if (turned.size > 0) this.#settleSharing(turned);
  }

  /** Who shares with what can be read only now, or no longer, changes other names than before (R4.2). */
  #settleSharing(turned: ReadonlySet<Cell>): void {
    if (this.#sharingSettled === maxSharingSettled) return;
    this.#sharingSettled += 1;
    const ids = new Set([...turned].map(({ id }) => id));
    for (const cell of this.state.sequence) {
      if (cell.shares.some((shared) => ids.has(shared.cell))) this.graph.found(cell);
    }
    this.settleGraph();
    if (this.seeds.size > 0) this.refresh();
  }
}

export function reduce(state: State, event: Event): { state: State; effects: Effect[] } {
  // Nothing follows from it but the cell's status.
  if (event.type === 'started') return { state, effects: started(state, event) };
  if (isOfPeople(event)) state.changes += 1;
  const change = new Change(state, event);
  apply(change, event);
  change.refresh();
  // What a waiting cell waits for is another cell now, which may have to run first.
  for (const cell of change.graph.changed) if (cell.want !== null) change.again.add(cell);
  const { asked, follow, again, lost } = change;
  const wanted = asked.size + follow.size + again.size + lost.size;
  if (wanted > 0) {
    for (const cell of trigger(state, change)) change.touched.add(cell);
  }
  // The hot events of a cascade cost nothing that grows with what still waits.
  const isProgress = event.type === 'done' || event.type === 'ran' || event.type === 'unchanged';
  const hot = isProgress && wanted - lost.size === 0;
  if (!hot) {
    for (const { lane, batch } of supersede(state)) {
      change.effects.push({ type: 'cancel', lane, batch });
    }
  }
  if (!hot || opensLane(state, event)) {
    for (const { lane, batch, cells } of dispatch(state, change.touched)) {
      change.effects.push({
        type: 'run',
        lane,
        batch: batch.id,
        cells: cells.map((cell) => ({
          cell: cell.id,
          run: cell.flight?.run ?? 0,
          program: cell.program,
          revision: cell.committedAt,
          conditional: cell.flight?.conditional ?? false,
        })),
      });
      for (const cell of cells) change.touched.add(cell);
    }
  }
  const alive = (cells: Set<Cell>): CellId[] => {
    const ids: CellId[] = [];
    for (const cell of cells) if (isThere(state, cell)) ids.push(cell.id);
    return ids;
  };
  const graphChanged = alive(change.graphTouched);
  if (graphChanged.length + change.removed.length > 0) {
    change.effects.push({ type: 'graph_changed', cells: graphChanged, removed: change.removed });
  }
  const changed = alive(change.touched);
  if (changed.length > 0) change.effects.push({ type: 'cells_changed', cells: changed });
  return { state, effects: change.effects };
}

/** Not told by a kernel. */
function isOfPeople({ type }: Event): boolean {
  switch (type) {
    case 'load':
    case 'insert':
    case 'remove':
    case 'move':
    case 'commit':
    case 'disable':
    case 'touch':
    case 'run':
    case 'interrupt':
    case 'restart':
    case 'set_mode':
      return true;
    default:
      return false;
  }
}

/** A cell that ended lets one of its readers start in a lane that is idle. */
function opensLane(state: State, event: Event): boolean {
  if (event.type === 'ran' || event.type === 'unchanged')
    return event.runs.some(({ cell }) => hasIdleReader(state, cell));
  return event.type === 'done' && hasIdleReader(state, event.cell);
}

function hasIdleReader(state: State, cell: CellId): boolean {
  for (const dependent of state.cells.get(cell)?.dependents ?? []) {
    if (dependent.want !== null && !state.batches.has(dependent.lane)) return true;
  }
  return false;
}

function started(state: State, event: Extract<Event, { type: 'started' }>): Effect[] {
  const cell = state.cells.get(event.cell);
  if (cell?.flight == null || cell.flight.run !== event.run) return [];
  cell.flight.startedAt = event.at;
  return [{ type: 'cells_changed', cells: [cell.id] }];
}

function apply(change: Change, event: Exclude<Event, { type: 'started' }>): void {
  const { state, graph, effects } = change;
  switch (event.type) {
    case 'load':
      for (const loaded of event.cells) insert(change, loaded);
      state.nextRun = Math.max(state.nextRun, event.lastRun + 1);
      change.settleGraph();
      return;
    case 'insert':
      insert(change, event.cell);
      change.settleGraph();
      return;
    case 'remove': {
      const cell = state.cells.get(event.cell);
      if (cell === undefined) return;
      graph.remove(cell);
      change.removed.push(cell.id);
      effects.push({ type: 'forget', lane: cell.lane, cells: [cell.id] });
      const batch = cell.flight === null ? undefined : state.batches.get(cell.lane);
      if (batch !== undefined && cell.flight !== null) {
        const { lane } = cell;
        batch.cancelled = true;
        if (cell.flight.startedAt === null) effects.push({ type: 'cancel', lane, batch: batch.id });
        else effects.push({ type: 'interrupt', lane });
      }
      change.settleGraph();
      return;
    }
    case 'move': {
      const cell = state.cells.get(event.cell);
      if (cell === undefined) return;
      graph.move(cell, event.order);
      change.settleGraph();
      return;
    }
    case 'commit': {
      const same = commit(change, event.cells, event.run);
      // What the commit makes stale is stale too, when all that is stale is asked for.
      change.refresh();
      for (const cell of chosen(state, event.also ?? [])) {
        // Asked for with new comments in it, not because anybody wants it to run again (R6.3).
        if (event.also === 'all' || !same.has(cell)) change.asked.add(cell);
      }
      return;
    }
    case 'disable': {
      const cell = state.cells.get(event.cell);
      if (cell === undefined || cell.disabled === event.disabled) return;
      cell.disabled = event.disabled;
      if (cell.disabled) unwant(state, cell);
      change.touched.add(cell);
      change.seeds.add(cell);
      return;
    }
    case 'touch':
      for (const id of event.cells) {
        const cell = state.cells.get(id);
        if (cell === undefined || cell.revision === 0) continue;
        cell.revision += 1;
        cell.touchedAt = cell.revision;
        change.seeds.add(cell);
        change.touched.add(cell);
      }
      return;
    case 'run':
      for (const cell of chosen(state, event.cells)) change.asked.add(cell);
      return;
    case 'interrupt':
      for (const [lane, batch] of state.batches) {
        batch.cancelled = true;
        effects.push({ type: 'interrupt', lane });
      }
      cancelQueue(change);
      return;
    case 'restart':
      for (const cell of state.cells.values()) {
        cell.flight = null;
        if (!cell.live && cell.want === null) continue;
        cell.live = false;
        change.touched.add(cell);
      }
      cancelQueue(change);
      for (const lane of lanes(state)) effects.push({ type: 'restart', lane });
      state.batches.clear();
      return;
    case 'set_mode':
      state.mode = event.mode;
      if (event.mode === 'auto')
        for (const cell of chosen(state, 'stale')) if (cell.takesPart) change.asked.add(cell);
      return;
    case 'ran':
      for (const { cell: id, run, startedAt, durationMs, kept } of event.runs) {
        const cell = state.cells.get(id);
        if (cell?.flight?.run !== run || change.dropOvertaken(cell, cell.flight)) continue;
        cell.flight.startedAt = startedAt;
        cell.durationMs = durationMs;
        succeed(change, cell, cell.flight, kept ?? []);
      }
      return;
    case 'unchanged':
      for (const { cell: id, run } of event.runs) {
        const cell = state.cells.get(id);
        const flight = cell?.flight;
        if (cell === undefined || flight?.run !== run || cell.ran === null) continue;
        if (change.dropOvertaken(cell, flight)) continue;
        // The kernel's word that these are the values which the last run saw.
        cell.ran = { ...cell.ran, names: flight.names, versions: versionsSeen(flight) };
        change.settle(cell, flight);
      }
      return;
    case 'found': {
      const cell = state.cells.get(event.cell);
      // Of code that has been replaced since it says nothing.
      if (cell?.ran?.run !== event.run || cell.ran.revision < cell.committedAt) return;
      const { defines, mutates, reads = [] } = cell.found;
      cell.found = {
        defines: union(defines, event.defines),
        mutates: union(mutates, event.mutates),
        reads: union(reads, event.reads ?? []),
      };
      cell.ran = { ...cell.ran, mutates: union(cell.ran.mutates, event.mutates) };
      bringsFurther(state, cell);
      graph.found(cell);
      change.settleGraph();
      // It was asked for, and has not seen what it looked for (R3.5).
      if (event.reads?.some((name) => isNew(cell, name))) change.asked.add(cell);
      for (const lost of lostBeside(state, cell)) change.lost.add(lost);
      return;
    }
    case 'shares': {
      const cell = state.cells.get(event.cell);
      // What is told of code that has been replaced since says nothing of the present one.
      if (cell?.committedAt !== event.revision) return;
      cell.shares = event.with;
      bringsFurther(state, cell);
      graph.found(cell);
      change.settleGraph();
      if (cell.ran !== null && cell.ran.run === event.taken?.run) {
        cell.ran = alsoSaw(cell, cell.ran, event.taken.versions);
      }
      return;
    }
    case 'spoiled':
      for (const { cell: id, names } of event.versions) {
        const cell = state.cells.get(id);
        if (cell === undefined) continue;
        // Readers are asked for when the batch ends: the kernel may have run them by now, of a version made since.
        cell.spoiled = new Set([...cell.spoiled, ...names]);
      }
      return;
    case 'done':
      done(change, event);
      return;
    case 'batch_done': {
      const batch = state.batches.get(event.lane);
      if (batch?.id === event.batch) endBatch(change, event.lane);
      return;
    }
    case 'kernel_lost':
      kernelLost(change, event);
      return;
  }
}

function insert(change: Change, loaded: LoadedCell): void {
  const { state, graph } = change;
  if (state.cells.has(loaded.id)) return;
  const cell = newCell(loaded.id, loaded.order, loaded.lane, loaded.analysed);
  cell.disabled = loaded.disabled ?? false;
  if (loaded.record !== null) {
    cell.revision = cell.committedAt = loaded.record.revision;
    const { version, ran, before, kept, found, shares } = loaded.record;
    if (before !== undefined && !cell.analysed.ok) cell.analysed = { ...cell.analysed, before };
    cell.version = version;
    cell.ran = ran;
    if (kept !== undefined) cell.kept = new Map(Object.entries(kept));
    cell.found = found ?? nothingFound;
    cell.shares = shares ?? [];
    cell.takesPart = cell.ran !== null || loaded.record.takesPart === true;
    cell.startedAt = loaded.startedAt;
    cell.durationMs = loaded.durationMs;
    state.nextRun = Math.max(state.nextRun, cell.version + 1, (cell.ran?.run ?? 0) + 1);
  }
  graph.insert(cell);
  change.seeds.add(cell);
  if (cell.takesPart) change.back.add(cell);
  change.touched.add(cell);
  change.graphTouched.add(cell);
}

function commit(
  change: Change,
  cells: { cell: CellId; lane: Lane; analysed: Analysed }[],
  run: boolean,
): Set<Cell> {
  const { state, graph, effects } = change;
  const same = new Set<Cell>();
  for (const { cell: id, lane, analysed } of cells) {
    const cell = state.cells.get(id);
    if (cell === undefined) continue;
    if (lane === cell.lane && doesTheSame(cell, analysed)) {
      same.add(cell);
      continue;
    }
    cell.revision += 1;
    cell.committedAt = cell.revision;
    // Most edits change no name: then the graph, however many cells read this one, is as it was.
    const sameNames =
      cell.analysed.ok &&
      analysed.ok &&
      cell.found === nothingFound &&
      cell.shares.length === 0 &&
      JSON.stringify(cell.analysed.analysis) === JSON.stringify(analysed.analysis);
    cell.found = nothingFound;
    cell.shares = [];
    cell.analysed = analysed.ok ? analysed : { ...analysed, before: analysisOf(cell) };
    if (lane !== cell.lane) {
      effects.push({ type: 'forget', lane: cell.lane, cells: [id] });
      cell.lane = lane;
      cell.live = false;
    }
    if (!sameNames) {
      graph.analysed(cell);
      change.graphTouched.add(cell);
    }
    change.seeds.add(cell);
    change.touched.add(cell);
    if (!analysed.ok) change.fault(cell);
    else if (run) change.asked.add(cell);
    else if (cell.takesPart) change.back.add(cell);
  }
  change.settleGraph();
  return same;
}

/** The cell is up to date, or will be, and its new text says nothing else than the old one (R6.3). */
function doesTheSame(cell: Cell, analysed: Analysed): boolean {
  if (!cell.analysed.ok || !analysed.ok || analysed.code === undefined) return false;
  if (cell.analysed.code !== analysed.code || cell.revision === 0) return false;
  return cell.fresh || (cell.want !== null && !cell.cancelled) || cell.disabled;
}

/** The asked-for cells and whatever would follow from them, in document order; nothing runs (R5.8). */
export function plan(state: State, target: RunTarget): CellId[] {
  return wouldRun(state, chosen(state, target)).map(({ id }) => id);
}

function union(a: readonly Name[], b: readonly Name[]): Name[] {
  return [...new Set([...a, ...b])].sort();
}

/** All that the cell defines is new, as of this run. */
function renew(cell: Cell, run: number): void {
  cell.version = run;
  cell.kept = noneKept;
  cell.spoiled = noneSpoiled;
}

function chosen(state: State, which: RunTarget): Cell[] {
  if (which === 'all') return state.sequence.filter((cell) => cell.revision > 0);
  if (which === 'stale') {
    return state.sequence.filter(
      (cell) =>
        cell.revision > 0 && !cell.fresh && (!cell.failed || cell.ran?.ending === 'interrupted'),
    );
  }
  return which.flatMap((id) => state.cells.get(id) ?? []);
}

/** Nothing that waits is to run any more, nor what runs to run again. */
function cancelQueue(change: Change): void {
  const { state } = change;
  for (const cell of [...state.wanted]) {
    cell.cancelled = true;
    // The kernel may have run it already and not said so yet: its flight ends when the kernel tells.
    if (cell.flight !== null && cell.flight.startedAt !== null) continue;
    unwant(state, cell);
    change.touched.add(cell);
    if (cell.untold && cell.ran !== null) {
      // What it showed is never going to be told.
      cell.ran = { ...cell.ran, revision: neverCommitted };
      change.seeds.add(cell);
    }
  }
}

function lanes(state: State): Set<Lane> {
  const all = new Set<Lane>();
  for (const cell of state.cells.values()) all.add(cell.lane);
  return all;
}

function done(change: Change, event: Extract<Event, { type: 'done' }>): void {
  const { state } = change;
  const cell = state.cells.get(event.cell);
  const flight = cell?.flight;
  if (cell === undefined || flight == null || flight.run !== event.run) return;
  if (event.outcome === 'skipped') {
    cell.flight = null;
    change.touched.add(cell);
    const batch = state.batches.get(cell.lane);
    // Its code may even have gone to another lane: then this says nothing of the run that is wanted now.
    const isOutdated = flight.revision !== cell.revision || flight.want !== cell.want?.at;
    if (cell.blockedBy !== null) {
      // Asked for again when the failed one heals; unless that one is about to run once more.
      if (!waitsForWanted(cell)) unwant(state, cell);
    } else if (!isOutdated && batch?.cancelled !== true && !hasWantedDependency(cell)) {
      // The kernel knows of a reason that we don't: asking again would never end.
      cell.cancelled = true;
      unwant(state, cell);
    }
    return;
  }
  if (change.dropOvertaken(cell, flight)) return;
  cell.durationMs = event.durationMs;
  if (event.outcome === 'ok') {
    succeed(change, cell, flight, event.kept ?? []);
  } else if (event.outcome === 'stopped') {
    cell.startedAt = flight.startedAt;
    change.land(cell, flight, 'stopped');
    renew(cell, flight.run);
    cell.live = true;
  } else {
    cell.startedAt = flight.startedAt;
    change.fail(cell, event.outcome === 'error' ? 'error' : 'interrupted');
  }
}

/** What it needs failed in this batch, but is out of date by now and runs again. */
function hasWantedDependency(cell: Cell): boolean {
  for (const dependency of cell.dependencies) if (dependency.want !== null) return true;
  return false;
}

function succeed(change: Change, cell: Cell, flight: Flight, kept: readonly Name[]): void {
  if (change.dropOvertaken(cell, flight)) return;
  cell.startedAt = flight.startedAt;
  change.land(cell, flight, 'ok');
  if (flight.recovers) cell.spoiled = noneSpoiled;
  else {
    const older =
      kept.length === 0
        ? noneKept
        : new Map(kept.map((name) => [name, versionOf(cell, name)] as const));
    renew(cell, flight.run);
    cell.kept = older;
    // Fresh as the cell was all the time, this is all that tells them; one that failed may do better on what is new.
    for (const dependent of cell.dependents) {
      if (dependent.fresh || dependent.failed) change.seeds.add(dependent);
    }
  }
  cell.live = true;
}

/** Something ran for the first time since it was wanted, or was learned: the batch was not in vain. */
function bringsFurther(state: State, { lane }: Cell): void {
  const batch = state.batches.get(lane);
  if (batch !== undefined) batch.bringsFurther = true;
}

/** Whatever of the batch has not ended by now never will: it waits for the next one. */
function endBatch(change: Change, lane: Lane): void {
  const { state } = change;
  const batch = state.batches.get(lane);
  for (const cell of batch?.cells ?? []) {
    if (cell.flight !== null) {
      cell.flight = null;
      change.touched.add(cell);
      if (cell.postponedSince !== state.changes) {
        // Somebody has done something since: what happened before that counts no longer.
        cell.postponed = 0;
        cell.postponedSince = state.changes;
      }
      // Cells that all turn out to change one thing run in a batch each; even that has to end some time.
      cell.postponed += batch?.bringsFurther ? 1 / state.cells.size : 1;
      if (cell.postponed >= maxPostponed) {
        // What it needs is used up again and again before its turn comes: a notebook that does not rest helps nobody.
        cell.cancelled = true;
        unwant(state, cell);
      }
    }
  }
  state.batches.delete(lane);
  // What they need may have been used up since they were asked for, or more may have to be there with them (R10.6).
  for (const cell of state.wanted) {
    if (cell.lane === lane && !cell.cancelled) change.again.add(cell);
  }
}

function kernelLost(
  change: Change,
  { lane, why, run }: Extract<Event, { type: 'kernel_lost' }>,
): void {
  const { state, effects } = change;
  for (const cell of state.cells.values()) {
    if (cell.lane !== lane || !cell.live) continue;
    cell.live = false;
    change.touched.add(cell);
  }
  if (why !== 'closed') {
    const flying = (state.batches.get(lane)?.cells ?? []).filter(
      (cell) => cell.flight !== null && isThere(state, cell),
    );
    const last = run === null ? -1 : flying.findIndex(({ flight }) => flight?.run === run);
    for (const cell of flying.slice(0, Math.max(last, 0))) {
      if (cell.flight === null || cell.want === null) continue;
      // It had run, and nobody was told. As a new version its repetition would bring back the deadly cell, for ever.
      succeed(change, cell, cell.flight, []);
      cell.live = false;
      cell.untold = true;
      if (cell.want === null) change.lost.add(cell);
    }
    // Not what was cancelled before it started: that is nobody's failure (R10.1).
    const inFlight = flying.filter((cell) => cell.want !== null || cell.flight?.startedAt != null);
    // R10.2: the cell that ran killed it; it may have been removed since. Where it is not known, the first stands for
    // it, or this would never end.
    const guessed = inFlight.find((cell) => cell.flight?.startedAt != null) ?? inFlight[0];
    const culprits = why === 'unavailable' ? inFlight : [run === null ? guessed : flying[last]];
    for (const cell of culprits) {
      const failed = cell?.flight?.run;
      if (cell === undefined || failed === undefined) continue;
      change.fail(cell, why);
      effects.push({ type: 'failed', cell: cell.id, run: failed, ending: why });
      change.refresh();
    }
  }
  endBatch(change, lane);
  // Values that waiting cells counted on are gone: ask for them again.
  for (const cell of state.wanted) if (waits(cell)) change.again.add(cell);
}

function isThere(state: State, cell: Cell): boolean {
  return state.cells.get(cell.id) === cell;
}

/** The cell sees the name now, and its last run did not. */
function isNew({ names, ran }: Cell, name: Name): boolean {
  return names.includes(name) && ran?.names.includes(name) !== true;
}

/** The run, had it been given these versions too, as far as the cell sees them (R4.3). */
function alsoSaw({ program, owners, names }: Cell, ran: Ran, versions: readonly Versions[]): Ran {
  const also: { name: Name; version: number }[] = [];
  for (const { cell, names: taken } of versions) {
    for (const name of taken) {
      const owner = owners[names.indexOf(name)];
      if (owner === undefined || program.bindings[name] !== cell || ran.names.includes(name))
        continue;
      also.push({ name, version: versionOf(owner, name) });
    }
  }
  return {
    ...ran,
    names: [...ran.names, ...also.map(({ name }) => name)],
    versions: [...ran.versions, ...also.map(({ version }) => version)],
    mutates: [...ran.mutates, ...also.map(({ name }) => name)],
  };
}

/** It is to run, and not as part of a run that has started. */
function waits({ want, flight }: Cell): boolean {
  if (want === null) return false;
  return flight === null || flight.startedAt === null || flight.want !== want.at;
}
