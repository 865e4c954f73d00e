import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { plainEnvironment } from '../python.ts';

/** Time for a CPython that is there already to print so many lines into a pipe, and for this process to read them. */
export async function floodMs(python: string, lines: number): Promise<number> {
  const code = `import sys\nsys.stdin.readline()\nfor i in range(${lines}): print(i)`;
  const child = spawn(python, ['-c', `print("ready", flush=True)\n${code}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: plainEnvironment,
  });
  await once(child.stdout, 'data');
  const from = performance.now();
  child.stdin.end('\n');
  child.stdout.resume();
  await once(child.stdout, 'end');
  return performance.now() - from;
}
