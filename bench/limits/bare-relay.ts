/**
 * The limit of a run: a process that takes the first cell's new source from a WebSocket, hands it to a CPython through
 * a pipe (bare_cells.py), and says when every cell has run. Its arguments are the interpreter; the sources come as the
 * first message.
 */
import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

const [python = 'python3'] = process.argv.slice(2);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('listening', () => console.log((server.address() as AddressInfo).port));
server.on('connection', (socket) => {
  const cells = spawn(python, [join(import.meta.dirname, 'bare_cells.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  socket.on('message', (data: Buffer) => cells.stdin.write(`${data.toString()}\n`));
  cells.stdout.on('data', (data: Buffer) => socket.send(data.toString()));
  socket.on('close', () => process.exit());
});
