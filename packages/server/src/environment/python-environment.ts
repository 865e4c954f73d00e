/**
 * The Python that cells run on. The operator names one (`RNB_PYTHON`), which is used as it is and never changed; or
 * the server looks after a virtual environment in its data directory, made from the first Python on PATH that is new
 * enough, with the libraries that analysts expect.
 *
 * Nothing waits for it but a kernel that needs an interpreter: the server is up at once, the interpreter is there a
 * moment later, and packages arrive in the background. Whatever fails becomes a status with a sentence for people,
 * never the end of the server.
 *
 * It knows nothing of kernels, notebooks or clients.
 */
import { join } from 'node:path';
import type { EnvironmentStatus } from '@rnb/protocol';
import type { Logger } from 'pino';
import { explainFailure, withoutSecrets } from './explain-failure.ts';
import { checkConfiguredPython, findPython, type PythonInterpreter } from './find-python.ts';
import { processEnvironment } from './process-environment.ts';
import {
  createVirtualEnvironment,
  defaultPackages,
  findVirtualEnvironment,
  hasPackages,
  installPackages,
  type VirtualEnvironment,
  VirtualEnvironmentFailed,
} from './virtual-environment.ts';

/** There is no interpreter to run cells with; the message says why and what to do. */
export class PythonUnavailable extends Error {
  override name = 'PythonUnavailable';
}

export interface PythonEnvironment {
  status(): EnvironmentStatus;
  /** Called with each later status; returns how to stop. */
  subscribe(listener: (status: EnvironmentStatus) => void): () => void;
  /** The interpreter that kernels use, perhaps before its packages are there. Rejects with PythonUnavailable. */
  python(): Promise<string>;
  /** An interpreter for work that runs no user code and needs no packages. Rejects with PythonUnavailable. */
  basePython(): Promise<string>;
  /** Ends whatever is being installed; the next start goes on with it. */
  close(): Promise<void>;
}

export interface PythonEnvironmentOptions {
  dataDir: string;
  /** `RNB_PYTHON`. */
  configuredPython: string | null;
  log: Pick<Logger, 'info' | 'warn'>;
  /** The environment of the server, of which Python and pip see only a part. */
  env: NodeJS.ProcessEnv;
  packages?: string[];
}

export function openPythonEnvironment(options: PythonEnvironmentOptions): PythonEnvironment {
  const { log, packages = defaultPackages } = options;
  const env = processEnvironment(options.env);
  const closing = new AbortController();
  const tools = { env, signal: closing.signal };
  const listeners = new Set<(status: EnvironmentStatus) => void>();
  let status: EnvironmentStatus = {
    state: 'installing',
    detail: 'Looking for Python',
    progress: 0,
  };

  const python = Promise.withResolvers<string>();
  const basePython = Promise.withResolvers<string>();
  // Whoever needs an interpreter gets the rejection; with nobody asking it must not end the server.
  python.promise.catch(() => {});
  basePython.promise.catch(() => {});

  function tell(next: EnvironmentStatus): void {
    if (closing.signal.aborted) return;
    status = next;
    if (next.state === 'failed') log.warn(next.detail);
    else log.info(next.detail);
    for (const listener of listeners) listener(next);
  }

  function fail(detail: string): void {
    const reason = new PythonUnavailable(detail);
    basePython.reject(reason);
    python.reject(reason);
    tell({ state: 'failed', detail, progress: null });
  }

  async function useConfigured(path: string): Promise<void> {
    const search = await checkConfiguredPython(path, env, closing.signal);
    if (!search.ok) return fail(search.detail);
    basePython.resolve(search.python.path);
    python.resolve(search.python.path);
    tell({
      state: 'ready',
      detail: `Python ${search.python.version} (RNB_PYTHON)`,
      progress: null,
    });
  }

  async function useOwn(): Promise<void> {
    const folder = join(options.dataDir, 'python');
    let environment = await findVirtualEnvironment(folder, tools);
    if (environment === null) {
      const search = await findPython(env, closing.signal);
      if (!search.ok) return fail(search.detail);
      basePython.resolve(search.python.path);
      environment = await create(folder, search.python);
      if (environment === null) return;
    }
    basePython.resolve(environment.python.path);
    python.resolve(environment.python.path);
    if (!hasPackages(environment, packages)) await install(environment);
    else tell(readyWith(environment));
  }

  async function create(
    folder: string,
    base: PythonInterpreter,
  ): Promise<VirtualEnvironment | null> {
    tell({
      state: 'installing',
      detail: `Making a Python ${base.version} environment`,
      progress: 0,
    });
    try {
      return await createVirtualEnvironment(folder, base, tools);
    } catch (error) {
      // Cells still run, on the base interpreter and with what it has.
      python.resolve(base.path);
      tell({
        state: 'failed',
        detail: `Cells run on ${base.path} without an environment of their own: it could not be made, because ${reasonOf(error)}. The next start tries again.`,
        progress: null,
      });
      return null;
    }
  }

  async function install(environment: VirtualEnvironment): Promise<void> {
    const steps = packages.length + 1;
    tell({ state: 'installing', detail: 'Preparing to install packages', progress: 0 });
    try {
      await installPackages(environment, packages, tools, (name, index) =>
        tell({
          state: 'installing',
          detail: `Installing ${name} (${index + 1} of ${packages.length})`,
          progress: (index + 1) / steps,
        }),
      );
      tell(readyWith(environment));
    } catch (error) {
      tell({
        state: 'failed',
        detail: `Cells run, but not every package is there: ${reasonOf(error)}. The next start tries again.`,
        progress: null,
      });
    }
  }

  function readyWith(environment: VirtualEnvironment): EnvironmentStatus {
    return {
      state: 'ready',
      detail: `Python ${environment.python.version} with ${packages.join(', ')}`,
      progress: null,
    };
  }

  const work = (
    options.configuredPython === null ? useOwn() : useConfigured(options.configuredPython)
  ).catch((error: unknown) => fail(`Python could not be prepared: ${reasonOf(error)}.`));

  return {
    status: () => status,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    python: () => python.promise,
    basePython: () => basePython.promise,
    async close() {
      closing.abort();
      await work;
      const closed = new PythonUnavailable('The server is stopping.');
      basePython.reject(closed);
      python.reject(closed);
    },
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof VirtualEnvironmentFailed) return withoutSecrets(error.message);
  return explainFailure(error instanceof Error ? error.message : String(error));
}
