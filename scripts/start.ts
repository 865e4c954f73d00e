/** `npm start`: builds the web where needed, then becomes the server. */
import { join } from 'node:path';
import { buildWeb } from './build-web.ts';
import { root } from './repository.ts';

if (!(await buildWeb())) {
  console.error('The web could not be built, so the server was not started.');
  process.exit(1);
}
if (!process.execve) {
  console.error('The server runs on Linux and macOS; on Windows, start it within WSL.');
  process.exit(1);
}

console.log('Starting the server');
const main = join(root, 'packages/server/src/main.ts');
// In place of this process: nobody stands between the server and its signals, and nobody stays in memory.
process.execve(process.execPath, [process.execPath, main, ...process.argv.slice(2)], {
  // Compiled code is kept from start to start: a third of the time until the server answers.
  NODE_COMPILE_CACHE: join(root, '.cache/node'),
  ...process.env,
});
