/**
 * One warmed Python process, from which kernels are forked (`kernels/python/rnb_kernel/zygote.py`).
 *
 * It is asked for a kernel by a frame on a pipe. Node cannot hand its pipes to a process that it does not start, so
 * the zygote connects the kernel's to a socket in a folder of ours, each naming the kernel (K12), and then forks. Kernels
 * live on when it dies; what is lost is why they end, which then shows by their pipes alone.
 *
 * One kernel is kept ready, which belongs to no notebook until it is handed over.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { access, rm, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { minimalEnvironment } from './child-process.ts';
import { encodeFrame, FrameDecoder } from './framing.ts';
import { openNamedPlaceFile, type PlaceFile, removeName } from './place-file.ts';
import {
  type ProcessCommand,
  type ProcessEnd,
  type SpawnedProcess,
  type StartedProcess,
  spawnProcess,
} from './started-process.ts';

const program = fileURLToPath(new URL('../../../../kernels/python/zygote.py', import.meta.url));

/** A fork takes a millisecond or two; who waits longer is better served by an interpreter of its own. */
const forkTimeoutMs = 2_000;
const closeGraceMs = 2_000;
/** The next kernel is made ready when the one before it has had time to run its first cell. */
const spareDelayMs = 100;

const Report = z.discriminatedUnion('type', [
  /** Where packages are found, each with the time of its last change in nanoseconds, from before the imports. */
  z.object({ type: z.literal('ready'), folders: z.array(z.tuple([z.string(), z.string()])) }),
  z.object({ type: z.literal('forked'), id: z.string(), pid: z.number().int().positive() }),
  z.object({ type: z.literal('failed'), id: z.string(), message: z.string() }),
  z.object({
    type: z.literal('ended'),
    id: z.string(),
    code: z.number().int().nullable(),
    signal: z.string().nullable(),
  }),
]);
type Report = z.infer<typeof Report>;

/** What a connection says first: its channel and the kernel's id. */
const channels = { r: 'requests', e: 'events', o: 'printed' } as const;
type Channel = (typeof channels)[keyof typeof channels];
const greetingBytes = 1 + randomUUID().length;

interface Birth {
  sockets: Partial<Record<Channel, Socket>>;
  pid: number | undefined;
  place: PlaceFile;
  ended: PromiseWithResolvers<ProcessEnd>;
  born: PromiseWithResolvers<void>;
}

export class Zygote {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rnb-zygote-'));
  readonly #process: SpawnedProcess;
  readonly #server: Server;
  readonly #decoder = new FrameDecoder();
  readonly #births = new Map<string, Birth>();
  /** Kernels that are there → what settles how they ended. */
  readonly #living = new Map<string, PromiseWithResolvers<ProcessEnd>>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #ready = Promise.withResolvers<boolean>();
  /** The kernel that is kept ready, or is about to be. */
  #spare: Promise<Birth> | undefined;
  #spareTimer: NodeJS.Timeout | undefined;
  #folders: [path: string, changedNs: string][] | undefined;
  #ended = false;
  #retired = false;

  constructor(python: string) {
    const socketPath = join(this.#folder, 'kernels');
    this.#server = createServer((socket) => this.#greet(socket));
    this.#server.on('error', () => this.#kill());
    this.#server.listen(socketPath);
    this.#process = spawnProcess({
      file: python,
      args: ['-I', '-u', program, socketPath],
      // One thread: a process with more cannot be forked safely.
      env: minimalEnvironment(this.#folder, 1),
      cwd: this.#folder,
    });
    for (const pipe of this.#process.printed) pipe.resume();
    this.#process.requests?.on('error', () => {});
    this.#process.events?.on('data', (chunk: Buffer) => this.#hear(chunk));
    void this.#process.ended.then(() => this.#end());
  }

  /** Resolves when kernels can be forked, or never will be: false. */
  get ready(): Promise<boolean> {
    return this.#ready.promise;
  }

  get isReady(): boolean {
    return this.#folders !== undefined && !this.#ended && !this.#retired;
  }

  /** Resolves when the process has ended and nothing of it is left. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  get isGone(): boolean {
    return this.#ended;
  }

  /** Whether packages have come or gone since it imported what there was. */
  async isOutdated(): Promise<boolean> {
    const changes = await Promise.all(
      (this.#folders ?? []).map(async ([path, changedNs]) => {
        const now = await stat(path, { bigint: true }).catch(() => null);
        return now?.mtimeNs.toString() !== changedNs;
      }),
    );
    return changes.includes(true);
  }

