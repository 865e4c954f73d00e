/**
 * A launcher whose kernels outlive their notebooks: a real Python process, lent to one notebook after the other, since
 * starting one takes longer than all that is compared. To close a borrowed kernel is to have its cells forgotten.
 *
 * A process that is still busy when it is given back is ended; so is one that has served long.
 */
import type { KernelEvent } from '@rnb/protocol';
import type {
  Batch,
  Kernel,
  KernelExit,
  KernelLauncher,
  KernelListener,
  RunEvent,
} from '@rnb/server/kernels/kernel';
import { type PythonLauncher, pythonLauncher } from '@rnb/server/kernels/python-kernel';

const loansBeforeReplacement = 400;
const introduction = { batch: 0, cell: 'introduction', run: Number.MAX_SAFE_INTEGER };

export class BorrowedKernels implements KernelLauncher {
  readonly language = 'python';
  readonly #launcher: PythonLauncher;
  readonly #workDir: string;
  #free: PythonProcess | null = null;
  #all = new Set<PythonProcess>();

  constructor(python: string, workDir: string) {
    this.#launcher = pythonLauncher(() => Promise.resolve(python));
    this.#workDir = workDir;
  }

  launch(_notebook: { notebook: string; workDir: string }, listener: KernelListener): Kernel {
    const process = this.#free ?? this.#start();
    this.#free = null;
    return process.lend(listener, () => {
      if (this.#free === null && process.mayBeLent) this.#free = process;
      else void process.close();
    });
  }

  /** The next notebook gets a process that nothing has run in. */
  async renew(): Promise<void> {
    const old = this.#free;
    this.#free = null;
    await old?.close();
  }

  /** Kills the processes that are lent, as from outside; resolves when whoever borrowed them has been told. */
  async kill(): Promise<void> {
    await Promise.all([...this.#all].filter(({ lent }) => lent).map((one) => one.kill()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((one) => one.close()));
    await this.#launcher.close();
  }

  #start(): PythonProcess {
    const started = new PythonProcess(this.#launcher, this.#workDir, () => {
      this.#all.delete(started);
      if (this.#free === started) this.#free = null;
    });
    this.#all.add(started);
    return started;
  }
}

class PythonProcess {
  readonly #kernel: Kernel;
  readonly #pid = Promise.withResolvers<number>();
  readonly #gone = Promise.withResolvers<void>();
  #ready: RunEvent | null = null;
  #borrower: KernelListener | null = null;
  #loans = 0;
  #over = false;
  #running = new Set<number>();
  /** Batches are numbered anew by each notebook, and a kernel remembers those that were cancelled. */
  #lastBatch: number = introduction.batch;

  constructor(launcher: KernelLauncher, workDir: string, onExit: () => void) {
    this.#kernel = launcher.launch(
      { notebook: 'prove', workDir },
      {
        onEvents: (events) => this.#hear(events),
        onExit: (exit: KernelExit) => {
          this.#over = true;
          onExit();
          this.#borrower?.onExit(exit);
          this.#pid.reject(new Error('The kernel ended before it was ready.'));
          this.#gone.resolve();
        },
      },
    );
    this.#pid.promise.catch(() => {});
    const source = 'import os\nos.getpid()';
    const program = {
      source,
      kind: 'python',
      bindings: {},
      defines: ['os'],
      mutates: [],
      revision: 1,
    };
    this.#kernel.run({
      batch: introduction.batch,
      cells: [{ cell: introduction.cell, run: introduction.run, program }],
    });
    this.#kernel.forget([introduction.cell]);
  }

  get lent(): boolean {
    return this.#borrower !== null;
  }

  get mayBeLent(): boolean {
    return !this.#over && this.#running.size === 0 && this.#loans < loansBeforeReplacement;
  }

  lend(listener: KernelListener, onReturn: () => void): Kernel {
    const kernel = this.#kernel;
    const first = this.#lastBatch + 1;
    const cells = new Set<string>();
    this.#loans += 1;
    this.#borrower = {
      onExit: listener.onExit,
      onEvents: (events) => {
        listener.onEvents(
          events.map((event) =>
            event.type === 'batch_done' ? { ...event, batch: event.batch - first } : event,
          ),
        );
      },
    };
    const ready = this.#ready;
    if (ready !== null) queueMicrotask(() => listener.onEvents([ready]));
    return {
      language: kernel.language,
      run: (batch: Batch) => {
        for (const { cell } of batch.cells) cells.add(cell);
        this.#lastBatch = first + batch.batch;
        this.#running.add(this.#lastBatch);
        kernel.run({ ...batch, batch: this.#lastBatch });
      },
      cancel: (batch) => kernel.cancel(first + batch),
      forget: (gone) => kernel.forget(gone),
      rows: (...question) => kernel.rows(...question),
      complete: (...question) => kernel.complete(...question),
      interrupt: () => kernel.interrupt(),
      close: () => {
        this.#borrower = null;
        kernel.forget([...cells]);
        onReturn();
        return Promise.resolve();
      },
    };
  }

  async kill(): Promise<void> {
    process.kill(await this.#pid.promise, 'SIGKILL');
    await this.#gone.promise;
  }

  close(): Promise<void> {
    return this.#kernel.close();
  }

  #hear(events: RunEvent[]): void {
    const others: RunEvent[] = [];
    for (const event of events) {
      if (event.type === 'ready') this.#ready = event;
      if (event.type === 'batch_done') this.#running.delete(event.batch);
      if (!isIntroduction(event)) others.push(event);
      else if (event.type === 'output') {
        this.#pid.resolve(Number(event.output.data['text/plain']));
      }
    }
    if (others.length > 0) this.#borrower?.onEvents(others);
  }
}

function isIntroduction(event: RunEvent): boolean {
  if (event.type === 'batch_done') return event.batch === introduction.batch;
  return (event as Partial<Extract<KernelEvent, { cell: string }>>).cell === introduction.cell;
}
