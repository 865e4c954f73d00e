import { setTimeout as delay } from 'node:timers/promises';
import { type Arena, type PeerName, peerNames } from '../arena.ts';
import type { PeerNotebook, PeerServer } from '../peers/peer.ts';
import { Sample, withinLimit } from '../sample.ts';
import { atMost, type Goal, type Row } from '../table.ts';
import type { Benchmark } from './benchmark.ts';

const resultCells = 100;
const patienceMs = 5_000;
/** Longer than it takes any of them to write by itself what cells show. */
const autosaveMs = 4_000;
/** What is killed unsaved is killed within so long of its last result. */
const shortlyMs = 50;

interface Resumed {
  /** Until the page showed again what it had shown; missing where it never did. */
  ms: number[];
  /** Results, or lines printed, that nothing shows any more. */
  lost: number[];
  /** How many of those a client had shown, all repeats together. */
  seen: number;
  failure: string | null;
}

const results = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    i === 0 ? 'r0 = 1\nr0' : `r${i} = r${i - 1} + 1\nr${i}`,
  );

const printing = (lines: number) =>
  `import time\nfor i in range(${lines}):\n    print(i)\n    time.sleep(0.01)`;

function linesOf(notebook: PeerNotebook, cell: string): number {
  return notebook.shown(cell).stdout.split('\n').length - 1;
}

const countOf = (texts: readonly (string | null)[]) => texts.filter((text) => text !== null).length;

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
  const resumed: Resumed = { ms: [], lost: [], seen: 0, failure: null };
  try {
    for (let round = 0; round < (arena.quick ? 1 : 7); round++) {
      const title = arena.newTitle();
      const notebook = await server.create(title, [...results(resultCells), printing(lines)]);
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
      resumed.lost.push(missing + Math.max(0, lines - linesOf(again, lastAgain)));
      resumed.seen += countOf(texts) + lines;
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
    if (linesOf(notebook, cell) >= lines) reached.resolve();
  };
  const stop = notebook.watch(look);
  look();
  await withinLimit(reached.promise, patienceMs).finally(stop);
}

/** What a client had seen of a notebook when its server was killed, and what a new page of the new server shows of it. */
interface Death {
  /** Brings a new notebook to where its server is to be killed, and returns how to look for what it had shown. */
  live(server: PeerServer, title: string, round: number): Promise<Seen>;
  rounds: number;
}

interface Seen {
  count: number;
  /** Resolves with how much is gone, when all is there or has been waited for long enough. */
  gone(again: PeerNotebook): Promise<number>;
}

/** The server is killed, and started again; the time is from when it answers. */
async function restart(arena: Arena, peer: PeerName, death: Death): Promise<Resumed> {
  const resumed: Resumed = { ms: [], lost: [], seen: 0, failure: null };
  const folder = await arena.folder();
  let server = await arena.freshServer(peer, folder);
  try {
    for (let round = 0; round < (arena.quick ? 1 : death.rounds); round++) {
      const title = arena.newTitle();
      const seen = await death.live(server, title, round);
      await server.kill();

      server = await arena.freshServer(peer, folder);
      const from = performance.now();
      const missing = await seen.gone(await server.reopen(title));
      if (missing === 0) resumed.ms.push(performance.now() - from);
      resumed.lost.push(missing);
      resumed.seen += seen.count;
    }
  } catch (error) {
    resumed.failure = error instanceof Error ? error.message : String(error);
  } finally {
    await server.stop();
  }
  return resumed;
}

function textsSeen(notebook: PeerNotebook): Seen {
  const texts = textsOf(notebook);
  return { count: countOf(texts), gone: (again) => showsAgain(again, texts) };
}

/** Everything has run and was saved, so long ago. */
const saved = (afterMs: number): Death => ({
  rounds: 5,
  async live(server, title) {
    const notebook = await server.create(title, results(resultCells));
    await notebook.runUntil(notebook.cells, notebook.cells);
    const seen = textsSeen(notebook);
    await server.save(title);
    await delay(afterMs);
    return seen;
  },
});

