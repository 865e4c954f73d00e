import { createDocument } from '@rnb/document';
import type { Cell, EnvironmentStatus, Mode } from '@rnb/protocol';
import { expect } from 'vitest';
import * as Y from 'yjs';
import { PythonAnalyser } from '../src/kernels/python-analyser.ts';
import { pythonLauncher } from '../src/kernels/python-kernel.ts';
import { NotebookSession } from '../src/sessions/notebook-session.ts';
import { proseLauncher } from '../src/sessions/prose-kernel.ts';
import { MemoryStore } from './memory-store.ts';

const id = '0'.repeat(32);
const ready: EnvironmentStatus = { state: 'ready', detail: 'Ready', progress: null };
const resolvePython = async (): Promise<string> => process.env.RNB_PYTHON ?? 'python3';

/** A notebook whose cells `c0`, `c1` … run in a real kernel, with the analysis of a real analyser. */
export class PythonNotebook {
  readonly session: NotebookSession;
  readonly #analyser: PythonAnalyser;

  private constructor(session: NotebookSession, analyser: PythonAnalyser) {
    this.session = session;
    this.#analyser = analyser;
  }

  /** All cells have run. */
  static async open(
    workDir: string,
    codes: readonly string[],
    mode: Mode = 'auto',
  ): Promise<PythonNotebook> {
    const store = new MemoryStore();
    const doc = createDocument({ title: 'Test', mode, cells: [] });
    const update = Y.encodeStateAsUpdate(doc);
    await store.createNotebook({ id, ownerId: 'o', title: 'Test', update, cellCount: 0, runs: [] });
    const analyser = new PythonAnalyser({ resolvePython });
    const session = await NotebookSession.open({
      id,
      epoch: 'epoch',
      store,
      analyser,
      launchers: [pythonLauncher(resolvePython), proseLauncher],
      environment: { status: () => ready, subscribe: () => () => {} },
      workDir,
      log: { error: (details, message) => expect.fail(`${message} ${JSON.stringify(details)}`) },
    });
    const notebook = new PythonNotebook(session, analyser);
    await session.edit((document) => {
      codes.forEach((code, index) => {
        document.insertCell({ id: `c${index}`, kind: 'python', code });
      });
    });
    await session.run('all');
    await session.whenAtRest(20_000);
    return notebook;
  }

  async close(): Promise<void> {
    await this.session.close('draining');
    await this.#analyser.close();
  }

  cells(): Cell[] {
    return this.session.describe('owner').cells;
  }

  /** Of each cell. */
  printed(): string[] {
    return this.cells().map(({ stdout }) => stdout.trim());
  }
}
