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
import { type DocumentChange, type NotebookDocument, newDoc } from '@rnb/document';
import {
  type Analysed,
  atRest,
  type Effect,
  type Event,
  emptyState,
  type LoadedCell,
  lookup,
  plan,
  record,
  reduce,
  type State,
} from '@rnb/engine';
import {
  type Cell,
  type CellError,
  type CellGraph,
  CellKind,
  type CellRunState,
  type Command,
  type Completion,
  type CompletionQuery,
  type EnvironmentStatus,
  type Notebook,
  originFinder,
  type Role,
  type RunTarget,
  reasonOf,
  type Snapshot,
  type Surroundings,
  statusEvents,
  type TablePage,
  type TableQuery,
} from '@rnb/protocol';
import * as Y from 'yjs';
import { Refusal } from '../http/problem.ts';
import type { Analyser, KernelExit, KernelLauncher, RunEvent } from '../kernels/kernel.ts';
import type { CellRunRecord, Store } from '../store/store.ts';
import { describeCell, graphOf, recordOf, stateOf, staticError } from './cell-views.ts';
import { type Committed, CommittedCells, committedCode, type Written } from './committed-cells.ts';
import { Lanes } from './lanes.ts';
import { ModuleWatch } from './module-watch.ts';
import { Outbox } from './outbox.ts';
import { type RemovedCell, RemovedCells } from './removed-cells.ts';
import { Results } from './results.ts';
import { RunArchive } from './run-archive.ts';
import type { EventFrame, Session, SessionListener } from './session.ts';
import { StoredDocument } from './stored-document.ts';
import { StoredRun } from './stored-run.ts';

/** The end of a run that took so long is stored without waiting for those after it, once clients have been told. */
const longRunMs = 100;
const toldMs = 20;
/** What takes PostgreSQL's client half a millisecond to send; in characters. */
const fewCells = 100;
const littleLength = 64 * 1024;

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

export class NotebookSession implements Session {
  readonly id: string;
  readonly epoch: string;
  readonly document: NotebookDocument;
  #options: SessionOptions;
  #stored: StoredDocument;
  #state: State;
  #results = new Results();
  #outbox: Outbox;
  #archive: RunArchive;
  /** Cells that the store was last told are running. */
  #storedRunning = new Set<string>();
  #lanes: Lanes;
  #committed = new CommittedCells();
  #removed = new RemovedCells();
  #modules: ModuleWatch;
  #listeners = new Set<SessionListener>();
  /** Commands take effect in the order in which they came. */
  #commands: Promise<void> = Promise.resolve();
  #commandsWaiting = 0;
  /** Grows with each interrupt and restart: commands that came before it and still wait are cancelled. */
  #cancellations = 0;
  /** Cells that missed a package while packages were being installed. */
  #missedImports = new Set<string>();
  #restWaiters = new Set<(refusal: Refusal | null) => void>();
  #stopEnvironment: () => void;
  #ending: EndReason | null = null;
  #closed = Promise.withResolvers<void>();

  /** Reads the notebook back. Throws NotebookDamaged rather than ever showing an empty one. */
  static async open(options: SessionOptions): Promise<NotebookSession> {
    const { store, id } = options;
    const [updates, runs] = await Promise.all([store.loadDocument(id), store.loadRuns(id)]);
    const doc = newDoc();
    doc.transact(() => {
      for (const update of updates) Y.applyUpdate(doc, update);
    });
    const session = new NotebookSession(options, doc, updates.length);
    try {
      await session.#load(runs);
    } catch (error) {
      // Nobody will ever close what nobody got.
      await session.#end('failed');
      throw error;
    }
    return session;
  }

