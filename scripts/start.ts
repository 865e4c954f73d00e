/** `npm start`: builds the web where needed, then becomes the server as far as signals and exit code go. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildWeb } from './build-web.ts';
import { root } from './repository.ts';

if (!(await buildWeb())) {
  console.error('The web could not be built, so the server was not started.');
  process.exit(1);
}

console.log('Starting the server');
const server = spawn(
  process.execPath,
  [join(root, 'packages/server/src/main.ts'), ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    // Compiled code is kept from start to start: a third of the time until the server answers.
    env: { NODE_COMPILE_CACHE: join(root, '.cache/node'), ...process.env },
  },
);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Ctrl-C reaches the whole foreground group: the server has it already, and a second one means "at once".
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    server.kill(signal);
  });
}
server.on('error', (error) => {
  console.error(`The server could not be started: ${error.message}`);
  process.exit(1);
});
server.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
