import { spawn } from 'node:child_process';

export interface ProcessResult {
  /** Null when a signal ended it, or when it could not be started. */
  code: number | null;
  /** The end of what it wrote to stdout and stderr, in the order it came. */
  output: string;
}

const maxOutput = 64 * 1024;

/**
 * Runs a program to its end and never throws for a program that fails or is missing. Aborting kills it and everything
 * it started: it leads a process group of its own.
 */
export function runProcess(
  file: string,
  args: string[],
  options: { env: NodeJS.ProcessEnv; signal?: AbortSignal; timeoutMs?: number },
): Promise<ProcessResult> {
  return new Promise((resolve) => {
    if (options.signal?.aborted) return resolve({ code: null, output: 'cancelled' });
    const child = spawn(file, args, {
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    const collect = (chunk: string) => {
      output = (output + chunk).slice(-maxOutput);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);

    const kill = () => killGroup(child.pid);
    options.signal?.addEventListener('abort', kill, { once: true });
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(kill, options.timeoutMs);

    const settle = (code: number | null) => {
      options.signal?.removeEventListener('abort', kill);
      clearTimeout(timer);
      resolve({ code, output });
    };
    child.on('error', (error) => {
      collect(error.message);
      settle(null);
    });
    child.on('close', settle);
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}
