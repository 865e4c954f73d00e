import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 10;
const startPatienceMs = 60_000;
const endPatienceMs = 5_000;

/** Processes that must not outlive this one, whatever ends it. */
const living = new Set<number>();
process.once('exit', () => {
  for (const server of living) {
    for (const pid of [server, ...descendantsOf(server)]) signal(pid, 'SIGKILL');
  }
});
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => process.exit(1));
}

/** The process, with whatever it starts, ends with this one; returns how to let go of it. */
export function endWithUs(pid: number): () => void {
  living.add(pid);
  return () => living.delete(pid);
}

/** A server of somebody else's, with whatever processes it starts. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #letGo: () => void;
  #log = '';

  constructor(
    program: string,
    args: readonly string[],
    options: { cwd: string; env: NodeJS.ProcessEnv },
  ) {
    this.#child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output?.setEncoding('utf8').on('data', (text: string) => {
        this.#log = (this.#log + text).slice(-100_000);
      });
    }
    this.#child.on('error', (error) => {
      this.#log += error.message;
    });
    this.#letGo = endWithUs(this.pid);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('The server could not be started.');
    return this.#child.pid;
  }

  /** Resolves once the address answers with a success. */
  async answers(url: string): Promise<void> {
    const deadline = performance.now() + startPatienceMs;
    while (performance.now() < deadline) {
      if (this.#ended) throw new Error(`The server ended before it answered:\n${this.#log}`);
      const ok = await fetch(url, { redirect: 'manual' }).then(readThrough, () => false);
      if (ok) return;
      await delay(pollMs);
    }
    throw new Error(`The server did not answer in ${startPatienceMs / 1_000} s:\n${this.#log}`);
  }

  /** SIGTERM, and SIGKILL for whatever of it is still there after a while. */
  async stop(): Promise<void> {
    const family = [this.pid, ...descendantsOf(this.pid)].map(identify);
    await this.#end('SIGTERM');
    await endAll(family);
  }

  /** SIGKILL, for its children as well. */
  async kill(): Promise<void> {
    const family = descendantsOf(this.pid).map(identify);
    await this.#end('SIGKILL');
    await endAll(family);
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #end(name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#letGo();
    if (this.#ended) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(name);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), endPatienceMs);
    await gone;
    clearTimeout(timer);
  }
}

async function readThrough(response: Response): Promise<boolean> {
  await response.arrayBuffer();
  return response.ok;
}

/** The ids of all processes that the process started, and those started, and so on; Linux only. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? statOf(Number(entry))?.parent : undefined;
    if (parent !== undefined)
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const found: number[] = [];
  const from = [pid];
  for (let next = from.pop(); next !== undefined; next = from.pop()) {
    const own = children.get(next) ?? [];
    found.push(...own);
    from.push(...own);
  }
  return found;
}

/** A process, and when it started: ids are used again. */
interface Identity {
  pid: number;
  startedAt: string | undefined;
}

function identify(pid: number): Identity {
  return { pid, startedAt: statOf(pid)?.startedAt };
}

function statOf(pid: number): { parent: number; startedAt: string; state: string } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', parent: Number(fields[1]), startedAt: fields[19] ?? '' };
}

function lives({ pid, startedAt }: Identity): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.startedAt === startedAt && stat.state !== 'Z';
}

async function endAll(family: readonly Identity[]): Promise<void> {
  for (const member of family) if (lives(member)) signal(member.pid, 'SIGKILL');
  while (family.some(lives)) await delay(pollMs);
}

function signal(pid: number, name: 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone already.
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
