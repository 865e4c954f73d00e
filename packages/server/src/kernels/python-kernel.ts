/**
 * Kernels of one Python: forked from a warmed process where there is one, spawned otherwise. Warming happens behind
 * the scenes and nothing waits for it; a kernel that could not be forked is spawned.
 */
import { fileURLToPath } from 'node:url';
import { minimalEnvironment } from './child-process.ts';
import type { KernelLauncher } from './kernel.ts';
import { type ProcessKernelOptions, processLauncher } from './process-kernel.ts';
import { type StartedProcess, spawnProcess } from './started-process.ts';
import { Zygote } from './zygote.ts';

const program = fileURLToPath(new URL('../../../../kernels/python/kernel.py', import.meta.url));

/** A Python on which warming fails is not asked again at once: each try costs the time of all the imports. */
const retryMs = 60_000;

export interface PythonLauncher extends KernelLauncher {
  /** Sees to it that the next kernels can be forked; resolves when they can, or with false. */
  warm(): Promise<boolean>;
  close(): Promise<void>;
}

export type PythonLauncherOptions = Pick<
  ProcessKernelOptions,
  'interruptGraceMs' | 'startTimeoutMs'
> & {
  /** Whether kernels are forked; without it as far as the system can. */
  fork?: boolean;
};

/** Kernels of the Python that `resolvePython` gives at each launch; it rejects with what the user can do. */
export function pythonLauncher(
  resolvePython: () => Promise<string>,
  { fork = process.platform === 'linux', ...options }: PythonLauncherOptions = {},
): PythonLauncher {
  const zygotes = new Zygotes();

  const start = async (cwd: string): Promise<StartedProcess> => {
    const python = await resolvePython();
    const env = minimalEnvironment(cwd);
    const zygote = fork ? await zygotes.ready(python) : undefined;
    const forked = await zygote?.fork({ env, cwd }).catch(() => undefined);
    // Isolated: neither the notebook's folder nor variables may change what the kernel itself imports.
    const spawned = () => spawnProcess({ file: python, args: ['-I', '-u', program], env, cwd });
    return forked === undefined ? spawned() : { ...forked, replace: spawned };
  };

  return {
    ...processLauncher({ ...options, language: 'python', start: ({ workDir }) => start(workDir) }),
    async warm() {
      const python = await resolvePython().catch(() => undefined);
      return fork && python !== undefined && (await zygotes.warm(python));
    },
    close: () => zygotes.close(),
  };
}

/** The zygote of the Python in use, and those before it that still have kernels. */
class Zygotes {
  #current: { python: string; zygote: Zygote } | undefined;
  readonly #all = new Set<Zygote>();
  #failedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  /** The zygote if it can fork now; otherwise one is made for those who come later. */
  async ready(python: string): Promise<Zygote | undefined> {
    const zygote = await this.#upToDate(python);
    return zygote?.isReady ? zygote : undefined;
  }

  async warm(python: string): Promise<boolean> {
    const zygote = await this.#upToDate(python);
    return (await zygote?.ready) ?? false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((zygote) => zygote.close()));
  }

  async #upToDate(python: string): Promise<Zygote | undefined> {
    const before = this.#current;
    if (before !== undefined) {
      const { zygote } = before;
      const fits = before.python === python && !zygote.isGone && !(await zygote.isOutdated());
      if (fits) return zygote;
      // Somebody else may have seen it meanwhile.
      if (this.#current !== before) return this.#current?.zygote;
      this.#current = undefined;
      zygote.retire();
    }
    return this.#begin(python);
  }

  #begin(python: string): Zygote | undefined {
    if (this.#closed || performance.now() - this.#failedAt < retryMs) return undefined;
    let zygote: Zygote;
    try {
      zygote = new Zygote(python);
    } catch {
      // No folder could be made, as on a full disk; a spawned kernel needs none.
      this.#failedAt = performance.now();
      return undefined;
    }
    this.#current = { python, zygote };
    this.#all.add(zygote);
    void zygote.ready.then((isReady) => {
      if (!isReady && this.#current?.zygote === zygote) this.#failedAt = performance.now();
    });
    void zygote.gone.then(() => this.#all.delete(zygote));
    return zygote;
  }
}
