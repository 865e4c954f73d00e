/**
 * One open notebook: the shell round the engine.
 *
 * It owns the document, the engine's state, the kernels and the clients of one notebook, and carries facts between
 * them: the document changes or a client commands → an event for the engine; the engine answers with effects →
 * kernels run, clients are told, the store keeps. It decides nothing about what runs or when; a rule found here
 * belongs in the engine.
 *
 * "Saved" is the store's word: updates are told to other clients at once and acknowledged when committed.
 */
import { type DocumentChange, type NotebookDocument, openDocument } from '@rnb/document';
import {
  type Analysed,
  atRest,
  type CellRecord,
  type Effect,
  type Event,
  emptyState,
  type LoadedCell,
  type Program,
  record,
  reduce,
  type State,
  view,
} from '@rnb/engine';
import type {
  Cell,
  CellError,
  CellGraph,
  CellKind,
  CellProgram,
  CellRunState,
  Command,
  EnvironmentStatus,
  KernelEvent,
  Notebook,
  Role,
  RunTarget,
  Snapshot,
  TablePage,
  TableQuery,
} from '@rnb/protocol';
import * as Y from 'yjs';
import { Refusal } from '../http/problem.ts';
import type { Analyser, KernelExit, KernelLauncher } from '../kernels/kernel.ts';
import type { CellRunRecord, Store } from '../store/store.ts';
import { Lanes } from './lanes.ts';
import { Outbox } from './outbox.ts';
import { Results } from './results.ts';
import { RunArchive } from './run-archive.ts';
import type { EventFrame, Session, SessionListener } from './session.ts';

const updatesBeforeCompaction = 500;

/** Where the server's Python environment stands; sessions pass it on. */
export interface EnvironmentSource {
  status(): EnvironmentStatus;
  subscribe(listener: (status: EnvironmentStatus) => void): () => void;
}

export interface SessionOptions {
  id: string;
  epoch: string;
  store: Store;
  analyser: Analyser;
  launchers: readonly KernelLauncher[];
  environment: EnvironmentSource;
  /** The notebook's own folder, where its cells run. */
  workDir: string;
  log: { error(details: object, message: string): void };
}

/** The committed source of a cell: what runs (R8). */
interface Committed {
  code: string;
  kind: CellKind;
  analysed: Analysed;
}

/** What the store keeps of a cell for the engine, beside its results. */
interface StoredRun {
  record: CellRecord;
  analysed: Analysed;
}

export class NotebookSession implements Session {
  readonly id: string;
  readonly epoch: string;
  readonly document: NotebookDocument;
  #options: SessionOptions;
  #doc: Y.Doc;
  #state: State;
  #results = new Results();
  #outbox: Outbox;
  #archive: RunArchive;
  #lanes: Lanes;
  #committed = new Map<string, Committed>();
  /** Removed cells, for an undo to bring back as they were. */
  #removed = new Map<string, { committed: Committed | undefined; record: CellRecord }>();
  #programs = new Map<string, { engine: Program; committed: Committed; program: CellProgram }>();
  #listeners = new Set<SessionListener>();
  /** Commands take effect in the order in which they came. */
  #commands: Promise<void> = Promise.resolve();
  #commandsWaiting = 0;
  #appends: Promise<void>[] = [];
  #appended = 0;
  #restWaiters = new Set<() => void>();
  #stopEnvironment: () => void;
  #ending: string | null = null;

  /** Reads the notebook back. Throws NotebookDamaged rather than ever showing an empty one. */
  static async open(options: SessionOptions): Promise<NotebookSession> {
    const { store, id } = options;
    const [updates, runs] = await Promise.all([store.loadDocument(id), store.loadRuns(id)]);
    const doc = new Y.Doc();
    doc.transact(() => {
      for (const update of updates) Y.applyUpdate(doc, update);
    });
    const session = new NotebookSession(options, doc);
    await session.#load(runs);
    return session;
  }

