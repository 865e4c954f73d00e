/** `npm run bench:start`; README.md beside it says what is measured and how. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { temporaryDataDir } from '@rnb/e2e/running-server';
import { quantile } from './measure.ts';

const rounds = { warmUps: 2, runs: 11 };
const startScript = join(dirname(import.meta.dirname), 'scripts/start.ts');
const bareServer = `
const server = require('node:http').createServer((_, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port + '/'));`;

/** Resolves with the first match in what the process writes. */
function heard(output: Readable | null, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    output?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = pattern.exec(said);
      if (found !== null) resolve(found[0]);
    });
    output?.once('end', () => reject(new Error(`It ended before it was ready:\n${said}`)));
  });
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

async function mustAnswer(url: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  await response.text();
}

async function startNotebook(dataDir: string) {
  const server = spawn(process.execPath, [startScript], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      DATA_DIR: dataDir,
      RNB_PYTHON: process.env.RNB_PYTHON ?? 'python3',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const link = await heard(server.stdout, /http:\/\/\S+#\S+(?=\s)/);
  await mustAnswer(new URL('/api/health', link).href);
  return () => end(server, 'SIGTERM');
}

async function startBare() {
  const server = spawn(process.execPath, ['-e', bareServer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await mustAnswer((await heard(server.stdout, /http:\S+(?=\s)/)).trim());
  return () => end(server, 'SIGTERM');
}

/** The same PostgreSQL on the same cluster, as the server last started it. */
async function startPostgres(cluster: string) {
  const line = await readFile(join(cluster, 'postmaster.opts'), 'utf8');
  const [program = '', ...args] = line.trim().replaceAll('"', '').split(' ');
  const { uid, gid } = await stat(cluster);
  const options = { env: {}, cwd: cluster, uid, gid };
  const postgres = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  await heard(postgres.stderr, /ready to accept connections/);
  return () => end(postgres, 'SIGINT');
}

/** The median time of `start` alone, without the end of what it started. */
async function medianMs(start: () => Promise<(() => Promise<void>)[]>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds.warmUps + rounds.runs; round += 1) {
    const from = performance.now();
    const stops = await start();
    if (round >= rounds.warmUps) times.push(performance.now() - from);
    for (const stop of stops) await stop();
  }
  return quantile(times, 0.5);
}

await using data = await temporaryDataDir();
const cluster = join(data.path, 'postgres');
const serverMs = await medianMs(async () => [await startNotebook(data.path)]);
const bareMs = await medianMs(() => Promise.all([startBare(), startPostgres(cluster)]));
console.table([
  {
    what: 'npm start, data exist',
    'median ms': Math.round(serverMs),
    'bare ms': Math.round(bareMs),
    ratio: `${(serverMs / bareMs).toFixed(1)}×`,
  },
]);
