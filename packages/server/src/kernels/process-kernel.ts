/**
 * A kernel in a process of this machine: the run protocol over a framed child.
 *
 * Believes events only for runs that are under way, whoever wrote them: code in a cell can write to the kernel's own
 * pipe. Sends a cell's program only when it is another one than this process was last given. Schedules nothing: what
 * runs, and in which order, the engine has decided.
 */
import type {
  CellProgram,
  Completion,
  CompletionQuery,
  KernelEvent,
  KernelRequest,
  TablePage,
  TableQuery,
} from '@rnb/protocol';
import { FramedChild } from './child-process.ts';
import type {
  Batch,
  Kernel,
  KernelExit,
  KernelLauncher,
  KernelListener,
  QuietRun,
  RunEvent,
} from './kernel.ts';
import { KernelGone } from './kernel-gone.ts';
import type { Place } from './place-file.ts';
import type { StartedProcess } from './started-process.ts';

export interface ProcessKernelOptions {
  language: string;
  /** Rejects with an `Error` whose message tells the user what to do, where the language is not there. */
  start(notebook: { notebook: string; workDir: string }): Promise<StartedProcess>;
  /** How long a kernel may take to answer an interrupt before it is killed. */
  interruptGraceMs?: number;
  startTimeoutMs?: number;
  rowsTimeoutMs?: number;
}

/** Launches one process for each notebook. */
export function processLauncher(options: ProcessKernelOptions): KernelLauncher {
  return {
    language: options.language,
    launch: (notebook, listener) => new ProcessKernel(options, notebook, listener),
  };
}

type Question = Extract<KernelRequest, { type: 'rows' | 'complete' }>;
type Answer = Extract<KernelEvent, { type: 'rows' | 'completions' }>;

interface PendingQuestion {
  resolve(answer: Answer): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

const none: readonly string[] = [];

/** Who types does not wait any longer for what might follow. */
const completionTimeoutMs = 1_500;

class ProcessKernel implements Kernel {
  readonly language: string;
  readonly #listener: KernelListener;
  readonly #interruptGraceMs: number;
  readonly #rowsTimeoutMs: number;
  /** Undefined until the process is there. */
  #child: FramedChild | undefined;
  #ready = false;
  #exit: KernelExit | undefined;
  #closed = false;
  #queued: KernelRequest[] = [];
  #startTimer: NodeJS.Timeout | undefined;
  #interruptTimer: NodeJS.Timeout | undefined;
  /** Runs that have not ended → their cells. */
  readonly #underWay = new Map<number, string>();
  /** The batches that have not ended → what was sent. */
  readonly #batches = new Map<number, { cells: string[]; runs: number[] }>();
  readonly #programs = new Map<string, CellProgram>();
  readonly #questions = new Map<number, PendingQuestion>();
  #lastQuestion = 0;
  readonly #gone = Promise.withResolvers<void>();

