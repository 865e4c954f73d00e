import { setTimeout as delay } from 'node:timers/promises';
import { type Arena, type PeerName, peerNames } from '../arena.ts';
import type { PeerNotebook } from '../peers/peer.ts';
import { Sample, withinLimit } from '../sample.ts';
import { atMost, type Row } from '../table.ts';
import type { Benchmark } from './benchmark.ts';

const resultCells = 100;
const patienceMs = 5_000;
/** Longer than it takes any of them to write by itself what cells show. */
const autosaveMs = 4_000;

interface Resumed {
  /** Until the page showed again what it had shown; missing where it never did. */
  ms: number[];
  /** Results, or lines printed, that nothing shows any more. */
  lost: number[];
  failure: string | null;
}

const results = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    i === 0 ? 'r0 = 1\nr0' : `r${i} = r${i - 1} + 1\nr${i}`,
  );

function textsOf(notebook: PeerNotebook): (string | null)[] {
  return notebook.cells.map((cell) => notebook.shown(cell).text);
}

/** Resolves when the notebook shows all of `texts` again, or when it has been waited for long enough. */
async function showsAgain(notebook: PeerNotebook, texts: readonly (string | null)[]) {
  const arrived = Promise.withResolvers<void>();
  const look = () => {
    const shown = textsOf(notebook);
    if (texts.every((text, place) => text === null || shown[place] === text)) arrived.resolve();
  };
  const stop = notebook.watch(look);
  look();
  await withinLimit(arrived.promise, patienceMs).catch(() => {});
  stop();
  const shown = textsOf(notebook);
  return texts.filter((text, place) => text !== null && shown[place] !== text).length;
}

/** The page is loaded anew while the last cell prints; the others had run, and been saved, before. */
async function reload(arena: Arena, peer: PeerName, lines: number): Promise<Resumed> {
  const server = await arena.freshServer(peer);
  const resumed: Resumed = { ms: [], lost: [], failure: null };
  try {
    for (let round = 0; round < (arena.quick ? 1 : 7); round++) {
      const title = arena.newTitle();
      const printing = `import time\nfor i in range(${lines}):\n    print(i)\n    time.sleep(0.01)`;
      const notebook = await server.create(title, [...results(resultCells), printing]);
      const early = notebook.cells.slice(0, -1);
      await notebook.runUntil(early, early);
      await server.save(title);
      const texts = textsOf(notebook);
      const last = notebook.cells.at(-1) ?? '';
      notebook.begin([last]);
      await lengthReaches(notebook, last, lines / 2);
      await notebook.close();

      const from = performance.now();
      const again = await server.reopen(title);
      const missing = await showsAgain(again, texts);
      if (missing === 0) resumed.ms.push(performance.now() - from);
      const lastAgain = again.cells.at(-1) ?? '';
      await lengthReaches(again, lastAgain, lines).catch(() => {});
      const printed = again.shown(lastAgain).stdout.split('\n').length - 1;
      resumed.lost.push(missing + Math.max(0, lines - printed));
      await server.discard(title);
    }
  } catch (error) {
    resumed.failure = error instanceof Error ? error.message : String(error);
  } finally {
    await server.stop();
  }
  return resumed;
}

/** Resolves when the cell has printed so many lines. */
async function lengthReaches(notebook: PeerNotebook, cell: string, lines: number): Promise<void> {
  const reached = Promise.withResolvers<void>();
  const look = () => {
    if (notebook.shown(cell).stdout.split('\n').length > lines) reached.resolve();
  };
  const stop = notebook.watch(look);
  look();
  await withinLimit(reached.promise, patienceMs).finally(stop);
}

/** The server is killed so long after the last result, and started again; the time is from when it answers. */
async function restart(arena: Arena, peer: PeerName, afterMs: number): Promise<Resumed> {
  const resumed: Resumed = { ms: [], lost: [], failure: null };
  const folder = await arena.folder();
  let server = await arena.freshServer(peer, folder);
  try {
    for (let round = 0; round < (arena.quick ? 1 : 5); round++) {
      const title = arena.newTitle();
      const notebook = await server.create(title, results(resultCells));
      await notebook.runUntil(notebook.cells, notebook.cells);
      const texts = textsOf(notebook);
      await server.save(title);
      await delay(afterMs);
      await server.kill();

      server = await arena.freshServer(peer, folder);
      const from = performance.now();
      const missing = await showsAgain(await server.reopen(title), texts);
      if (missing === 0) resumed.ms.push(performance.now() - from);
      resumed.lost.push(missing);
    }
  } catch (error) {
    resumed.failure = error instanceof Error ? error.message : String(error);
  } finally {
    await server.stop();
  }
  return resumed;
}

async function rowsOf(
  what: string,
  resume: (peer: PeerName) => Promise<Resumed>,
  note: string,
): Promise<Row[]> {
  const resumed = {} as Record<PeerName, Resumed>;
  for (const peer of peerNames) {
    resumed[peer] = await resume(peer).catch(
      (error: Error): Resumed => ({ ms: [], lost: [], failure: error.message }),
    );
  }
  const of = (figures: 'ms' | 'lost') => {
    const sampleOf = ({ [figures]: values, failure }: Resumed) => new Sample(values, failure);
    return {
      ours: sampleOf(resumed.ours),
      marimo: sampleOf(resumed.marimo),
      jupyter: sampleOf(resumed.jupyter),
    };
  };
  const shared = { benchmark: 'P18', limit: null } as const;
  return [
    {
      ...shared,
      what: `${what}, until the same view`,
      unit: 'ms',
      ...of('ms'),
      goals: [atMost(300)],
      note,
    },
    { ...shared, what: `${what}, results gone`, unit: 'lost', ...of('lost'), goals: [atMost(0)] },
  ];
}

export const resume: Benchmark = {
  id: 'P18',
  run: async (arena) => {
    const lines = arena.quick ? 60 : 200;
    return [
      ...(await rowsOf(
        'reload while a cell prints',
        (peer) => reload(arena, peer, lines),
        `${resultCells} results and a cell that prints ${lines} lines; never: the view did not come back`,
      )),
      ...(await rowsOf(
        `kill -9 after ${autosaveMs / 1_000} s, and start`,
        (peer) => restart(arena, peer, autosaveMs),
        `${resultCells} results; from when the server answers again`,
      )),
      ...(await rowsOf(
        'kill -9 at once, and start',
        (peer) => restart(arena, peer, 0),
        `${resultCells} results; killed once the last is at the client and a save that the front end asked for is done`,
      )),
    ];
  },
};
