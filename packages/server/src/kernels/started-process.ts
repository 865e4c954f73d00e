/**
 * A process that speaks frames, as it is right after its start, however it was started: by `spawnProcess` here, or
 * forked from a zygote (`zygote.ts`). Knows nothing of what goes through its pipes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { openPlaceFile, type PlaceFile } from './place-file.ts';

export interface ProcessCommand {
  file: string;
  args: string[];
  /** The whole environment of the process; nothing is inherited, so that no secret of the server leaks into cells. */
  env: Record<string, string>;
  cwd: string;
}

export type ProcessEnd =
  | { kind: 'exited'; code: number }
  | { kind: 'signalled'; signal: string }
  /** Nobody is left who could know more. */
  | { kind: 'unknown' }
  /** It never ran; `detail` is for the user. */
  | { kind: 'unavailable'; detail: string };

/** It leads a process group of its own, so that everything that cells started can be ended with it. */
export interface StartedProcess {
  /** Undefined where it never ran. */
  readonly pid: number | undefined;
  /** Its descriptor 3. */
  readonly requests: Writable | undefined;
  /** Its descriptor 4. */
  readonly events: Readable | undefined;
  /** What it prints outside of cells. */
  readonly printed: Readable[];
  /** What its descriptor 5 shares with us. */
  readonly place: PlaceFile;
  readonly ended: Promise<ProcessEnd>;
  /** Resolves once everything that it wrote has been read. */
  readonly drained: Promise<void>;
  /** Starts another, should this one end before it is ready: it was there before anybody asked for it. */
  readonly replace?: () => StartedProcess;
}

export interface SpawnedProcess extends StartedProcess {
  /** From now on it does not keep this process from ending. */
  unref(): void;
}

export function spawnProcess(command: ProcessCommand): SpawnedProcess {
  const place = openPlaceFile();
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', place.descriptor ?? 'ignore'],
    detached: true,
  });
  const [, stdout, stderr, requests, events] = child.stdio;
  return {
    pid: child.pid,
    requests: isWritable(requests) ? requests : undefined,
    events: isReadable(events) ? events : undefined,
    printed: [stdout, stderr].filter(isReadable),
    place,
    ended: endOf(child, command),
    drained: new Promise((resolve) => child.once('close', () => resolve())),
    unref() {
      child.unref();
      for (const pipe of child.stdio) if (pipe instanceof Socket) pipe.unref();
    },
  };
}

function endOf(child: ChildProcess, command: ProcessCommand): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      if (child.pid !== undefined) return;
      resolve({ kind: 'unavailable', detail: whyUnavailable(command, error) });
    });
    child.once('exit', (code, signal) => {
      resolve(
        signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal },
      );
    });
  });
}

function whyUnavailable(command: ProcessCommand, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return `${command.file} was not found, or the folder ${command.cwd} is gone. Install it, or set the path to it, and restart the kernel.`;
    case 'EACCES':
      return `${command.file} may not be executed. Make it executable, or set another path, and restart the kernel.`;
    default:
      return `${command.file} could not be started: ${error.message}.`;
  }
}

function isReadable(stream: Readable | Writable | null | undefined): stream is Readable {
  return stream != null && 'on' in stream && 'read' in stream;
}

function isWritable(stream: Readable | Writable | null | undefined): stream is Writable {
  return stream != null && 'write' in stream;
}