  /** A kernel in this folder, with this environment. Rejects where none came of it. */
  async fork({ env, cwd }: Pick<ProcessCommand, 'env' | 'cwd'>): Promise<StartedProcess> {
    await access(cwd);
    const spare = this.#spare;
    this.#spare = undefined;
    const birth = await (spare ?? this.#bear());
    this.#prepareSpare(spareDelayMs);
    for (const socket of Object.values(birth.sockets)) socket.ref();
    const child = started(birth);
    child.requests.write(encodeFrame({ cwd, env }));
    return child;
  }

  #prepareSpare(delayMs: number): void {
    clearTimeout(this.#spareTimer);
    this.#spareTimer = setTimeout(() => {
      if (this.isReady) this.#spare ??= this.#bearSpare();
    }, delayMs);
    this.#spareTimer.unref();
  }

  #bearSpare(): Promise<Birth> {
    const spare = this.#bear();
    const isKept = (): boolean => this.#spare === spare;
    spare.then(
      (birth) => {
        if (isKept()) for (const socket of Object.values(birth.sockets)) socket.unref();
        void birth.ended.promise.then(() => {
          if (isKept()) this.#endSpare();
        });
      },
      () => {
        if (isKept()) this.#spare = undefined;
      },
    );
    return spare;
  }

  /** It reads that nobody needs it any more, if it has not ended by itself. */
  #endSpare(): void {
    clearTimeout(this.#spareTimer);
    void this.#spare?.then(leave, () => {});
    this.#spare = undefined;
  }

  /** A kernel that waits to be told where. */
  async #bear(): Promise<Birth> {
    if (!this.isReady) throw new Error('There is no zygote.');
    const id = randomUUID();
    // Other kernels can read the folder, and could speak in this one's name if they read its id there.
    const placePath = join(this.#folder, randomUUID());
    const birth: Birth = {
      sockets: {},
      pid: undefined,
      place: openNamedPlaceFile(placePath),
      ended: Promise.withResolvers(),
      born: Promise.withResolvers(),
    };
    this.#births.set(id, birth);
    const timer = setTimeout(
      () => birth.born.reject(new Error('The zygote did not fork in time.')),
      forkTimeoutMs,
    );
    this.#living.set(id, birth.ended);
    const env = minimalEnvironment(this.#folder);
    this.#process.requests?.write(encodeFrame({ id, env, place: placePath }));
    try {
      await birth.born.promise;
      return birth;
    } catch (error) {
      this.#living.delete(id);
      leave(birth);
      throw error;
    } finally {
      clearTimeout(timer);
      this.#births.delete(id);
      removeName(placePath);
      this.#endIfUnused();
    }
  }

  /** Ends when the last of its kernels has. */
  retire(): void {
    this.#retired = true;
    this.#endSpare();
    this.#endIfUnused();
  }

  /** Ends it, and what kernels it has. */
  async close(): Promise<void> {
    this.#retired = true;
    this.#process.requests?.end();
    // While it imports it does not listen.
    if (this.#folders === undefined) this.#kill();
    const timer = setTimeout(() => this.#kill(), closeGraceMs);
    await this.#gone.promise;
    clearTimeout(timer);
  }

  #greet(socket: Socket): void {
    socket.on('error', () => {});
    const read = (): void => {
      const greeting: Buffer | null = socket.read(greetingBytes);
      if (greeting === null) return;
      socket.off('readable', read);
      const text = greeting.toString('latin1');
      const channel = channels[text.charAt(0) as keyof typeof channels];
      const birth = this.#births.get(text.slice(1));
      if (birth === undefined || channel === undefined || birth.sockets[channel] !== undefined) {
        socket.destroy();
        return;
      }
      birth.sockets[channel] = socket;
      settleIfComplete(birth);
    };
    socket.on('readable', read);
  }

  #hear(chunk: Buffer): void {
    try {
      for (const header of this.#decoder.push(chunk)) this.#take(Report.parse(header));
    } catch {
      // A library prints where it should not: this process is not to be relied on.
      this.#kill();
    }
  }

  #take(report: Report): void {
    switch (report.type) {
      case 'ready':
        this.#folders = report.folders;
        // It waits for what may never come, and ends by itself when we do.
        this.#process.unref();
        this.#server.unref();
        this.#ready.resolve(true);
        this.#prepareSpare(0);
        return;
      case 'forked': {
        const birth = this.#births.get(report.id);
        if (birth === undefined) return;
        birth.pid = report.pid;
        settleIfComplete(birth);
        return;
      }
      case 'failed':
        this.#births.get(report.id)?.born.reject(new Error(report.message));
        return;
      case 'ended':
        this.#living.get(report.id)?.resolve(endOf(report));
        this.#living.delete(report.id);
        this.#endIfUnused();
        return;
    }
  }

  #endIfUnused(): void {
    if (this.#retired && this.#living.size === 0) this.#process.requests?.end();
  }

  #kill(): void {
    const { pid } = this.#process;
    if (pid !== undefined && !this.#ended) process.kill(pid, 'SIGKILL');
  }

  #end(): void {
    this.#ended = true;
    this.#ready.resolve(false);
    this.#process.place.close();
    this.#endSpare();
    for (const { born } of this.#births.values()) born.reject(new Error('The zygote has ended.'));
    // Their ends will not be told any more; `started` sees them.
    for (const ended of this.#living.values()) ended.resolve({ kind: 'unknown' });
    this.#server.close();
    void rm(this.#folder, { recursive: true, force: true }).finally(() => this.#gone.resolve());
  }
}

function settleIfComplete({ pid, sockets, born }: Birth): void {
  if (pid !== undefined && sockets.requests && sockets.events && sockets.printed) born.resolve();
}

function leave({ sockets, place }: Birth): void {
  for (const socket of Object.values(sockets)) socket.destroy();
  place.close();
}

function started({ pid, sockets, place, ended }: Birth): StartedProcess & { requests: Socket } {
  const { requests, events, printed } = sockets;
  if (requests === undefined || events === undefined || printed === undefined) {
    throw new Error('A kernel is not connected.');
  }
  const drained = Promise.all(
    [events, printed].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    ),
  ).then(() => {});
  return {
    pid,
    requests,
    events,
    printed: [printed],
    place,
    // Where only the end of the zygote is known, the kernel's own shows by its pipes.
    ended: ended.promise.then((end) => (end.kind === 'unknown' ? drained.then(() => end) : end)),
    drained,
  };
}

function endOf({ code, signal }: Extract<Report, { type: 'ended' }>): ProcessEnd {
  return signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal };
}
