import type {
  AnalysisResult,
  Completion,
  CompletionQuery,
  RunOutcome,
  TablePage,
} from '@rnb/protocol';
import type {
  Analyser,
  Batch,
  Kernel,
  KernelExit,
  KernelLauncher,
  KernelListener,
  RunEvent,
} from '../src/kernels/kernel.ts';

/** A kernel that moves only when told; it writes down what was asked of it. */
export class FakeKernel implements Kernel {
  readonly language = 'python';
  readonly #listener: KernelListener;
  readonly requests: Batch[] = [];
  readonly cancelled: number[] = [];
  readonly forgotten: string[] = [];
  interrupts = 0;
  closed = false;
  page: TablePage | Error = { offset: 0, rowCount: 0, rows: [] };

  constructor(listener: KernelListener) {
    this.#listener = listener;
  }

  run(request: Batch): void {
    this.requests.push(request);
  }
  cancel(batch: number): void {
    this.cancelled.push(batch);
  }
  forget(cells: string[]): void {
    this.forgotten.push(...cells);
  }
  async rows(): Promise<TablePage> {
    if (this.page instanceof Error) throw this.page;
    return this.page;
  }
  completed: [string, CompletionQuery][] = [];
  async complete(cell: string, query: CompletionQuery): Promise<Completion[]> {
    this.completed.push([cell, query]);
    return [{ label: 'x', kind: 'value' }];
  }
  interrupt(): void {
    this.interrupts += 1;
  }
  async close(): Promise<void> {
    this.closed = true;
  }

  say(...events: RunEvent[]): void {
    this.#listener.onEvents(events);
  }

  ready(): void {
    this.say({ type: 'ready', language: 'python', version: '3.14.0' });
  }

  exit(exit: KernelExit): void {
    this.#listener.onExit(exit);
  }

  /** The cells of the latest request, in its order. */
  get asked(): string[] {
    return this.requests.at(-1)?.cells.map(({ cell }) => cell) ?? [];
  }

  /** The run of this cell in the latest request. */
  runOf(cell: string): number {
    const found = this.requests.at(-1)?.cells.find((one) => one.cell === cell);
    if (found === undefined) throw new Error(`${cell} was not asked for`);
    return found.run;
  }

  start(cell: string): number {
    const run = this.runOf(cell);
    this.say({ type: 'started', cell, run, at: 1_000 });
    return run;
  }

  /** Ends a cell of the latest request that has started. */
  done(cell: string, outcome: RunOutcome = 'ok'): void {
    this.say({ type: 'done', cell, run: this.runOf(cell), outcome, durationMs: 2 });
  }

  endBatch(): void {
    this.say({ type: 'batch_done', batch: this.requests.at(-1)?.batch ?? -1 });
  }

  /** Runs the latest request to its end; each cell prints its source. */
  finish(): void {
    const request = this.requests.at(-1);
    for (const { cell, run, program } of request?.cells ?? []) {
      this.start(cell);
      this.say({ type: 'stream', cell, run, stream: 'stdout', text: `${program.source}\n` });
      this.done(cell);
    }
    this.endBatch();
  }
}

export class FakeLauncher implements KernelLauncher {
  readonly language = 'python';
  readonly kernels: FakeKernel[] = [];
  /** Called with each kernel as it is launched. */
  onLaunch: (kernel: FakeKernel) => void = () => {};

  launch(_options: { notebook: string; workDir: string }, listener: KernelListener): FakeKernel {
    const kernel = new FakeKernel(listener);
    this.kernels.push(kernel);
    this.onLaunch(kernel);
    return kernel;
  }

  /** The kernel in place. */
  get kernel(): FakeKernel {
    const kernel = this.kernels.at(-1);
    if (kernel === undefined) throw new Error('no kernel was launched');
    return kernel;
  }
}

/**
 * Reads a notation of its own: `a b <- c d` defines a and b and reads c and d; `!` is a syntax error, `?` something
 * that cannot be followed. While held, or
 * without an interpreter, it does not answer.
 */
export class FakeAnalyser implements Analyser {
  #held: PromiseWithResolvers<void> | null = null;
  unavailable: Error | null = null;
  calls: { kind: string; source: string }[][] = [];

  hold(): void {
    this.#held = Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  async analyse(sources: { kind: string; source: string }[]): Promise<AnalysisResult[]> {
    this.calls.push(sources);
    await this.#held?.promise;
    if (this.unavailable !== null) throw this.unavailable;
    return sources.map(({ kind, source }) => (kind === 'python' ? analysisOf(source) : nothing));
  }

  async close(): Promise<void> {}
}

const nothing: AnalysisResult = {
  ok: true,
  analysis: { reads: [], defines: [], mutates: [], deferred: {}, carries: {} },
};

function analysisOf(source: string): AnalysisResult {
  if (source === '!') return { ok: false, fault: { message: 'bad code', line: 1, column: 1 } };
  const [defines = [], reads = []] = source
    .split('<-')
    .map((names) => names.split(' ').filter((name) => /^[a-z]\w*$/.test(name)));
  return {
    ok: true,
    analysis: { reads, defines, mutates: [], deferred: {}, carries: {} },
    ...(source.includes('?') && { warnings: [{ message: 'unseen', line: 1 }] }),
  };
}
