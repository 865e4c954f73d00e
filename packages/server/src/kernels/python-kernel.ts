import { fileURLToPath } from 'node:url';
import { minimalEnvironment } from './child-process.ts';
import type { KernelLauncher } from './kernel.ts';
import { type ProcessKernelOptions, processLauncher } from './process-kernel.ts';

const program = fileURLToPath(new URL('../../../../kernels/python/kernel.py', import.meta.url));

/** Kernels of the Python that `resolvePython` gives at each launch; it rejects with what the user can do. */
export function pythonLauncher(
  resolvePython: () => Promise<string>,
  options: Pick<ProcessKernelOptions, 'interruptGraceMs' | 'startTimeoutMs'> = {},
): KernelLauncher {
  return processLauncher({
    ...options,
    language: 'python',
    command: async ({ workDir }) => ({
      file: await resolvePython(),
      // Isolated: neither the notebook's folder nor variables may change what the kernel itself imports.
      args: ['-I', '-u', program],
      env: minimalEnvironment(workDir),
      cwd: workDir,
    }),
  });
}
