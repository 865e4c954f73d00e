/**
 * One process that speaks frames: requests to its descriptor 3, events from its descriptor 4. On descriptor 5 it has
 * a few bytes of shared memory, which outlive it (K8).
 *
 * Owns the process, its group and what is known about its end. Knows nothing of cells, runs or analyses, nor of how
 * the process was started. A process that breaks the framing or the schema is killed, and its end says why.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type KernelEvent, KernelFrame, type KernelRequest } from '@rnb/protocol';
import { BrokenFrame, encodeFrame, FrameDecoder } from './framing.ts';
import type { KernelExit } from './kernel.ts';
import type { Place } from './place-file.ts';
import type { ProcessEnd, StartedProcess } from './started-process.ts';

export interface ChildListener {
  onEvents(events: KernelEvent[]): void;
  /** Once, last. `place` is what the process was doing when it ended, by its own account; null if nothing. */
  onExit(exit: ChildExit, place: Place | null): void;
}

export type ChildExit = Exclude<KernelExit, { kind: 'died' }> | { kind: 'died'; detail: string };

/** What a process printed outside of any cell is kept for its obituary: interpreters say there why they died. */
const keptOutputLength = 4096;
const closeGraceMs = 2_000;
const lastWordsMs = 500;

/** How many threads one kernel may use for linear algebra: idle kernels are many, and cores are few. */
const threadVariables = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'];
const threads = 2;

/** The environment of a process that runs other people's code: only what an interpreter needs to work. */
export function minimalEnvironment(home: string, threadCount = threads): Record<string, string> {
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    LANG: process.env.LANG ?? 'C.UTF-8',
    MPLBACKEND: 'Agg',
  };
  for (const variable of threadVariables) env[variable] = String(threadCount);
  if (process.env.TZ) env.TZ = process.env.TZ;
  return env;
}

export class FramedChild {
  readonly #process: StartedProcess;
  readonly #listener: ChildListener;
  readonly #decoder = new FrameDecoder();
  readonly #gone = Promise.withResolvers<void>();
  #exit: ChildExit | undefined;
  /** Why we killed it ourselves. */
  #killedBecause: string | undefined;
  #closing = false;
  #printed = '';

  constructor(started: StartedProcess, listener: ChildListener) {
    this.#process = started;
    this.#listener = listener;
    for (const pipe of started.printed) {
      pipe.on('data', (chunk: Buffer) => this.#keep(chunk));
    }
    started.events?.on('data', (chunk: Buffer) => this.#receive(chunk));
    // EPIPE: the exit tells more.
    started.requests?.on('error', () => {});
    void started.ended.then((end) => this.#bury(end));
  }

  send(request: KernelRequest): void {
    if (this.#exit === undefined && !this.#closing) {
      this.#process.requests?.write(encodeFrame(request));
    }
  }

  /** To the process alone, not to what it started. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (this.#exit === undefined && pid !== undefined) kill(pid, signal);
  }

  /** Ends it at once; `because` is the sentence that its end will give. */
  kill(because: string): void {
    if (this.#exit !== undefined) return;
    this.#killedBecause ??= because;
    this.#killGroup();
  }

  /** Lets it end by itself for a short while (K7), then kills it with all it started. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#exit === undefined) {
      this.#process.requests?.end();
      this.signal('SIGTERM');
      const timer = setTimeout(() => this.#killGroup(), closeGraceMs);
      await this.#gone.promise;
      clearTimeout(timer);
    }
  }

  #receive(chunk: Buffer): void {
    if (this.#exit !== undefined || this.#killedBecause !== undefined) return;
    try {
      for (const header of this.#decoder.push(chunk)) {
        const frame = KernelFrame.safeParse(header);
        if (!frame.success) throw new BrokenFrame('events of an unknown form');
        this.#listener.onEvents(frame.data.events);
      }
    } catch (error) {
      if (!(error instanceof BrokenFrame)) throw error;
      this.kill(
        `The kernel sent something that is not its protocol (${error.message}) and was ended.`,
      );
    }
  }

  #keep(chunk: Buffer): void {
    this.#printed = (this.#printed + chunk.toString('utf8')).slice(-keptOutputLength);
  }

  #killGroup(): void {
    const { pid } = this.#process;
    if (pid !== undefined) kill(-pid, 'SIGKILL');
  }

  async #bury(end: ProcessEnd): Promise<void> {
    if (end.kind !== 'unavailable') {
      this.#killGroup();
      // What the process wrote last is still in its pipes; a grandchild outside the group may hold them for ever.
      await Promise.race([this.#process.drained, delay(lastWordsMs, undefined, { ref: false })]);
    }
    this.#exit = this.#explain(end);
    const place = this.#process.place.read();
    this.#process.place.close();
    this.#listener.onExit(this.#exit, place);
    this.#gone.resolve();
  }

  #explain(end: ProcessEnd): ChildExit {
    if (end.kind === 'unavailable') return end;
    if (this.#closing) return { kind: 'closed' };
    if (this.#killedBecause !== undefined) return { kind: 'died', detail: this.#killedBecause };
    const printed = this.#printed.trim();
    const lastWords = printed === '' ? '' : ` It last wrote: ${printed}`;
    return { kind: 'died', detail: `${causeOfDeath(end)}${lastWords}` };
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already, and so is its group.
  }
}

function causeOfDeath(end: Exclude<ProcessEnd, { kind: 'unavailable' }>): string {
  switch (end.kind) {
    case 'unknown':
      return 'The process ended. Why is not known, because what had started it ended before.';
    case 'exited':
      return end.code === 0
        ? 'The process ended by itself, with exit code 0.'
        : `The process ended with exit code ${end.code}.`;
    case 'signalled':
      return causeOfSignal(end.signal);
  }
}

function causeOfSignal(signal: string): string {
  switch (signal) {
    case 'SIGKILL':
      return 'The process was killed (SIGKILL), probably because it was out of memory.';
    case 'SIGSEGV':
    case 'SIGBUS':
    case 'SIGILL':
    case 'SIGFPE':
    case 'SIGABRT':
      return `The process crashed (${signal}), probably in a library's native code.`;
    default:
      return `The process was ended by a signal (${signal}).`;
  }
}
