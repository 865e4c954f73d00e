import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jupyter } from './peers/jupyter.ts';
import { marimo } from './peers/marimo.ts';
import type { Peer, PeerNotebook, PeerServer } from './peers/peer.ts';
import { reactiveNotebook } from './peers/reactive-notebook.ts';
import { type Repeat, Sample, withinLimit } from './sample.ts';

export const peers = { ours: reactiveNotebook, marimo, jupyter } satisfies Record<string, Peer>;
export type PeerName = keyof typeof peers;
export const peerNames = Object.keys(peers) as PeerName[];

/** Where benchmarks take place: the servers that they share, and folders for those that they do not. */
export class Arena implements AsyncDisposable {
  readonly python: string;
  readonly quick: boolean;
  readonly #root: string;
  readonly #servers = new Map<PeerName, Promise<PeerServer>>();
  readonly #used: { server: PeerServer; title: string }[] = [];
  #titles = 0;

  private constructor(python: string, quick: boolean, root: string) {
    this.python = python;
    this.quick = quick;
    this.#root = root;
  }

  static async open(python: string, quick: boolean): Promise<Arena> {
    const root = await mkdtemp(join(tmpdir(), 'rnb-bench-'));
    // As root, the server runs PostgreSQL as another user, who must be able to pass through.
    await chmod(root, 0o711);
    process.once('exit', () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
    return new Arena(python, quick, root);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.values()) {
      await server.then((running) => running.stop()).catch(() => {});
    }
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The server that all benchmarks share. */
  server(peer: PeerName): Promise<PeerServer> {
    const running = this.#servers.get(peer) ?? this.freshServer(peer);
    this.#servers.set(peer, running);
    return running;
  }

  /** A server of one's own, to be stopped by whoever asked. */
  async freshServer(peer: PeerName, folder?: string): Promise<PeerServer> {
    return peers[peer].start(this.python, folder ?? (await this.folder()));
  }

  async folder(): Promise<string> {
    const path = join(this.#root, this.newTitle());
    await mkdir(path, { mode: 0o711 });
    return path;
  }

  newTitle(): string {
    this.#titles += 1;
    return `notebook-${this.#titles}`;
  }

  /** A notebook of these cells on the shared server, run once; gone with `clear`. */
  async notebook(peer: PeerName, sources: readonly string[]): Promise<PeerNotebook> {
    const server = await this.server(peer);
    const title = this.newTitle();
    this.#used.push({ server, title });
    const notebook = await server.create(title, sources);
    await notebook.runUntil(notebook.cells, notebook.cells);
    return notebook;
  }

  /** Prepares every peer that `prepare` is not null for. One that can't be prepared fails at its first repeat. */
  async contestants(
    prepare: Record<PeerName, (() => Promise<Repeat>) | null>,
  ): Promise<Record<PeerName, Repeat | null>> {
    const ready: Record<PeerName, Repeat | null> = { ours: null, marimo: null, jupyter: null };
    for (const peer of peerNames) {
      const prepareOne = prepare[peer];
      if (prepareOne === null) continue;
      ready[peer] = await withinLimit(prepareOne()).catch((error) => () => Promise.reject(error));
    }
    return ready;
  }

  /** Closes the notebooks that were used since it was called last, with their kernels. */
  async clear(): Promise<void> {
    for (const { server, title } of this.#used.splice(0)) {
      await withinLimit(server.discard(title)).catch(() => {});
    }
  }

  /** How often, and how many fewer times for a look at whether everything works. */
  rounds(repeats: number, warmUps = 2, budgetMs = 40_000) {
    return this.quick
      ? { warmUps: 1, repeats: 3, budgetMs: 3_000 }
      : { warmUps, repeats, budgetMs };
  }
}

/** A single figure. */
export function figure(value: number): Sample {
  return new Sample([value]);
}
