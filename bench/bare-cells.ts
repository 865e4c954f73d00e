import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Runs compiled cells in a bare CPython, one pipe request for all of them. */
export interface BareCells {
  /** Replaces the first cell's source and resolves when every cell has run. */
  run(firstSource: string): Promise<void>;
  close(): void;
}

export function openBareCells(python: string, sources: string[]): BareCells {
  const child = spawn(python, [join(import.meta.dirname, 'bare_cells.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.write(`${JSON.stringify(sources)}\n`);
  return {
    async run(firstSource) {
      child.stdin.write(`${JSON.stringify(firstSource)}\n`);
      const answer = await answers.next();
      if (answer.value !== 'done') throw new Error('The bare interpreter ended.');
    },
    close: () => child.stdin.end(),
  };
}
