import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { plainEnvironment } from '../python.ts';

/** Runs compiled cells in a bare CPython behind a bare server: one message for all of them, and one back. */
export interface BareCells {
  /** Replaces the first cell's source and resolves when every cell has run. */
  run(firstSource: string): Promise<void>;
  close(): void;
}

export async function openBareCells(python: string, sources: string[]): Promise<BareCells> {
  const relay = spawn(process.execPath, [join(import.meta.dirname, 'bare-relay.ts'), python], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: plainEnvironment,
  });
  const [port] = await once(createInterface({ input: relay.stdout }), 'line');
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(socket, 'open');
  socket.send(JSON.stringify(sources));
  return {
    async run(firstSource) {
      const answered = once(socket, 'message');
      socket.send(JSON.stringify(firstSource));
      await answered;
    },
    close: () => socket.close(),
  };
}
