import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Arena, type PeerName, peers } from '../arena.ts';
import { proportionalMiB } from '../memory.ts';
import { alternate, type Repeat, Sample, timed } from '../sample.ts';
import { atMost } from '../table.ts';
import type { Benchmark } from './benchmark.ts';

const bareServer = `
const server = require('node:http').createServer((_, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port + '/'));`;

type Stop = () => Promise<void>;

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

/** A Node process that does nothing but answer HTTP. */
async function startBare(): Promise<Stop> {
  const server = spawn(process.execPath, ['-e', bareServer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const response = await fetch((await heard(server.stdout, /http:\S+(?=\s)/)).trim());
  await response.text();
  return () => end(server, 'SIGTERM');
}

/** The same PostgreSQL on the same cluster, as the server last started it. */
async function startPostgres(cluster: string): Promise<Stop> {
  const line = await readFile(join(cluster, 'postmaster.opts'), 'utf8');
  const [program = '', ...args] = line.trim().replaceAll('"', '').split(' ');
  const { uid, gid } = await stat(cluster);
  const options = { env: {}, cwd: cluster, uid, gid };
  const postgres = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  await heard(postgres.stderr, /ready to accept connections/);
  return () => end(postgres, 'SIGINT');
}

export const boot: Benchmark = {
  id: 'P16',
  async run(arena) {
    const memory: Record<PeerName, number[]> = { ours: [], marimo: [], jupyter: [] };
    const folders = {} as Record<PeerName, string>;
    const prepare = (peer: PeerName) => async (): Promise<Repeat> => {
      folders[peer] = await arena.folder();
      await makeData(arena, peer, folders[peer]);
      return async () => {
        const from = performance.now();
        const server = await peers[peer].boot(arena.python, folders[peer]);
        const ms = performance.now() - from;
        memory[peer].push(proportionalMiB(server.pid));
        await server.stop();
        return ms;
      };
    };
    const bare = async () => {
      let stops: Stop[] = [];
      const ms = await timed(async () => {
        stops = await Promise.all([startBare(), startPostgres(join(folders.ours, 'postgres'))]);
      });
      for (const stop of stops) await stop();
      return ms;
    };
    const samples = await alternate(
      {
        ...(await arena.contestants({
          ours: prepare('ours'),
          marimo: prepare('marimo'),
          jupyter: prepare('jupyter'),
        })),
        limit: bare,
      },
      arena.rounds(9),
    );
    return [
      {
        benchmark: 'P16',
        what: 'boot until the page to sign in',
        unit: 'ms',
        ...samples,
        goals: [atMost(800)],
      },
      {
        benchmark: 'P16',
        what: 'PSS after it',
        unit: 'MiB',
        ours: new Sample(memory.ours),
        marimo: new Sample(memory.marimo),
        jupyter: new Sample(memory.jupyter),
        limit: null,
        goals: [atMost(150)],
      },
    ];
  },
};

/** There is a notebook already. */
async function makeData(arena: Arena, peer: PeerName, folder: string): Promise<void> {
  const server = await arena.freshServer(peer, folder);
  const notebook = await server.create('first', ['1 + 1']);
  await notebook.runUntil(notebook.cells, notebook.cells);
  await server.save('first');
  await server.stop();
}
