/**
 * What the server says about the run of each cell, held so that a view can subscribe to one cell alone.
 *
 * Snapshots and frames of events go in; immutable views come out. A view is replaced only when its cell changed, and
 * one frame is one round of notifications however many events it carries, so a cascade over a thousand cells is one
 * pass. Facts about a superseded run are ignored here (PROTOCOL S6); nobody behind this file needs to know of runs.
 * It knows neither the socket nor the document: a cell may be known here before, or after, the document has it.
 */
import {
  type CellError,
  type CellGraph,
  type CellRunState,
  type CellStatus,
  type CodeWarning,
  type CommittedCode,
  type ConsoleText,
  type EnvironmentStatus,
  type KernelStatus,
  type MissedInput,
  type NotebookEvent,
  originFinder,
  type ShownOutput,
  type Snapshot,
  statesOf,
} from '@rnb/protocol';

export interface CellView {
  readonly state: CellRunState;
  /** What the run printed; neighbours of one stream are joined. Carriage returns are still in it. */
  readonly console: readonly ConsoleText[];
  /** In the order in which they were shown; each says what was printed before it. */
  readonly outputs: readonly ShownOutput[];
  readonly error: CellError | null;
  /** The source that runs; null while the cell was never committed. */
  readonly committed: string | null;
  /** What cannot be followed in that source. */
  readonly warnings: readonly CodeWarning[];
  readonly graph: CellGraph | null;
}

export interface RunSummary {
  readonly counts: Readonly<Record<CellStatus, number>>;
  /** True when nothing is queued or running. */
  readonly atRest: boolean;
  /** The cell that runs, the same of them for everybody where several do; null while none does. */
  readonly running: string | null;
}

export interface RunState {
  /** A cell that the server has not spoken of is idle. */
  getCell(id: string): CellView;
  subscribeCell(id: string, listener: () => void): () => void;
  /** Where the change came from that a stale cell has not seen. Each way is walked once, whoever asks, until a state changes. */
  originOf(input: MissedInput): MissedInput;
  /** Called once for every frame that changed the state of a cell, whichever: in it may lie why others did not run. */
  subscribeStates(listener: () => void): () => void;
  getKernels(): readonly KernelStatus[];
  /** Null before the first snapshot. */
  getEnvironment(): EnvironmentStatus | null;
  getSummary(): RunSummary;
  /** Called when kernels, environment or summary changed. */
  subscribeNotebook(listener: () => void): () => void;
}

interface Draft {
  state: CellRunState;
  console: ConsoleText[];
  outputs: ShownOutput[];
  error: CellError | null;
  committed: string | null;
  warnings: readonly CodeWarning[];
  graph: CellGraph | null;
}

const noCounts: Readonly<Record<CellStatus, number>> = {
  idle: 0,
  queued: 0,
  running: 0,
  success: 0,
  error: 0,
  blocked: 0,
  stale: 0,
  disabled: 0,
};

function unknownCell(id: string): CellView {
  return {
    state: { id, status: 'idle', run: null, live: false },
    console: [],
    outputs: [],
    error: null,
    committed: null,
    warnings: [],
    graph: null,
  };
}

export class RunStateStore implements RunState {
  readonly #cells = new Map<string, CellView>();
  /** Views handed out for cells the server has not spoken of, so that asking twice gives the same object. */
  readonly #unknown = new Map<string, CellView>();
  readonly #drafts = new Map<string, Draft | null>();
  readonly #cellListeners = new Map<string, Set<() => void>>();
  readonly #stateListeners = new Set<() => void>();
  readonly #notebookListeners = new Set<() => void>();
  #findOrigin = this.#newOriginFinder();
  #kernels: readonly KernelStatus[] = [];
  #environment: EnvironmentStatus | null = null;
  readonly #running = new Set<string>();
  #summary: RunSummary = { counts: noCounts, atRest: true, running: null };