  private constructor(options: SessionOptions, doc: Y.Doc) {
    this.#options = options;
    this.id = options.id;
    this.epoch = options.epoch;
    this.#doc = doc;
    this.document = openDocument(doc);
    this.#state = emptyState(this.document.mode);
    this.#outbox = new Outbox(
      { state: (cell) => this.#stateOf(cell), graph: (cell) => this.#graphOf(cell) },
      (frame) => {
        for (const listener of this.#listeners) listener.onEvents(frame);
      },
    );
    this.#archive = new RunArchive(
      options.store,
      this.id,
      (cell) => this.#recordOf(cell),
      (error) =>
        options.log.error({ err: error, notebook: this.id }, 'outputs could not be stored'),
    );
    this.#lanes = new Lanes(
      options.launchers,
      { notebook: this.id, workDir: options.workDir },
      {
        onEvents: (lane, events) => this.#guard(() => this.#hear(lane, events)),
        onLost: (lane, exit) => this.#guard(() => this.#lose(lane, exit)),
        onStatus: (status) => this.#outbox.push({ type: 'kernel_status', ...status }),
      },
    );
    this.#stopEnvironment = options.environment.subscribe((status) => {
      this.#outbox.push({ type: 'environment_status', ...status });
      if (status.state === 'ready') this.#retryImports();
    });
  }

  get seq(): number {
    return this.#outbox.seq;
  }

  // --- opening -------------------------------------------------------------------------------------------------

  async #load(runs: CellRunRecord[]): Promise<void> {
    const stored = new Map(runs.map((run) => [run.cell, run]));
    const cells: LoadedCell[] = [];
    const unknown: { cell: string; code: string; kind: CellKind }[] = [];
    for (const { id, kind, order } of this.document.cells()) {
      const run = stored.get(id);
      const engine = run?.engine as StoredRun | null | undefined;
      const code = run?.code ?? null;
      if (run !== undefined && code !== null && engine != null) {
        this.#committed.set(id, { code, kind, analysed: engine.analysed });
        if (run.result !== null) this.#results.restore(run.result);
      } else if (code !== null) {
        unknown.push({ cell: id, code, kind });
      }
      const analysed = engine?.analysed ?? emptyAnalysis;
      cells.push({
        id,
        order,
        lane: laneOf(kind, analysed),
        analysed,
        record: engine?.record ?? null,
        startedAt: run?.startedAt?.getTime() ?? null,
        durationMs: run?.durationMs ?? null,
      });
    }
    // A new notebook's cells come with committed code that nobody has analysed yet.
    const analysed = await this.#options.analyser.analyse(
      unknown.map(({ kind, code }) => ({ kind, source: code })),
    );
    this.#reduce({ type: 'load', cells });
    this.#reduce({
      type: 'commit',
      run: false,
      cells: unknown.flatMap(({ cell, code, kind }, index) => {
        const result = analysed[index];
        if (result === undefined) return [];
        this.#committed.set(cell, { code, kind, analysed: result });
        return [{ cell, lane: laneOf(kind, result), analysed: result }];
      }),
    });
    this.#outbox.flush();
    this.document.observe((changes) => this.#guard(() => this.#documentChanged(changes)));
    this.#doc.on('update', (update: Uint8Array, origin: unknown) => this.#updated(update, origin));
  }

  // --- the document --------------------------------------------------------------------------------------------

  async applyUpdate(update: Uint8Array, origin: unknown): Promise<void> {
    const before = this.#appends.length;
    Y.applyUpdate(this.#doc, update, origin);
    if (this.#doc.store.pendingStructs !== null || this.#doc.store.pendingDs !== null) {
      this.#doc.store.pendingStructs = null;
      this.#doc.store.pendingDs = null;
      throw new Refusal('invalid', 'This document update builds on another that never came.');
    }
    await Promise.all(this.#appends.slice(before));
  }

  async edit(change: (document: NotebookDocument) => void): Promise<void> {
    const before = this.#appends.length;
    this.document.transact(() => change(this.document), 'server');
    await Promise.all(this.#appends.slice(before));
  }

  #updated(update: Uint8Array, origin: unknown): void {
    const append = this.#options.store.appendUpdate(this.id, update);
    this.#appends.push(append);
    append.then(
      () => {
        this.#appends = this.#appends.filter((other) => other !== append);
      },
      (error: unknown) => {
        // What is in memory is no longer what is stored: clients keep their edits and sync with a new session.
        this.#options.log.error({ err: error, notebook: this.id }, 'an edit could not be stored');
        this.#fail();
      },
    );
    for (const listener of this.#listeners) listener.onUpdate(update, origin);
    this.#appended += 1;
    if (this.#appended >= updatesBeforeCompaction) {
      this.#appended = 0;
      this.#options.store
        .compactDocument(this.id, Y.encodeStateAsUpdate(this.#doc))
        .catch((error: unknown) =>
          this.#options.log.error({ err: error, notebook: this.id }, 'compaction failed'),
        );
    }
  }

  #documentChanged(changes: DocumentChange[]): void {
    const retyped: string[] = [];
    let described = false;
    for (const change of changes) {
      switch (change.type) {
        case 'inserted':
          this.#insert(change.cell);
          described = true;
          break;
        case 'removed':
          this.#remove(change.cell);
          described = true;
          break;
        case 'moved': {
          const order = this.document.cell(change.cell)?.order;
          if (order !== undefined) this.#reduce({ type: 'move', cell: change.cell, order });
          break;
        }
        case 'retyped':
          if (this.#committed.has(change.cell)) retyped.push(change.cell);
          break;
        case 'meta':
          described = true;
          if (this.document.mode !== this.#state.mode) {
            this.#reduce({ type: 'set_mode', mode: this.document.mode });
          }
          break;
        case 'renamed':
        case 'typed':
          break;
      }
    }
    if (retyped.length > 0) void this.run(retyped).catch((error: unknown) => this.#bug(error));
    if (described) this.#describeNotebook();
  }

  #insert(id: string): void {
    const cell = this.document.cell(id);
    if (cell === undefined) return;
    const back = this.#removed.get(id);
    this.#removed.delete(id);
    const analysed = back?.committed?.analysed ?? emptyAnalysis;
    if (back?.committed !== undefined) this.#commitKnown(id, back.committed);
    this.#reduce({
      type: 'insert',
      cell: {
        id,
        order: cell.order,
        lane: laneOf(cell.kind, analysed),
        analysed,
        record: back?.record ?? null,
        startedAt: null,
        durationMs: null,
      },
    });
    if (back !== undefined) this.#archive.touch([id]);
  }

  #remove(id: string): void {
    const cell = this.#state.cells.get(id);
    if (cell === undefined) return;
    this.#removed.set(id, { committed: this.#committed.get(id), record: record(cell) });
    this.#reduce({ type: 'remove', cell: id });
    this.#committed.delete(id);
    this.#programs.delete(id);
    this.#results.forget(id);
    this.#archive.remove(id);
  }

  #describeNotebook(): void {
    this.#options.store
      .describeNotebook(this.id, {
        title: this.document.title,
        cellCount: this.document.cells().length,
      })
      .catch((error: unknown) =>
        this.#options.log.error({ err: error, notebook: this.id }, 'the list was not updated'),
      );
  }

  // --- commands ------------------------------------------------------------------------------------------------

  run(target: RunTarget): Promise<void> {
    this.#commandsWaiting += 1;
    const done = this.#commands.then(() => this.#run(target));
    this.#commands = done
      .catch(() => {})
      .then(() => {
        this.#commandsWaiting -= 1;
        this.#noticeRest();
      });
    return done;
  }

  async #run(target: RunTarget): Promise<void> {
    const all = this.document.cells();
    const cells = Array.isArray(target) ? all.filter(({ id }) => target.includes(id)) : all;
    if (Array.isArray(target)) {
      const missing = target.find((id) => this.document.cell(id) === undefined);
      if (missing !== undefined) {
        throw new Refusal('not_found', `There is no cell ${missing} in this notebook.`);
      }
    }
    const edited = cells.flatMap(({ id, kind, text }) => {
      const code = text.toString();
      const known = this.#committed.get(id);
      if (known === undefined && code === '' && !Array.isArray(target)) return [];
      return known?.code === code && known.kind === kind ? [] : [{ cell: id, kind, code }];
    });
    const results = await this.#options.analyser.analyse(
      edited.map(({ kind, code }) => ({ kind, source: code })),
    );
    const commits = edited.flatMap(({ cell, kind, code }, index) => {
      const analysed = results[index];
      if (analysed === undefined || this.document.cell(cell) === undefined) return [];
      this.#commitKnown(cell, { code, kind, analysed });
      return [{ cell, lane: laneOf(kind, analysed), analysed }];
    });
    if (commits.length > 0) this.#reduce({ type: 'commit', cells: commits, run: true });
    const committed = new Set(commits.map(({ cell }) => cell));
    if (!Array.isArray(target)) this.#reduce({ type: 'run', cells: target });
    else {
      const rest = target.filter((cell) => !committed.has(cell));
      if (rest.length > 0) this.#reduce({ type: 'run', cells: rest });
    }
    this.#noticeRest();
  }

  interrupt(): void {
    this.#reduce({ type: 'interrupt' });
    this.#noticeRest();
  }

  restart(): void {
    this.#reduce({ type: 'restart' });
    this.#noticeRest();
  }

  async command(command: Command): Promise<void> {
    if (command.type === 'run_cells') await this.run(command.cells);
    else if (command.type === 'interrupt') this.interrupt();
    else this.restart();
  }

  async rows(cell: string, output: number, query: TableQuery): Promise<TablePage> {
    const known = this.#state.cells.get(cell);
    const result = this.#results.get(cell);
    if (known === undefined || result === null || result.outputs[output] === undefined) {
      throw new Refusal('not_found', 'There is no such output.');
    }
    const page = known.live ? this.#lanes.rows(known.lane, cell, result.run, output, query) : null;
    if (page === null) {
      throw new Refusal(
        'not_live',
        'The table is no longer in the kernel. Run the cell again to see more of it.',
      );
    }
    return page;
  }

  #commitKnown(cell: string, committed: Committed): void {
    this.#committed.set(cell, committed);
    this.#outbox.push({ type: 'cell_committed', cells: [{ id: cell, code: committed.code }] });
    this.#archive.touch([cell]);
  }

  /** Cells that failed for want of a package that has been installed since. */
  #retryImports(): void {
    const cells = this.#results
      .all()
      .flatMap(({ id, error }) =>
        error?.kind === 'exception' && error.name === 'ModuleNotFoundError' ? [id] : [],
      );
    if (cells.length > 0) this.#reduce({ type: 'run', cells });
  }

  // --- the engine ----------------------------------------------------------------------------------------------

  #reduce(event: Event): void {
    const { state, effects } = reduce(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'run':
        this.#lanes.run(
          effect.lane,
          effect.batch,
          effect.cells.flatMap(({ cell, run, program }) => {
            const complete = this.#program(cell, program);
            return complete === null ? [] : [{ cell, run, program: complete }];
          }),
        );
        return;
      case 'cancel':
        this.#lanes.cancel(effect.lane, effect.batch);
        return;
      case 'interrupt':
        this.#lanes.interrupt(effect.lane);
        return;
      case 'restart':
        this.#lanes.restart(effect.lane);
        return;
      case 'forget':
        this.#lanes.forget(effect.lane, effect.cells);
        return;
      case 'failed': {
        this.#results.begin(effect.cell, effect.run);
        const error = this.#staticError(effect.cell);
        if (error !== null) this.#outbox.push(this.#results.fail(effect.cell, effect.run, error));
        this.#archive.touch([effect.cell]);
        return;
      }
      case 'graph_changed':
        this.#outbox.touchGraph(effect.cells, effect.removed);
        return;
      case 'cells_changed':
        this.#outbox.touchCells(effect.cells);
        return;
    }
  }

  /** What the kernel is to know of a cell: the same object until something in it changes. */
  #program(cell: string, engine: Program): CellProgram | null {
    const committed = this.#committed.get(cell);
    if (committed === undefined) return null;
    const known = this.#programs.get(cell);
    if (known?.engine === engine && known.committed === committed) return known.program;
    const program: CellProgram = {
      source: committed.code,
      kind: committed.kind,
      bindings: { ...engine.bindings },
      defines: [...engine.defines],
      mutates: [...engine.mutates],
    };
    this.#programs.set(cell, { engine, committed, program });
    return program;
  }

  /** Why a cell cannot run as it is. */
  #staticError(id: string): CellError | null {
    const cell = this.#state.cells.get(id);
    if (cell === undefined) return null;
    if (!cell.analysed.ok) return { kind: 'syntax', ...cell.analysed.fault };
    if (cell.cycle !== null) {
      const way = cell.cycle.map(({ name }) => name).join(' → ');
      return {
        kind: 'cycle',
        message: `These cells need each other: ${way} → ${cell.cycle[0]?.name ?? ''}. Change one of them so that it needs only what stands above.`,
        path: cell.cycle.map((step) => ({ ...step })),
      };
    }
    return null;
  }

  // --- kernels -------------------------------------------------------------------------------------------------

  #hear(lane: string, events: KernelEvent[]): void {
    const touched: string[] = [];
    for (const event of events) {
      switch (event.type) {
        case 'started':
          this.#results.begin(event.cell, event.run);
          this.#reduce(event);
          break;
        case 'stream':
          this.#outbox.push(
            this.#results.print(event.cell, event.run, { stream: event.stream, text: event.text }),
          );
          break;
        case 'output':
          this.#outbox.push(this.#results.show(event.cell, event.run, event.output));
          break;
        case 'clear':
          this.#outbox.push(this.#results.clear(event.cell, event.run, event.wait));
          break;
        case 'error':
          this.#outbox.push(this.#results.fail(event.cell, event.run, event.error));
          break;
        case 'done':
          this.#reduce({ ...event, durationMs: event.durationMs ?? null });
          if (event.outcome !== 'skipped') touched.push(event.cell);
          break;
        case 'batch_done':
          this.#reduce({ type: 'batch_done', lane, batch: event.batch });
          break;
        case 'ready':
        case 'rows':
        case 'analysed':
          break;
      }
    }
    if (touched.length > 0) this.#archive.touch(touched);
    this.#noticeRest();
  }

  #lose(lane: string, exit: KernelExit): void {
    const lost = reduce(this.#state, { type: 'kernel_lost', lane, why: exit.kind });
    this.#state = lost.state;
    for (const effect of lost.effects) {
      if (effect.type !== 'failed' || exit.kind === 'closed') {
        this.#perform(effect);
        continue;
      }
      // What it had printed until then stays.
      if (this.#results.get(effect.cell)?.run !== effect.run) {
        this.#results.begin(effect.cell, effect.run);
      }
      const error: CellError = {
        kind: exit.kind === 'died' ? 'kernel_died' : 'kernel_unavailable',
        message: exit.detail,
      };
      this.#outbox.push(this.#results.fail(effect.cell, effect.run, error));
      this.#archive.touch([effect.cell]);
    }
    this.#noticeRest();
  }

  // --- looking -------------------------------------------------------------------------------------------------

  snapshot(): Snapshot {
    this.#outbox.flush();
    const ids = this.#state.sequence.map(({ id }) => id);
    return {
      states: ids.flatMap((id) => this.#stateOf(id) ?? []),
      results: this.#results.all(),
      committed: [...this.#committed].map(([id, { code }]) => ({ id, code })),
      graph: ids.flatMap((id) => this.#graphOf(id) ?? []),
      kernels: this.#lanes.statuses(),
      environment: this.#options.environment.status(),
    };
  }

  framesSince(seq: number): EventFrame[] | null {
    this.#outbox.flush();
    return this.#outbox.since(seq);
  }

  subscribe(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Nobody looks and nothing runs: the session may be closed without anyone noticing. */
  get idle(): boolean {
    return this.#listeners.size === 0 && this.#resting() && this.#appends.length === 0;
  }

  describe(role: Role): Notebook {
    return {
      id: this.id,
      title: this.document.title,
      mode: this.document.mode,
      role,
      atRest: this.#resting(),
      kernels: this.#lanes.statuses(),
      cells: this.document.cells().flatMap(({ id, kind, name, text }) => {
        const state = this.#stateOf(id);
        return state === undefined ? [] : [this.#describeCell(state, kind, name, text.toString())];
      }),
    };
  }

  #describeCell(state: CellRunState, kind: CellKind, name: string | null, code: string): Cell {
    const { startedAt, durationMs, ...rest } = state;
    const result = this.#results.get(state.id);
    const graph = this.#graphOf(state.id);
    const printed = (stream: 'stdout' | 'stderr'): string =>
      (result?.console ?? [])
        .flatMap((part) => (part.stream === stream ? [part.text] : []))
        .join('');
    return {
      ...rest,
      kind,
      name,
      code,
      edited: (this.#committed.get(state.id)?.code ?? '') !== code,
      reads: graph?.reads ?? [],
      defines: graph?.defines ?? [],
      stdout: printed('stdout'),
      stderr: printed('stderr'),
      outputs: result?.outputs ?? [],
      error: result?.error ?? null,
      startedAt: startedAt === undefined ? null : new Date(startedAt).toISOString(),
      durationMs: durationMs ?? null,
    };
  }

  #stateOf(id: string): CellRunState | undefined {
    return view(this.#state, id);
  }

  #graphOf(id: string): CellGraph | undefined {
    const cell = this.#state.cells.get(id);
    if (cell === undefined) return undefined;
    const { bindings, defines } = cell.program;
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
      dependsOn: [...from].map(([owner, names]) => ({ cell: owner, names })),
    };
  }

  #recordOf(id: string): CellRunRecord | null {
    const cell = this.#state.cells.get(id);
    const committed = this.#committed.get(id);
    if (cell === undefined || committed === undefined) return null;
    const stored: StoredRun = { record: record(cell), analysed: cell.analysed };
    return {
      cell: id,
      code: committed.code,
      kind: committed.kind,
      engine: stored,
      result: this.#results.get(id),
      startedAt: cell.startedAt === null ? null : new Date(cell.startedAt),
      durationMs: cell.durationMs,
    };
  }

  // --- rest and end --------------------------------------------------------------------------------------------

  whenAtRest(timeoutMs: number): Promise<boolean> {
    if (this.#resting()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const atLast = (): void => {
        clearTimeout(timer);
        this.#restWaiters.delete(atLast);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#restWaiters.delete(atLast);
        resolve(false);
      }, timeoutMs);
      this.#restWaiters.add(atLast);
    });
  }

  #resting(): boolean {
    return this.#commandsWaiting === 0 && atRest(this.#state);
  }

  #noticeRest(): void {
    if (!atRest(this.#state)) return;
    this.#outbox.flush();
    if (!this.#resting()) return;
    for (const waiter of [...this.#restWaiters]) waiter();
  }

  async close(reason: 'deleted' | 'draining'): Promise<void> {
    if (this.#ending !== null) return;
    await this.#end(reason);
    await Promise.allSettled(this.#appends);
    await this.#archive.flush();
  }

  /** A bug ends this session alone; whoever is connected syncs again with a new one. */
  #fail(): void {
    if (this.#ending === null) void this.#end('failed');
  }

  async #end(reason: 'deleted' | 'draining' | 'failed'): Promise<void> {
    this.#ending = reason;
    this.#stopEnvironment();
    this.#outbox.flush();
    this.#outbox.close();
    for (const listener of [...this.#listeners]) listener.onClose(reason);
    this.#listeners.clear();
    for (const waiter of [...this.#restWaiters]) waiter();
    await this.#lanes.close();
  }

  get ended(): boolean {
    return this.#ending !== null;
  }

  #guard(act: () => void): void {
    if (this.#ending !== null) return;
    try {
      act();
    } catch (error) {
      this.#bug(error);
    }
  }

  #bug(error: unknown): void {
    this.#options.log.error({ err: error, notebook: this.id }, 'the session failed');
    this.#fail();
  }
}

const emptyAnalysis: Analysed = {
  ok: true,
  analysis: { reads: [], defines: [], mutates: [], deferred: {}, carries: {} },
};

/** Markdown that shows values runs where the values are; without any it needs no kernel. */
function laneOf(kind: CellKind, analysed: Analysed): string {
  if (kind === 'markdown' && analysed.ok && analysed.analysis.reads.length === 0) return 'prose';
  return 'python';
}
