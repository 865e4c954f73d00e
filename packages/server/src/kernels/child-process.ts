/**
 * One child process that speaks frames: requests to its descriptor 3, events from its descriptor 4. On descriptor 5
 * it has a few bytes of shared memory, which outlive it (K8).
 *
 * Owns the process, its group and what is known about its end. Knows nothing of cells, runs or analyses. A process
 * that breaks the framing or the schema is killed, and its end says why.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type KernelEvent, KernelFrame, type KernelRequest } from '@rnb/protocol';
import { BrokenFrame, encodeFrame, FrameDecoder } from './framing.ts';
import type { KernelExit } from './kernel.ts';

export interface ChildCommand {
  file: string;
  args: string[];
  /** The whole environment of the process; nothing is inherited, so that no secret of the server leaks into cells. */
  env: Record<string, string>;
  cwd: string;
}

export interface ChildListener {
  onEvents(events: KernelEvent[]): void;
  /** Once, last. `place` is what the process was doing when it ended, by its own account; null if nothing. */
  onExit(exit: ChildExit, place: Place | null): void;
}

export type ChildExit = Exclude<KernelExit, { kind: 'died' }> | { kind: 'died'; detail: string };

/** A batch and the position of a cell in it. */
export interface Place {
  batch: number;
  position: number;
}

/** What a process printed outside of any cell is kept for its obituary: interpreters say there why they died. */
const keptOutputLength = 4096;
const closeGraceMs = 2_000;
const lastWordsMs = 500;

/** The environment of a process that runs other people's code: only what an interpreter needs to work. */
export function minimalEnvironment(home: string): Record<string, string> {
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    LANG: process.env.LANG ?? 'C.UTF-8',
    MPLBACKEND: 'Agg',
    // Idle kernels are many: without a bound each would start one thread per core for linear algebra.
    OMP_NUM_THREADS: '2',
    OPENBLAS_NUM_THREADS: '2',
    MKL_NUM_THREADS: '2',
  };
  if (process.env.TZ) env.TZ = process.env.TZ;
  return env;
}

export class FramedChild {
  readonly #child: ChildProcess;
  readonly #requests: Writable | undefined;
  readonly #listener: ChildListener;
  readonly #decoder = new FrameDecoder();
  readonly #gone = Promise.withResolvers<void>();
  #exit: ChildExit | undefined;
  /** The shared file; undefined where it could not be made. */
  #placeFile: number | undefined;
  /** Why we killed it ourselves. */
  #killedBecause: string | undefined;
  #closing = false;
  #printed = '';

  constructor(command: ChildCommand, listener: ChildListener) {
    this.#listener = listener;
    this.#placeFile = openPlaceFile();
    this.#child = spawn(command.file, command.args, {
      cwd: command.cwd,
      env: command.env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', this.#placeFile ?? 'ignore'],
      // A group of its own, so that everything that cells started can be ended with it.
      detached: true,
    });
    const [, stdout, stderr, requests, events] = this.#child.stdio;
    for (const pipe of [stdout, stderr]) {
      if (isReadable(pipe)) pipe.on('data', (chunk: Buffer) => this.#keep(chunk));
    }
    if (isReadable(events)) events.on('data', (chunk: Buffer) => this.#receive(chunk));
    if (isWritable(requests)) {
      this.#requests = requests;
      // EPIPE: the exit tells more.
      requests.on('error', () => {});
    }
    this.#child.on('error', (error) => {
      if (this.#child.pid === undefined) this.#end(unavailable(command, error));
    });
    this.#child.on('exit', (code, signal) => {
      this.#killGroup('SIGKILL');
      const end = (): void => this.#end(this.#explain(code, signal));
      // What the process wrote last is still in its pipes; a grandchild outside the group may hold them for ever.
      this.#child.once('close', end);
      setTimeout(end, lastWordsMs).unref();
    });
  }

  send(request: KernelRequest): void {
    if (this.#exit === undefined && !this.#closing) this.#requests?.write(encodeFrame(request));
  }

  /** To the process alone, not to what it started. */
  signal(signal: NodeJS.Signals): void {
    if (this.#exit === undefined) this.#child.kill(signal);
  }

  /** Ends it at once; `because` is the sentence that its end will give. */
  kill(because: string): void {
    if (this.#exit !== undefined) return;
    this.#killedBecause ??= because;
    this.#killGroup('SIGKILL');
  }

  /** Lets it end by itself for a short while (K7), then kills it with all it started. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#exit === undefined) {
      this.#requests?.end();
      this.signal('SIGTERM');
      const timer = setTimeout(() => this.#killGroup('SIGKILL'), closeGraceMs);
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

  #killGroup(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is empty already.
    }
  }

  #end(exit: ChildExit): void {
    if (this.#exit !== undefined) return;
    this.#exit = exit;
    const place = this.#placeFile === undefined ? null : readPlace(this.#placeFile);
    if (this.#placeFile !== undefined) closeSync(this.#placeFile);
    this.#listener.onExit(exit, place);
    this.#gone.resolve();
  }

  #explain(code: number | null, signal: NodeJS.Signals | null): ChildExit {
    if (this.#closing) return { kind: 'closed' };
    if (this.#killedBecause !== undefined) return { kind: 'died', detail: this.#killedBecause };
    const printed = this.#printed.trim();
    const lastWords = printed === '' ? '' : ` It last wrote: ${printed}`;
    return { kind: 'died', detail: `${causeOfDeath(code, signal)}${lastWords}` };
  }
}

/** Two numbers of 32 bits: the batch, and the position in it counted from one; zero while no cell runs. */
const placeBytes = 8;

/** Without a name from the start, so that nothing is left behind; a full disk costs no more than this knowledge. */
function openPlaceFile(): number | undefined {
  const path = join(tmpdir(), `rnb-place-${randomUUID()}`);
  let file: number | undefined;
  try {
    file = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    // Written, not only made this long: to store into a page that the disk has no room for would kill the kernel.
    writeSync(file, Buffer.alloc(placeBytes), 0, placeBytes, 0);
    return file;
  } catch {
    if (file !== undefined) closeSync(file);
    return undefined;
  }
}

function readPlace(file: number): Place | null {
  const place = new Uint32Array(placeBytes / Uint32Array.BYTES_PER_ELEMENT);
  if (readSync(file, place, 0, placeBytes, 0) < placeBytes) return null;
  const [batch = 0, position = 0] = place;
  return position === 0 ? null : { batch, position: position - 1 };
}

function causeOfDeath(code: number | null, signal: NodeJS.Signals | null): string {
  switch (signal) {
    case null:
      return code === 0
        ? 'The process ended by itself, with exit code 0.'
        : `The process ended with exit code ${code}.`;
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

function unavailable(command: ChildCommand, error: NodeJS.ErrnoException): ChildExit {
  const what =
    error.code === 'ENOENT'
      ? `${command.file} was not found, or the folder ${command.cwd} is gone. Install it, or set the path to it, and restart the kernel.`
      : error.code === 'EACCES'
        ? `${command.file} may not be executed. Make it executable, or set another path, and restart the kernel.`
        : `${command.file} could not be started: ${error.message}.`;
  return { kind: 'unavailable', detail: what };
}

function isReadable(stream: Readable | Writable | null | undefined): stream is Readable {
  return stream != null && 'on' in stream && 'read' in stream;
}

function isWritable(stream: Readable | Writable | null | undefined): stream is Writable {
  return stream != null && 'write' in stream;
}