  constructor(
    options: ProcessKernelOptions,
    notebook: { notebook: string; workDir: string },
    listener: KernelListener,
  ) {
    this.language = options.language;
    this.#listener = listener;
    this.#interruptGraceMs = options.interruptGraceMs ?? 5_000;
    this.#rowsTimeoutMs = options.rowsTimeoutMs ?? 30_000;
    options.start(notebook).then(
      (started) => this.#adopt(started, options.startTimeoutMs ?? 30_000),
      (error: unknown) =>
        this.#end({
          kind: 'unavailable',
          detail: error instanceof Error ? error.message : String(error),
        }),
    );
  }

  #adopt(started: StartedProcess, startTimeoutMs: number): void {
    const child = new FramedChild(started, {
      onEvents: (events) => this.#receive(events),
      onExit: (exit, place) => {
        if (exit.kind !== 'died') this.#end(exit);
        else if (this.#ready || !started.replace) this.#end({ ...exit, run: this.#runAt(place) });
        // Nothing has been sent to it.
        else this.#adopt(started.replace(), startTimeoutMs);
      },
    });
    this.#child = child;
    if (this.#closed) {
      void child.close();
      return;
    }
    clearTimeout(this.#startTimer);
    this.#startTimer = setTimeout(() => {
      child.kill(`The kernel was not ready after ${startTimeoutMs / 1_000} s and was ended.`);
    }, startTimeoutMs);
  }

  run({ batch, cells }: Batch): void {
    if (this.#exit) return;
    const sent = { cells: [] as string[], runs: [] as number[] };
    this.#batches.set(batch, sent);
    const news: [string, CellProgram][] = [];
    const forced: number[] = [];
    for (const { cell, run, program, conditional } of cells) {
      if (conditional !== true) forced.push(sent.cells.length);
      sent.cells.push(cell);
      sent.runs.push(run);
      this.#underWay.set(run, cell);
      // The session hands on the same object for as long as nothing about the program changed.
      if (this.#programs.get(cell) === program) continue;
      this.#programs.set(cell, program);
      news.push([cell, program]);
    }
    this.#send({ type: 'run', batch, ...sent, forced, programs: Object.fromEntries(news) });
  }

  cancel(batch: number): void {
    const request = { type: 'cancel', batch } as const;
    // Before the batch itself, or its first cell would have started by the time that this is read.
    if (this.#ready) this.#send(request);
    else this.#queued.unshift(request);
  }

  forget(cells: string[]): void {
    for (const cell of cells) this.#programs.delete(cell);
    this.#send({ type: 'forget', cells });
  }

  async rows(cell: string, run: number, output: number, query: TableQuery): Promise<TablePage> {
    const id = ++this.#lastQuestion;
    const answer = await this.#ask(
      { type: 'rows', id, cell, run, output, query },
      this.#rowsTimeoutMs,
    );
    if (answer.type === 'rows' && answer.page !== null) return answer.page;
    const why = answer.type === 'rows' ? answer.message : undefined;
    throw new Error(why ?? 'The kernel no longer has this table.');
  }

  async complete(cell: string, { name, path, of }: CompletionQuery): Promise<Completion[]> {
    const id = ++this.#lastQuestion;
    const steps = path === '' ? [] : path.split('.');
    const answer = await this.#ask(
      { type: 'complete', id, cell, name, path: steps, of },
      completionTimeoutMs,
    );
    return answer.type === 'completions' ? answer.items : [];
  }

  #ask(question: Question, timeoutMs: number): Promise<Answer> {
    if (this.#exit) return Promise.reject(new KernelGone());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#questions.delete(question.id);
        reject(new Error('The kernel is busy and did not answer in time. Try again later.'));
      }, timeoutMs);
      this.#questions.set(question.id, { resolve, reject, timer });
      this.#send(question);
    });
  }

  interrupt(): void {
    // While nothing runs an interrupt means nothing (K5), and there would be no answer to wait for.
    // And a process that is not ready yet would die of it; that the batch is cancelled is enough.
    if (this.#batches.size === 0 || !this.#child || !this.#ready) return;
    const child = this.#child;
    child.signal('SIGINT');
    this.#interruptTimer ??= setTimeout(() => {
      child.kill(
        `The kernel did not answer an interrupt within ${this.#interruptGraceMs / 1_000} s and was ended.`,
      );
    }, this.#interruptGraceMs);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#exit) return;
    await this.#child?.close();
    await this.#gone.promise;
  }

  #send(request: KernelRequest): void {
    if (this.#exit) return;
    if (this.#ready) this.#child?.send(request);
    else this.#queued.push(request);
  }

  #receive(events: KernelEvent[]): void {
    const believed: RunEvent[] = [];
    for (const event of events) {
      if (event.type === 'ran') {
        const runs = this.#quietRuns(event);
        if (runs.length > 0) believed.push({ type: 'ran', runs });
      } else if (event.type === 'unchanged') {
        const runs = this.#unchangedRuns(event);
        if (runs.length > 0) believed.push({ type: 'unchanged', runs });
      } else if (this.#admit(event)) {
        believed.push(event);
      }
    }
    if (believed.length > 0) this.#listener.onEvents(believed);
  }

  /** The runs that a `ran` speaks of, those that are under way. */
  #quietRuns(event: Extract<KernelEvent, { type: 'ran' }>): QuietRun[] {
    const { batch, first, at, durationsUs } = event;
    const sent = this.#batches.get(batch);
    const kept = new Map(event.kept);
    const runs: QuietRun[] = [];
    let startedAt = at;
    for (const [offset, durationUs] of durationsUs.entries()) {
      const cell = sent?.cells[first + offset];
      const run = sent?.runs[first + offset];
      const durationMs = durationUs / 1_000;
      if (cell !== undefined && run !== undefined && this.#underWay.delete(run)) {
        const names = kept.get(offset) ?? none;
        runs.push({ cell, run, startedAt: Math.round(startedAt), durationMs, kept: names });
      }
      startedAt += durationMs;
    }
    if (runs.length > 0) this.#answeredInterrupt();
    return runs;
  }

  #unchangedRuns({ batch, first, count }: Extract<KernelEvent, { type: 'unchanged' }>) {
    const sent = this.#batches.get(batch);
    const cells = sent?.cells.slice(first, first + count) ?? [];
    return cells.flatMap((cell, offset) => {
      const run = sent?.runs[first + offset];
      return run !== undefined && this.#underWay.delete(run) ? [{ cell, run }] : [];
    });
  }

  /** Whether the listener is to hear of an event; forged and stray ones end here. */
  #admit(event: Exclude<KernelEvent, { type: 'ran' | 'unchanged' }>): boolean {
    switch (event.type) {
      case 'ready':
        return this.#admitReady();
      case 'rows':
      case 'completions':
        this.#settle(event);
        return false;
      case 'analysed':
        return false;
      case 'batch_done':
        for (const run of this.#batches.get(event.batch)?.runs ?? []) this.#underWay.delete(run);
        if (!this.#batches.delete(event.batch)) return false;
        this.#answeredInterrupt();
        return true;
      case 'found':
      case 'shares':
      case 'spoiled':
        // About runs that have ended; the engine knows its cells.
        return true;
      case 'done':
        if (this.#underWay.get(event.run) !== event.cell) return false;
        this.#underWay.delete(event.run);
        // A skipped cell says nothing about the one that runs.
        if (event.outcome !== 'skipped') this.#answeredInterrupt();
        return true;
      default:
        return this.#underWay.get(event.run) === event.cell;
    }
  }

  /** What the process was running by its own account, as far as it can be believed. */
  #runAt(place: Place | null): number | null {
    const run = place === null ? undefined : this.#batches.get(place.batch)?.runs[place.position];
    return run !== undefined && this.#underWay.has(run) ? run : null;
  }

  #admitReady(): boolean {
    if (this.#ready) return false;
    this.#ready = true;
    clearTimeout(this.#startTimer);
    for (const request of this.#queued) this.#child?.send(request);
    this.#queued = [];
    return true;
  }

  #answeredInterrupt(): void {
    clearTimeout(this.#interruptTimer);
    this.#interruptTimer = undefined;
  }

  #settle(answer: Answer): void {
    const pending = this.#questions.get(answer.id);
    if (!pending) return;
    this.#questions.delete(answer.id);
    clearTimeout(pending.timer);
    pending.resolve(answer);
  }

  #end(exit: KernelExit): void {
    if (this.#exit) return;
    this.#exit = exit;
    clearTimeout(this.#startTimer);
    clearTimeout(this.#interruptTimer);
    for (const { reject, timer } of this.#questions.values()) {
      clearTimeout(timer);
      reject(new KernelGone());
    }
    this.#questions.clear();
    this.#listener.onExit(exit);
    this.#gone.resolve();
  }
}
