/** What a plain script shows, asked of `script.py`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ScriptCell {
  kind: string;
  code: string;
  /** Run apart from the others, which go on as if it were not there. */
  fails: boolean;
}

export interface ScriptResult {
  stdout: string;
  /** The `repr` of the expression at the end, or the prose with its places filled in. */
  shown: string | null;
  error: { name: string; message: string; syntax: boolean } | null;
}

export interface ScriptOptions {
  /** In a process of its own: for cells that may change more than their own names. */
  isolated: boolean;
}

export interface Script {
  /** One result for each cell, null for one that ended the process; null if the whole did, or took too long. */
  run(cells: ScriptCell[], options: ScriptOptions): Promise<(ScriptResult | null)[] | null>;
  close(): void;
}

const timeoutMs = 10_000;

export function openScript(python: string): Script {
  const child: ChildProcess = spawn(python, ['-I', join(import.meta.dirname, 'script.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('The script has no pipes.');
  const waiting = new Map<number, (cells: (ScriptResult | null)[] | null) => void>();
  let lastId = 0;
  createInterface({ input: stdout }).on('line', (line) => {
    const answer: { id: number; cells: (ScriptResult | null)[] | null } = JSON.parse(line);
    waiting.get(answer.id)?.(answer.cells);
    waiting.delete(answer.id);
  });
  return {
    run(cells, { isolated }) {
      lastId += 1;
      const id = lastId;
      stdin.write(`${JSON.stringify({ id, isolated, cells, timeoutMs })}\n`);
      return new Promise((resolve) => waiting.set(id, resolve));
    },
    close: () => stdin.end(),
  };
}