  readonly getCell = (id: string): CellView => {
    const known = this.#cells.get(id) ?? this.#unknown.get(id);
    if (known) return known;
    const view = unknownCell(id);
    this.#unknown.set(id, view);
    return view;
  };

  readonly subscribeCell = (id: string, listener: () => void): (() => void) => {
    const listeners = this.#cellListeners.get(id) ?? new Set();
    this.#cellListeners.set(id, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#cellListeners.get(id) === listeners) {
        this.#cellListeners.delete(id);
      }
    };
  };

  readonly originOf = (input: MissedInput): MissedInput => this.#findOrigin(input);

  readonly subscribeStates = (listener: () => void): (() => void) => {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  };

  readonly getKernels = (): readonly KernelStatus[] => this.#kernels;
  readonly getEnvironment = (): EnvironmentStatus | null => this.#environment;
  readonly getSummary = (): RunSummary => this.#summary;

  readonly subscribeNotebook = (listener: () => void): (() => void) => {
    this.#notebookListeners.add(listener);
    return () => this.#notebookListeners.delete(listener);
  };

  /** Replaces everything known. */
  applySnapshot(snapshot: Snapshot): void {
    for (const id of this.#cells.keys()) this.#drafts.set(id, null);
    const fresh = (id: string): Draft => {
      const draft = this.#drafts.get(id);
      if (draft) return draft;
      const made = draftOf(unknownCell(id));
      this.#drafts.set(id, made);
      return made;
    };
    for (const state of snapshot.states.flatMap(statesOf)) fresh(state.id).state = state;
    for (const result of snapshot.results) {
      const draft = fresh(result.id);
      // A result of an older run belongs to what the newer run has already emptied.
      if (draft.state.run !== null && result.run < draft.state.run) continue;
      draft.console = joinConsole(result.console);
      draft.outputs = result.outputs;
      draft.error = result.error;
    }
    for (const source of snapshot.committed) commit(fresh(source.id), source);
    for (const graph of snapshot.graph) fresh(graph.id).graph = graph;
    this.#kernels = snapshot.kernels;
    this.#environment = snapshot.environment;
    this.#publish(true);
  }

  /** Applies one frame: one round of notifications. */
  applyEvents(events: readonly NotebookEvent[]): void {
    let notebookChanged = false;
    for (const event of events) {
      if (event.type === 'kernel_status') {
        const { type: _, ...kernel } = event;
        this.#kernels = withKernel(this.#kernels, kernel);
        notebookChanged = true;
      } else if (event.type === 'environment_status') {
        const { type: _, ...environment } = event;
        this.#environment = environment;
        notebookChanged = true;
      } else {
        this.#applyToCells(event);
      }
    }
    this.#publish(notebookChanged);
  }

  #applyToCells(
    event: Exclude<NotebookEvent, { type: 'kernel_status' } | { type: 'environment_status' }>,
  ): void {
    switch (event.type) {
      case 'cell_status':
        for (const state of statesOf(event)) {
          const draft = this.#enterRun(state.id, state.run);
          if (draft) draft.state = state;
        }
        return;
      case 'cell_stdout': {
        const draft = this.#enterRun(event.cell, event.run);
        if (draft) appendConsole(draft.console, event);
        return;
      }
      case 'cell_output': {
        const draft = this.#enterRun(event.cell, event.run);
        if (draft) showOutput(draft.outputs, event.output);
        return;
      }
      case 'cell_clear': {
        const draft = this.#enterRun(event.cell, event.run);
        if (draft) clear(draft);
        return;
      }
      case 'cell_error': {
        const draft = this.#enterRun(event.cell, event.run);
        if (draft) draft.error = event.error;
        return;
      }
      case 'cell_committed':
        for (const source of event.cells) commit(this.#draft(source.id), source);
        return;
      case 'graph':
        for (const graph of event.cells) this.#draft(graph.id).graph = graph;
        for (const id of event.removed) {
          this.#drafts.set(id, null);
        }
        return;
    }
  }

  /** The cell's draft, emptied when `run` is newer than what is shown; null when `run` is superseded. */
  #enterRun(id: string, run: number | null): Draft | null {
    const known = (this.#drafts.get(id) ?? this.#shown(id)).state.run;
    if (known !== null && (run === null || run < known)) return null;
    const draft = this.#draft(id);
    if (run !== null && (known === null || run > known)) {
      draft.state = { ...draft.state, run };
      draft.console = [];
      draft.outputs = [];
      draft.error = null;
    }
    return draft;
  }

  /** What the cell shows before its draft; a cell removed earlier in this frame shows nothing. */
  #shown(id: string): CellView {
    return (this.#drafts.has(id) ? undefined : this.#cells.get(id)) ?? unknownCell(id);
  }

  #draft(id: string): Draft {
    const existing = this.#drafts.get(id);
    if (existing) return existing;
    const draft = draftOf(this.#shown(id));
    this.#drafts.set(id, draft);
    return draft;
  }

  #newOriginFinder(): RunState['originOf'] {
    return originFinder((id) => this.getCell(id).state);
  }

  #publish(notebookChanged: boolean): void {
    const counts = { ...this.#summary.counts };
    let countsChanged = false;
    let statesChanged = false;
    for (const [id, draft] of this.#drafts) {
      const shown = this.#cells.get(id)?.state;
      if (shown !== draft?.state) statesChanged = true;
      const before = shown?.status;
      const after = draft?.state.status;
      if (before !== after) {
        countsChanged = true;
        if (before) counts[before] -= 1;
        if (after) counts[after] += 1;
        if (after === 'running') this.#running.add(id);
        else this.#running.delete(id);
      }
      this.#unknown.delete(id);
      if (draft) this.#cells.set(id, draft);
      else this.#cells.delete(id);
    }
    if (countsChanged) {
      const [running = null] = [...this.#running].sort();
      this.#summary = { counts, atRest: counts.queued + counts.running === 0, running };
    }
    const changed = [...this.#drafts.keys()];
    this.#drafts.clear();
    if (statesChanged) this.#findOrigin = this.#newOriginFinder();
    for (const id of changed) {
      for (const listener of [...(this.#cellListeners.get(id) ?? [])]) listener();
    }
    if (statesChanged) {
      for (const listener of [...this.#stateListeners]) listener();
    }
    if (notebookChanged || countsChanged) {
      for (const listener of [...this.#notebookListeners]) listener();
    }
  }
}

/** Arrays are copied, so that views already handed out never change. */
function draftOf(view: CellView): Draft {
  return { ...view, console: [...view.console], outputs: [...view.outputs] };
}

function commit(draft: Draft, { code, warnings = [] }: CommittedCode): void {
  draft.committed = code;
  draft.warnings = warnings;
}

function clear(draft: Draft): void {
  draft.console = [];
  draft.outputs = [];
}

function appendConsole(console: ConsoleText[], { stream, text }: ConsoleText): void {
  const last = console.at(-1);
  if (last?.stream === stream) {
    console[console.length - 1] = { stream, text: last.text + text };
  } else {
    console.push({ stream, text });
  }
}

function joinConsole(texts: readonly ConsoleText[]): ConsoleText[] {
  const joined: ConsoleText[] = [];
  for (const text of texts) appendConsole(joined, text);
  return joined;
}

function showOutput(outputs: ShownOutput[], output: ShownOutput): void {
  const { displayId } = output;
  const place =
    displayId === undefined ? -1 : outputs.findIndex((shown) => shown.displayId === displayId);
  if (place === -1) outputs.push(output);
  else outputs[place] = output;
}

function withKernel(kernels: readonly KernelStatus[], kernel: KernelStatus): KernelStatus[] {
  const place = kernels.findIndex(({ language }) => language === kernel.language);
  return place === -1 ? [...kernels, kernel] : kernels.with(place, kernel);
}
