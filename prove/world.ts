/** The real parts that notebooks are played in: an analyser, a kernel process and the script to compare with. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDocument } from '@rnb/document';
import type { EnvironmentStatus, Mode } from '@rnb/protocol';
import { PythonAnalyser } from '@rnb/server/kernels/python-analyser';
import { MemoryStore } from '@rnb/server/memory-store';
import { NotebookSession } from '@rnb/server/sessions/notebook-session';
import { proseLauncher } from '@rnb/server/sessions/prose-kernel';
import * as Y from 'yjs';
import { BorrowedKernels } from './borrowed-kernels.ts';
import { openScript, type Script } from './script.ts';

const notebookId = '0'.repeat(32);
const ready: EnvironmentStatus = { state: 'ready', detail: 'Ready', progress: null };

/** The interpreter of both sides: `RNB_PYTHON`, or whatever `python3` is. */
export function findPython(): string {
  return (
    process.env.RNB_PYTHON ??
    execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
      encoding: 'utf8',
    }).trim()
  );
}

export class World {
  readonly kernels: BorrowedKernels;
  readonly script: Script;
  readonly #analyser: PythonAnalyser;
  readonly #workDir: string;

  static async open(options: { python?: string; script?: Script } = {}): Promise<World> {
    const python = options.python ?? findPython();
    const workDir = await mkdtemp(join(tmpdir(), 'rnb-prove-'));
    return new World(python, workDir, options.script ?? openScript(python));
  }

  private constructor(python: string, workDir: string, script: Script) {
    this.#workDir = workDir;
    this.kernels = new BorrowedKernels(python, workDir);
    this.script = script;
    this.#analyser = new PythonAnalyser({ resolvePython: () => Promise.resolve(python) });
  }

  /** A notebook without cells. */
  async createNotebook(mode: Mode): Promise<OpenNotebook> {
    const store = new MemoryStore();
    await store.createNotebook({
      id: notebookId,
      ownerId: 'owner',
      title: 'Proof',
      update: Y.encodeStateAsUpdate(createDocument({ title: 'Proof', mode, cells: [] })),
      cellCount: 0,
      runs: [],
    });
    const faults: string[] = [];
    const open = (): Promise<NotebookSession> =>
      NotebookSession.open({
        id: notebookId,
        epoch: 'proof',
        store,
        analyser: this.#analyser,
        launchers: [this.kernels, proseLauncher],
        environment: { status: () => ready, subscribe: () => () => {} },
        workDir: this.#workDir,
        log: {
          error: (details, message) => {
            const cause = 'err' in details && details.err instanceof Error ? details.err.stack : '';
            faults.push(`${message} ${cause}`);
          },
        },
      });
    return { session: await open(), open, faults };
  }

  async close(): Promise<void> {
    this.script.close();
    await Promise.all([this.kernels.close(), this.#analyser.close()]);
    await rm(this.#workDir, { recursive: true, force: true });
  }
}

export interface OpenNotebook {
  session: NotebookSession;
  /** Opens it again, from what is stored. */
  open(): Promise<NotebookSession>;
  /** What the session logged as errors. */
  faults: string[];
}
