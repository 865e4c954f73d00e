import type {
  Completion,
  CompletionQuery,
  KernelStatus,
  TablePage,
  TableQuery,
} from '@rnb/protocol';
import type { Batch, Kernel, KernelExit, KernelLauncher, RunEvent } from '../kernels/kernel.ts';

export interface LaneListener {
  onEvents(lane: string, events: RunEvent[]): void;
  onLost(lane: string, exit: KernelExit): void;
  onStatus(status: KernelStatus): void;
  /** A kernel could not be ended. */
  onError(error: unknown): void;
}

interface Running {
  kernel: Kernel;
  /** What the kernel says it is: `Python 3.11.7`; null until it is ready. */
  version: string | null;
  batch: number | null;
}

const languageNames: Record<string, string> = { python: 'Python' };

/** The kernels of one notebook, one for each lane, started when first needed. */
export class Lanes {
  #launchers: Map<string, KernelLauncher>;
  #options: { notebook: string; workDir: string };
  #listener: LaneListener;
  #running = new Map<string, Running>();
  #unavailable = new Map<string, string>();
  /** Kernels that were told to end. */
  #ending = new Set<Promise<void>>();

  constructor(
    launchers: readonly KernelLauncher[],
    options: { notebook: string; workDir: string },
    listener: LaneListener,
  ) {
    this.#launchers = new Map(launchers.map((launcher) => [launcher.language, launcher]));
    this.#options = options;
    this.#listener = listener;
  }

  run(lane: string, batch: Batch): void {
    const running = this.#running.get(lane) ?? this.#start(lane);
    running.batch = batch.batch;
    running.kernel.run(batch);
    this.#tell(lane);
  }

  cancel(lane: string, batch: number): void {
    this.#running.get(lane)?.kernel.cancel(batch);
  }

  interrupt(lane: string): void {
    const running = this.#running.get(lane);
    if (running === undefined) return;
    running.kernel.interrupt();
    // An interrupt means nothing to a kernel that has not begun the batch yet (K5).
    if (running.batch !== null) running.kernel.cancel(running.batch);
  }

  forget(lane: string, cells: string[]): void {
    this.#running.get(lane)?.kernel.forget(cells);
  }

  rows(
    lane: string,
    cell: string,
    run: number,
    output: number,
    query: TableQuery,
  ): Promise<TablePage> | null {
    return this.#running.get(lane)?.kernel.rows(cell, run, output, query) ?? null;
  }

  /** Null where no kernel runs. */
  complete(lane: string, cell: string, query: CompletionQuery): Promise<Completion[]> | null {
    return this.#running.get(lane)?.kernel.complete(cell, query) ?? null;
  }

  /** Ends the lane's kernel; the next run starts a new one. */
  restart(lane: string): void {
    const running = this.#running.get(lane);
    this.#running.delete(lane);
    this.#unavailable.delete(lane);
    if (running !== undefined) this.#end(running.kernel);
    this.#tell(lane);
  }

  statuses(): KernelStatus[] {
    return [...this.#launchers.keys()].filter(isShown).map((lane) => this.#status(lane));
  }

  async close(): Promise<void> {
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const { kernel } of running) this.#end(kernel);
    await Promise.all(this.#ending);
  }

  #end(kernel: Kernel): void {
    const ended = kernel
      .close()
      .catch((error: unknown) => this.#listener.onError(error))
      .finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #start(lane: string): Running {
    const launcher = this.#launchers.get(lane);
    if (launcher === undefined) throw new Error(`no launcher for the lane ${lane}`);
    // A kernel that was replaced may still speak: only the one in place is heard.
    const current = (): boolean => this.#running.get(lane) === running;
    const kernel = launcher.launch(this.#options, {
      onEvents: (events) => {
        if (current()) this.#hear(lane, running, events);
      },
      onExit: (exit) => {
        if (!current()) return;
        this.#running.delete(lane);
        const why = running.version === null ? asUnavailable(exit) : exit;
        if (why.kind === 'unavailable') this.#unavailable.set(lane, why.detail);
        this.#tell(lane);
        this.#listener.onLost(lane, why);
      },
    });
    const running: Running = { kernel, version: null, batch: null };
    this.#unavailable.delete(lane);
    this.#running.set(lane, running);
    return running;
  }

  #hear(lane: string, running: Running, events: RunEvent[]): void {
    let changed = false;
    for (const event of events) {
      if (event.type === 'ready') {
        running.version = `${languageNames[event.language] ?? event.language} ${event.version}`;
        changed = true;
      } else if (event.type === 'batch_done' && event.batch === running.batch) {
        running.batch = null;
        changed = true;
      }
    }
    // First, so that the frame that goes when the notebook comes to rest has it.
    if (changed) this.#tell(lane);
    this.#listener.onEvents(lane, events);
  }

  #tell(lane: string): void {
    if (isShown(lane)) this.#listener.onStatus(this.#status(lane));
  }

  #status(lane: string): KernelStatus {
    const running = this.#running.get(lane);
    const unavailable = this.#unavailable.get(lane);
    if (running === undefined) {
      return unavailable === undefined
        ? { language: lane, status: 'none' }
        : { language: lane, status: 'unavailable', message: unavailable };
    }
    if (running.version === null) return { language: lane, status: 'starting' };
    return {
      language: lane,
      status: running.batch === null ? 'idle' : 'busy',
      message: running.version,
    };
  }
}

/**
 * A kernel that ends before it is ready will not be any better for the next cell: all that wait fail together, rather
 * than each with a process of its own.
 */
function asUnavailable(exit: KernelExit): KernelExit {
  if (exit.kind !== 'died') return exit;
  return { kind: 'unavailable', detail: `The kernel ended before it was ready. ${exit.detail}` };
}

/** Prose has no kernel that people need to know of. */
function isShown(lane: string): boolean {
  return lane !== 'prose';
}
