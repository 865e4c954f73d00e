import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { plainEnvironment } from '../python.ts';

/** A CPython with pandas imported that runs each cell in a child of its own (bare_fork.py). */
export interface BareFork {
  readonly pid: number;
  run(source: string): Promise<void>;
  /** Ends it and its children. */
  close(): Promise<void>;
}

export async function openBareFork(python: string, children: 'end' | 'keep'): Promise<BareFork> {
  const script = join(import.meta.dirname, 'bare_fork.py');
  const process_ = spawn(python, [script, children], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: plainEnvironment,
  });
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    pid: process_.pid ?? 0,
    async run(source) {
      process_.stdin.write(`${JSON.stringify(source)}\n`);
      if ((await lines.next()).done) throw new Error('The bare interpreter ended.');
    },
    async close() {
      const gone = once(process_, 'exit');
      process_.stdin.end();
      await gone;
    },
  };
}