/** It was saved before its first cell was edited; no front end has saved since the results of that came, a moment ago. */
const unsaved: Death = {
  rounds: 10,
  async live(server, title, round) {
    const notebook = await server.create(title, results(resultCells));
    await notebook.runUntil(notebook.cells, notebook.cells);
    await server.save(title);
    const [first = ''] = notebook.cells;
    notebook.setCode(first, `r0 = ${round + 2}\nr0`);
    await notebook.runUntil(notebook.cells, notebook.cells);
    const seen = textsSeen(notebook);
    await delay(Math.random() * shortlyMs);
    return seen;
  },
};

/** A cell has printed for one to two seconds, and goes on. */
const whilePrinting: Death = {
  rounds: 5,
  async live(server, title) {
    const notebook = await server.create(title, [printing(10_000)]);
    await server.save(title);
    const [cell = ''] = notebook.cells;
    notebook.begin([cell]);
    await lengthReaches(notebook, cell, 100 + Math.random() * 100);
    const count = linesOf(notebook, cell);
    return {
      count,
      async gone(again) {
        const [cellAgain = ''] = again.cells;
        await lengthReaches(again, cellAgain, 1).catch(() => {});
        return Math.max(0, count - linesOf(again, cellAgain));
      },
    };
  },
};

async function everyone(
  resume: (peer: PeerName) => Promise<Resumed>,
): Promise<Record<PeerName, Resumed>> {
  const resumed = {} as Record<PeerName, Resumed>;
  for (const peer of peerNames) {
    resumed[peer] = await resume(peer).catch(
      (error: Error): Resumed => ({ ms: [], lost: [], seen: 0, failure: error.message }),
    );
  }
  return resumed;
}

async function rowsOf(
  what: string,
  resume: (peer: PeerName) => Promise<Resumed>,
  note: string,
): Promise<Row[]> {
  const resumed = await everyone(resume);
  const sampleOf = ({ ms, failure }: Resumed) => new Sample(ms, failure);
  return [
    {
      benchmark: 'P18',
      what: `${what}, until the same view`,
      unit: 'ms',
      ours: sampleOf(resumed.ours),
      marimo: sampleOf(resumed.marimo),
      jupyter: sampleOf(resumed.jupyter),
      limit: null,
      goals: [atMost(300)],
      note,
    },
    lostRow(what, resumed),
  ];
}

/** In no repeat, not only in most of them. */
const noneAtAll: Goal = {
  text: '0 in all',
  met: ({ ours }) =>
    ours === null ? null : ours.failure === null && ours.values.every((lost) => lost === 0),
};

function lostRow(what: string, resumed: Record<PeerName, Resumed>, goals = [noneAtAll]): Row {
  const sampleOf = ({ lost, failure }: Resumed) => new Sample(lost, failure);
  const toldOf = ({ lost, seen }: Resumed) => `${lost.reduce((sum, n) => sum + n, 0)} of ${seen}`;
  return {
    benchmark: 'P18',
    what: `${what}, gone`,
    unit: 'lost',
    ours: sampleOf(resumed.ours),
    marimo: sampleOf(resumed.marimo),
    jupyter: sampleOf(resumed.jupyter),
    limit: null,
    goals,
    note: `gone of what a client had seen, all repeats: ours ${toldOf(resumed.ours)}, marimo ${toldOf(resumed.marimo)}, Jupyter ${toldOf(resumed.jupyter)}`,
  };
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
        (peer) => restart(arena, peer, saved(autosaveMs)),
        `${resultCells} results; from when the server answers again`,
      )),
      ...(await rowsOf(
        'kill -9 at once, and start',
        (peer) => restart(arena, peer, saved(0)),
        `${resultCells} results; killed once the last is at the client and a save that the front end asked for is done`,
      )),
      ...(await rowsOf(
        `kill -9 within ${shortlyMs} ms, unsaved, and start`,
        (peer) => restart(arena, peer, unsaved),
        `${resultCells} new results; killed at a random moment after the last is at the client; no front end has asked for a save since`,
      )),
      lostRow(
        'kill -9 while a cell prints, and start: lines',
        await everyone((peer) => restart(arena, peer, whilePrinting)),
        [],
      ),
    ];
  },
};