  private constructor(options: SessionOptions, doc: Y.Doc, storedUpdates: number) {
    this.#options = options;
    this.id = options.id;
    this.epoch = options.epoch;
    this.#stored = new StoredDocument(options, doc, storedUpdates, {
      onUpdate: (update, origin) => this.#tell((listener) => listener.onUpdate(update, origin)),
      // What is in memory is no longer what is stored: clients keep their edits and sync with a new session.
      onUnstored: () => void this.#end('unstored'),
    });
    this.document = this.#stored.document;
    this.#state = emptyState(this.document.mode);
    this.#outbox = new Outbox(
      { state: (cell) => this.#stateOf(cell), graph: (cell) => this.#graphOf(cell) },
      (frame) => this.#tell((listener) => listener.onEvents(frame)),
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
        onError: (error) =>
          options.log.error({ err: error, notebook: this.id }, 'a kernel could not be ended'),
      },
    );
    this.#modules = new ModuleWatch({
      folder: options.workDir,
      analyser: options.analyser,
      onChange: (cells) =>
        this.#guard(() => {
          this.#reduce({ type: 'touch', cells });
          this.#noticeRest();
        }),
      onError: (error) =>
        options.log.error({ err: error, notebook: this.id }, 'modules cannot be watched'),
    });
    this.#stopEnvironment = options.environment.subscribe((status) =>
      this.#guard(() => {
        this.#outbox.push({ type: 'environment_status', ...status });
        if (status.state !== 'ready') return;
        this.#enqueue(() => this.#analyseRest()).catch((error: unknown) =>
          this.#unlessRefused(error),
        );
        this.#retryImports();
      }),
    );
  }

  get seq(): number {
    return this.#outbox.seq;
  }

  // --- opening -------------------------------------------------------------------------------------------------

  async #load(runs: CellRunRecord[]): Promise<void> {
    const stored = new Map(runs.map((run) => [run.cell, run]));
    const cells: LoadedCell[] = [];
    let lastRun = 0;
    for (const { id, kind, order, disabled } of this.document.cells()) {
      const run = stored.get(id);
      const engine = StoredRun.safeParse(run?.engine).data ?? null;
      const analysed = engine?.analysed ?? null;
      if (run !== undefined && run.code !== null) {
        // The document's kind may be newer than the committed one.
        const ran = CellKind.safeParse(run.kind).data ?? kind;
        this.#committed.set(id, { code: run.code, kind: ran, analysed });
        this.#modules.follow(id, analysed?.imports ?? []);
        if (run.result !== null) {
          this.#results.restore(run.result);
          lastRun = Math.max(lastRun, run.result.run);
        }
      }
      cells.push({
        id,
        order,
        lane: laneOf(this.#committed.get(id)?.kind ?? kind, analysed ?? emptyAnalysis),
        analysed: analysed ?? emptyAnalysis,
        disabled,
        record: engine?.record ?? null,
        startedAt: run?.startedAt?.getTime() ?? null,
        durationMs: run?.durationMs ?? null,
      });
    }
    this.#reduce({ type: 'load', cells, lastRun });
    // A new notebook's cells come committed, but nobody has analysed them yet.
    await this.#analyseRest().catch((error: unknown) => this.#unlessRefused(error));
    this.#outbox.flush();
    this.document.observe((changes) => this.#guard(() => this.#documentChanged(changes)));
    this.#stored.keep();
  }

  /** Cells that were committed while there was no analyser; without running them, as when a notebook is opened. */
  async #analyseRest(): Promise<void> {
    const commits = await this.#analyse(this.#committed.unanalysed(), { run: false });
    if (commits.length > 0) this.#reduce({ type: 'commit', cells: commits, run: false });
  }

  // --- the document --------------------------------------------------------------------------------------------

  async applyUpdate(update: Uint8Array, origin: unknown): Promise<void> {
    this.#refuseIfEnded();
    await this.#stored.apply(update, origin);
  }

  async edit(change: (document: NotebookDocument) => void): Promise<void> {
    this.#refuseIfEnded();
    await this.#stored.edit(change);
  }

  #documentChanged(changes: DocumentChange[]): void {
    const retyped: string[] = [];
    const removed: string[] = [];
    let described = false;
    for (const change of changes) {
      switch (change.type) {
        case 'inserted':
          this.#insert(change.cell);
          described = true;
          break;
        case 'removed':
          removed.push(change.cell);
          described = true;
          break;
        case 'moved': {
          const order = this.document.cell(change.cell)?.order;
          if (order !== undefined) this.#reduce({ type: 'move', cell: change.cell, order });
          break;
        }
        case 'switched': {
          const disabled = this.document.cell(change.cell)?.disabled ?? false;
          this.#reduce({ type: 'disable', cell: change.cell, disabled });
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
    this.#removeAll(removed);
    if (retyped.length > 0) {
      const written = this.#written(retyped);
      this.#enqueue(() => this.#retype(written)).catch((error: unknown) =>
        this.#unlessRefused(error),
      );
    }
    if (described) this.#stored.describe();
    this.#noticeRest();
  }

  #insert(id: string): void {
    const cell = this.document.cell(id);
    if (cell === undefined) return;
    const { cell: back, commit } = this.#removed.take(id) ?? { cell: null, commit: null };
    if (back !== null) this.#bringBack(id, back);
    const analysed = back?.committed.analysed ?? emptyAnalysis;
    this.#reduce({
      type: 'insert',
      cell: {
        id,
        order: cell.order,
        lane: laneOf(back?.committed.kind ?? cell.kind, analysed),
        analysed,
        disabled: cell.disabled,
        record: back?.record ?? null,
        startedAt: back?.startedAt ?? null,
        durationMs: back?.durationMs ?? null,
      },
    });
    if (commit === null) return;
    const { committed, run } = commit;
    const { kind, analysed: meant } = committed;
    this.#commitKnown(id, committed);
    const cells = [{ cell: id, lane: laneOf(kind, meant), analysed: meant }];
    this.#reduce({ type: 'commit', cells, run });
  }

  /** What it was and showed, before the engine hears of it and may run it. */
  #bringBack(id: string, removed: RemovedCell): void {
    // The frame that says it is gone goes first, so that what follows is not taken away again.
    this.#outbox.flush();
    this.#commitKnown(id, removed.committed);
    if (removed.result === null) return;
    this.#results.restore(removed.result);
    const { run, console, outputs, error } = removed.result;
    for (const text of console) this.#outbox.push({ type: 'cell_stdout', cell: id, run, ...text });
    for (const output of outputs) this.#outbox.push({ type: 'cell_output', cell: id, run, output });
    if (error !== null) this.#outbox.push({ type: 'cell_error', cell: id, run, error });
  }

  /** From the bottom upwards: a reader that goes as well is not asked for first, which took seconds for thousands. */
  #removeAll(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const gone = new Set(ids);
    const downwards = this.#state.sequence.filter(({ id }) => gone.has(id));
    for (const { id } of downwards.reverse()) this.#remove(id);
  }

  #remove(id: string): void {
    const cell = this.#state.cells.get(id);
    if (cell === undefined) return;
    const committed = this.#committed.get(id);
    if (committed !== undefined) {
      const { startedAt, durationMs } = cell;
      const last = this.#results.get(id);
      // What a run that has not ended showed goes with it.
      const result = last !== null && last.run === cell.ran?.run ? last : null;
      this.#removed.keep(
        id,
        { committed, record: record(cell), result, startedAt, durationMs },
        result === null ? 0 : this.#results.length(id),
      );
    }
    this.#reduce({ type: 'remove', cell: id });
    this.#committed.delete(id);
    this.#modules.follow(id, []);
    this.#missedImports.delete(id);
    this.#results.forget(id);
    this.#storedRunning.delete(id);
    this.#archive.remove(id);
  }

  // --- commands ------------------------------------------------------------------------------------------------

  async run(target: RunTarget): Promise<void> {
    this.#refuseIfEnded();
    if (Array.isArray(target)) {
      this.#refuseMissing(target);
      if (target.every((id) => this.document.cell(id)?.disabled)) throw this.#disabled(target);
    }
    await this.#commitAndRun(target);
  }

  async commit(cells: readonly string[]): Promise<void> {
    this.#refuseIfEnded();
    this.#refuseMissing(cells);
    await this.#commitAndRun([...cells]);
  }

  async #commitAndRun(target: RunTarget): Promise<void> {
    const written = this.#written(Array.isArray(target) ? target : null);
    const before = this.#cancellations;
    await this.#enqueue(() => this.#run(target, written, () => this.#cancellations !== before));
  }

  async commitWhole(cells: readonly string[]): Promise<void> {
    this.#refuseIfEnded();
    // Whoever has deleted everything is about to write something else.
    const written = this.#written(cells).filter(({ code }) => code.trim() !== '');
    const before = this.#cancellations;
    await this.#enqueue(async () => {
      const isCancelled = (): boolean => this.#cancellations !== before;
      const edited = written.filter((text) => this.#isEdited(text));
      const isWanted = ({ ok }: Analysed): boolean => ok;
      const commits = await this.#analyse(edited, { run: true, isCancelled, isWanted });
      if (commits.length > 0) this.#reduce({ type: 'commit', cells: commits, run: true });
    });
  }

  plan(target: RunTarget): string[] {
    this.#refuseIfEnded();
    if (Array.isArray(target)) this.#refuseMissing(target);
    // A run commits what was edited, and so runs it, whatever the engine knows of it yet.
    const edited = this.#written(Array.isArray(target) ? target : null)
      .filter((text) => this.#isEdited(text) && this.document.cell(text.cell)?.disabled === false)
      .map(({ cell }) => cell);
    const cells = new Set([...plan(this.#state, target), ...plan(this.#state, edited), ...edited]);
    return this.#state.sequence.flatMap(({ id }) => (cells.has(id) ? [id] : []));
  }

  #refuseMissing(cells: readonly string[]): void {
    const missing = cells.find((id) => this.document.cell(id) === undefined);
    if (missing === undefined) return;
    throw new Refusal('not_found', `There is no cell ${missing} in this notebook.`);
  }

  #disabled(cells: readonly string[]): Refusal {
    const [only] = cells;
    const which =
      only === undefined || cells.length > 1
        ? 'These cells are disabled and do not run. Enable them first.'
        : `Cell ${this.#numberOf(only)} is disabled and does not run. Enable it first.`;
    return new Refusal('conflict', which);
  }

  /** On the page, counted from 1. */
  #numberOf(id: string): number | null {
    const index = this.#state.cells.get(id)?.index ?? -1;
    return index === -1 ? null : index + 1;
  }

  /** The text of these cells as it stands, or of all that have any. */
  #written(cells: readonly string[] | null): Written[] {
    const chosen = cells?.flatMap((id) => this.document.cell(id) ?? []) ?? this.document.cells();
    return chosen.flatMap(({ id, kind, text }) => {
      const code = text.toString();
      if (cells === null && code === '' && !this.#committed.has(id)) return [];
      return [{ cell: id, kind, code }];
    });
  }

  #enqueue(act: () => Promise<void>): Promise<void> {
    this.#commandsWaiting += 1;
    const done = this.#commands.then(async () => {
      this.#refuseIfEnded();
      await act();
    });
    this.#commands = done
      .catch((error: unknown) => this.#unlessRefused(error))
      .then(() => {
        this.#commandsWaiting -= 1;
        this.#noticeRest();
      });
    return done;
  }

  async #run(
    target: RunTarget,
    written: readonly Written[],
    isCancelled: () => boolean,
  ): Promise<void> {
    await this.#analyseRest();
    const edited = written.filter(({ cell, kind, code }) => {
      if (this.#isEdited({ cell, kind, code })) return true;
      // An analysis may have failed for a reason that is gone; asking again is what a run does for any failed cell.
      return Array.isArray(target) && this.#committed.get(cell)?.analysed?.ok === false;
    });
    const commits = await this.#analyse(edited, { run: true, isCancelled });
    if (isCancelled()) return;
    if (commits.length === 0) this.#reduce({ type: 'run', cells: target });
    else this.#reduce({ type: 'commit', cells: commits, run: true, also: target });
  }

  #isEdited({ cell, kind, code }: Written): boolean {
    const known = this.#committed.get(cell);
    return known === undefined || known.code !== code || known.kind !== kind;
  }

  /** A change of kind commits the cell; whether it runs is the mode's business (R5). */
  async #retype(written: readonly Written[]): Promise<void> {
    const changed = written.filter(({ cell, kind }) => this.#committed.get(cell)?.kind !== kind);
    const commits = await this.#analyse(changed, { run: false });
    if (commits.length > 0) this.#reduce({ type: 'commit', cells: commits, run: false });
  }

  /**
   * Has code analysed and takes it for committed, unless that was cancelled; leaves out what is not wanted for what it
   * turns out to be, and cells that are gone by then: for those it is kept until they come back (R8.3).
   */
  async #analyse(
    sources: readonly Written[],
    {
      run,
      isCancelled = () => false,
      isWanted = () => true,
    }: { run: boolean; isCancelled?: () => boolean; isWanted?: (analysed: Analysed) => boolean },
  ): Promise<{ cell: string; lane: string; analysed: Analysed }[]> {
    if (sources.length === 0) return [];
    const results = await this.#options.analyser
      .analyse(sources.map(({ kind, code }) => ({ kind, source: code })))
      .catch((error: unknown) => {
        throw new Refusal('unavailable', error instanceof Error ? error.message : String(error));
      });
    this.#refuseIfEnded();
    if (isCancelled()) return [];
    return sources.flatMap(({ cell, kind, code }, index) => {
      const analysed = results[index];
      if (analysed === undefined || !isWanted(analysed)) return [];
      const committed = { code, kind, analysed };
      if (this.document.cell(cell) === undefined) {
        this.#removed.keepCommit(cell, { committed, run });
        return [];
      }
      this.#commitKnown(cell, committed);
      return [{ cell, lane: laneOf(kind, analysed), analysed }];
    });
  }

  interrupt(): void {
    this.#cancel({ type: 'interrupt' });
  }

  restart(): void {
    this.#cancel({ type: 'restart' });
  }

  /** Takes effect at once, ahead of commands that wait for their analysis: they are what is to be cancelled. */
  #cancel(event: Event): void {
    this.#refuseIfEnded();
    this.#cancellations += 1;
    this.#guard(() => {
      this.#reduce(event);
      this.#noticeRest();
    });
  }

  async command(command: Command): Promise<void> {
    if (command.type === 'run_cells') await this.run(command.cells);
    else if (command.type === 'commit_cells') await this.commitWhole(command.cells);
    else if (command.type === 'interrupt') this.interrupt();
    else this.restart();
  }

  async rows(cell: string, output: number, query: TableQuery): Promise<TablePage> {
    this.#refuseIfEnded();
    const known = this.#state.cells.get(cell);
    const result = this.#results.get(cell);
    if (known === undefined || result === null || result.outputs[output] === undefined) {
      throw new Refusal('not_found', 'There is no such output.');
    }
    const notLive = new Refusal(
      'not_live',
      'The table is no longer in the kernel. Run the cell again to see more of it.',
    );
    const { run } = result;
    const page = known.live ? this.#lanes.rows(known.lane, cell, run, output, query) : null;
    if (page === null) throw notLive;
    return page.catch((error: unknown) => {
      if (!known.live || this.#results.get(cell)?.run !== run) throw notLive;
      throw new Refusal('unavailable', error instanceof Error ? error.message : String(error));
    });
  }

  async complete(id: string, query: CompletionQuery): Promise<Completion[]> {
    this.#refuseIfEnded();
    const cell = this.#state.cells.get(id);
    if (cell === undefined) return [];
    // What the cell has made itself is nearest to what is being written in it.
    const own = cell.live && cell.program.defines.includes(query.name);
    const owner = own ? cell : lookup(this.#state, cell, query.name);
    if (owner === undefined || !owner.live) return [];
    // The kernel may be busy or end: then nothing is suggested.
    return this.#lanes.complete(owner.lane, owner.id, query)?.catch(() => []) ?? [];
  }

  #commitKnown(cell: string, committed: Committed): void {
    this.#committed.set(cell, committed);
    this.#modules.follow(cell, committed.analysed?.imports ?? []);
    this.#outbox.push({ type: 'cell_committed', cells: [committedCode(cell, committed)] });
    this.#archive.touch([cell]);
  }

  /** Cells that failed for want of a package that has been installed since. */
  #retryImports(): void {
    const cells = [...this.#missedImports].filter((id) =>
      isMissedImport(this.#results.get(id)?.error),
    );
    this.#missedImports.clear();
    // In lazy mode nothing runs that nobody asked for (R5.4).
    if (cells.length > 0 && this.#state.mode === 'auto') this.#reduce({ type: 'run', cells });
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
        this.#lanes.run(effect.lane, {
          batch: effect.batch,
          cells: effect.cells.map(({ cell, run, program, revision, conditional }) => ({
            cell,
            run,
            conditional,
            program: this.#committed.program(cell, program, revision),
          })),
        });
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
        const cell = this.#state.cells.get(effect.cell);
        const error = cell === undefined ? null : staticError(cell);
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

  // --- kernels -------------------------------------------------------------------------------------------------

  #hear(lane: string, events: RunEvent[]): void {
    const touched: string[] = [];
    let longRun = false;
    for (const event of events) {
      // A kernel goes on speaking of runs that were cancelled and of cells that were removed.
      if (
        'run' in event &&
        event.type !== 'found' &&
        this.#state.cells.get(event.cell)?.flight?.run !== event.run
      ) {
        continue;
      }
      switch (event.type) {
        case 'started':
          this.#results.begin(event.cell, event.run);
          this.#reduce(event);
          touched.push(event.cell);
          break;
        case 'stream':
          this.#outbox.push(
            this.#results.print(event.cell, event.run, { stream: event.stream, text: event.text }),
          );
          this.#archive.progress(event.cell);
          break;
        case 'output':
          this.#outbox.push(this.#results.show(event.cell, event.run, event.output));
          this.#archive.progress(event.cell);
          break;
        case 'clear':
          this.#outbox.push(this.#results.clear(event.cell, event.run));
          this.#archive.progress(event.cell);
          break;
        case 'error':
          this.#outbox.push(this.#results.fail(event.cell, event.run, event.error));
          if (
            isMissedImport(event.error) &&
            this.#options.environment.status().state === 'installing'
          ) {
            this.#missedImports.add(event.cell);
          }
          break;
        case 'ran': {
          for (const { cell, run } of event.runs) {
            if (this.#state.cells.get(cell)?.flight?.run !== run) continue;
            this.#results.begin(cell, run);
            touched.push(cell);
          }
          this.#reduce(event);
          break;
        }
        case 'done':
          this.#reduce({ ...event, durationMs: event.durationMs ?? null });
          if (event.outcome !== 'skipped') touched.push(event.cell);
          if ((event.durationMs ?? 0) >= longRunMs) longRun = true;
          break;
        case 'batch_done':
          this.#reduce({ type: 'batch_done', lane, batch: event.batch });
          break;
        case 'unchanged':
          this.#reduce(event);
          for (const { cell } of event.runs) touched.push(cell);
          break;
        case 'found':
        case 'shares':
          this.#reduce(event);
          touched.push(event.cell);
          break;
        case 'spoiled':
          this.#reduce(event);
          break;
        case 'ready':
        case 'rows':
        case 'completions':
        case 'analysed':
          break;
      }
    }
    if (touched.length > 0) this.#archive.touch(touched);
    if (longRun) this.#archive.soon(toldMs);
    if (events.some(({ type }) => type !== 'ran')) this.#outbox.hurry();
    this.#noticeRest();
  }

  #lose(lane: string, exit: KernelExit): void {
    const run = exit.kind === 'died' ? exit.run : null;
    const lost = reduce(this.#state, { type: 'kernel_lost', lane, why: exit.kind, run });
    this.#state = lost.state;
    for (const effect of lost.effects) {
      if (effect.type !== 'failed' || exit.kind === 'closed' || effect.ending !== exit.kind) {
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
      states: statusEvents(ids.flatMap((id) => this.#stateOf(id) ?? [])),
      results: this.#results.shown(),
      committed: this.#committed.sources(),
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
    return this.#listeners.size === 0 && this.#resting() && this.#stored.isStored;
  }

  describe(role: Role): Notebook {
    return {
      id: this.id,
      title: this.document.title,
      mode: this.document.mode,
      runOnIdle: this.document.runOnIdle,
      role,
      atRest: this.#resting(),
      kernels: this.#lanes.statuses(),
      cells: this.#describeCells(this.document.cells().map(({ id }) => id)),
    };
  }

  describeCell(id: string): Cell | undefined {
    return this.#describeCells([id])[0];
  }

  #describeCells(ids: readonly string[]): Cell[] {
    const originOf = originFinder((cell) => this.#stateOf(cell));
    return ids.flatMap((id) => this.#describe(id, originOf) ?? []);
  }

  #describe(id: string, originOf: Surroundings['originOf']): Cell | undefined {
    const written = this.document.cell(id);
    const cell = this.#state.cells.get(id);
    const state = this.#stateOf(id);
    if (written === undefined || cell === undefined || state === undefined) return undefined;
    const committed = this.#committed.get(id);
    const reason = reasonOf(state, {
      numberOf: (other) => this.#numberOf(other),
      stateOf: (other) => this.#stateOf(other),
      originOf,
      running: this.#runningBeside(cell.lane),
    });
    return describeCell(
      written,
      { ...state, reason: reason?.text ?? null },
      committed,
      graphOf(cell),
      this.#results.get(id),
    );
  }

  #stateOf(id: string): CellRunState | undefined {
    return stateOf(this.#state, id, this.#results.get(id));
  }

  /** The cell that what is queued in a lane waits for. */
  #runningBeside(lane: string): string | null {
    const batch = this.#state.batches.get(lane);
    return batch?.cells.find(({ flight }) => flight?.startedAt != null)?.id ?? null;
  }

  #graphOf(id: string): CellGraph | undefined {
    const cell = this.#state.cells.get(id);
    return cell === undefined ? undefined : graphOf(cell);
  }

  #recordOf(id: string): CellRunRecord | null {
    const cell = this.#state.cells.get(id);
    const committed = this.#committed.get(id);
    if (cell === undefined || committed === undefined) return null;
    if (cell.flight?.startedAt == null) this.#storedRunning.delete(id);
    else this.#storedRunning.add(id);
    return recordOf(cell, committed, this.#results.get(id));
  }

  // --- rest and end --------------------------------------------------------------------------------------------

  async whenAtRest(timeoutMs: number): Promise<boolean> {
    this.#refuseIfEnded();
    const rest = Promise.withResolvers<boolean>();
    const waiter = (refusal: Refusal | null): void => {
      if (refusal !== null) rest.reject(refusal);
      else void this.#archive.flush().then(() => rest.resolve(true));
    };
    const timer = setTimeout(() => rest.resolve(false), timeoutMs);
    this.#restWaiters.add(waiter);
    if (this.#resting()) waiter(null);
    try {
      return await rest.promise;
    } finally {
      clearTimeout(timer);
      this.#restWaiters.delete(waiter);
    }
  }

  #resting(): boolean {
    return this.#commandsWaiting === 0 && atRest(this.#state);
  }

  #noticeRest(): void {
    if (this.#ending !== null || !atRest(this.#state)) return;
    const resting = this.#resting();
    // A restart ends a run without a word of it.
    if (resting) this.#archive.touch(this.#storedRunning);
    // A few results are on their way to the database before anybody sees them: no kill can lose what was seen.
    if (resting && this.#waitsForLittle()) this.#archive.hurry();
    this.#outbox.flush();
    if (!resting) return;
    this.#archive.hurry();
    for (const waiter of [...this.#restWaiters]) waiter(null);
  }

  /** Whether describing what is to be stored takes no time that a client would notice. */
  #waitsForLittle(): boolean {
    const { waiting } = this.#archive;
    if (waiting.size > fewCells) return false;
    let length = 0;
    for (const cell of waiting) length += this.#results.length(cell);
    return length <= littleLength;
  }

  /** Resolves when all that is to be stored is, and the kernels are gone. */
  close(reason: 'deleted' | 'draining'): Promise<void> {
    void this.#end(reason);
    return this.closed;
  }

  /** Resolves once the session has ended, however it did, and left nothing behind. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async #end(reason: EndReason): Promise<void> {
    if (this.#ending !== null) return;
    this.#outbox.flush();
    this.#ending = reason;
    this.#outbox.close();
    this.#stopEnvironment();
    this.#tell((listener) => listener.onClose(reason));
    this.#listeners.clear();
    for (const waiter of [...this.#restWaiters]) waiter(endRefusal(reason));
    await Promise.all([
      this.#lanes.close(),
      this.#modules.close(),
      this.#stored.settled().then(() => this.#archive.close()),
    ]);
    this.#closed.resolve();
  }

  get ended(): boolean {
    return this.#ending !== null;
  }

  #refuseIfEnded(): void {
    if (this.#ending !== null) throw endRefusal(this.#ending);
  }

  /** One client's trouble is none of the others'. */
  #tell(say: (listener: SessionListener) => void): void {
    for (const listener of [...this.#listeners]) {
      try {
        say(listener);
      } catch (error) {
        this.#options.log.error({ err: error, notebook: this.id }, 'a client could not be told');
      }
    }
  }

  #guard(act: () => void): void {
    if (this.#ending !== null) return;
    try {
      act();
    } catch (error) {
      this.#bug(error);
    }
  }

  #unlessRefused(error: unknown): void {
    if (!(error instanceof Refusal)) this.#bug(error);
  }

  /** Ends this session alone; whoever is connected syncs again with a new one. */
  #bug(error: unknown): void {
    this.#options.log.error({ err: error, notebook: this.id }, 'the session failed');
    void this.#end('failed');
  }
}

type EndReason = Parameters<SessionListener['onClose']>[0];

function endRefusal(reason: EndReason): Refusal {
  switch (reason) {
    case 'deleted':
      return new Refusal('not_found', 'This notebook was deleted.');
    case 'unstored':
      return new Refusal(
        'storage_unavailable',
        'An edit could not be stored. Try again in a moment.',
      );
    case 'failed':
      return new Refusal('unavailable', 'The notebook failed on the server. Open it again.');
    case 'draining':
      return new Refusal('unavailable', 'The notebook was closed on the server. Open it again.');
  }
}

function isMissedImport(error: CellError | null | undefined): boolean {
  return error?.kind === 'exception' && error.name === 'ModuleNotFoundError';
}

const emptyAnalysis: Analysed = {
  ok: true,
  analysis: { reads: [], defines: [], mutates: [], deferred: {}, carries: {} },
};

/** Markdown that shows values runs where the values are; without any it needs no kernel. */
function laneOf(kind: CellKind, analysed: Analysed): string {
  if (kind !== 'markdown' || !analysed.ok) return 'python';
  const { reads, mentions = [] } = analysed.analysis;
  return reads.length + mentions.length === 0 ? 'prose' : 'python';
}
