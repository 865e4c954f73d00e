import { type Arena, figure, type PeerName } from '../arena.ts';
import { openBareCells } from '../limits/bare-cells.ts';
import type { Traffic } from '../peers/peer.ts';
import { alternate, type Repeat, timed } from '../sample.ts';
import { atMost, type Goal, type Row, timesLimit, timesPeer } from '../table.ts';
import type { Benchmark } from './benchmark.ts';
import { chain, diamond, fan } from './sources.ts';

/** The first cell is edited and run; the time is until every cell has finished at the client. */
async function cascade(
  arena: Arena,
  benchmark: string,
  what: string,
  sources: string[],
  goals: Goal[],
): Promise<Row[]> {
  const traffic: Partial<Record<PeerName, Traffic>> = {};
  const prepare = (peer: PeerName) => async (): Promise<Repeat> => {
    const notebook = await arena.notebook(peer, sources);
    const [first = ''] = notebook.cells;
    // Jupyter does not know what follows from a cell: its user runs all.
    const toRun = peer === 'jupyter' ? notebook.cells : [first];
    const awaited = notebook.cells;
    return async (round) => {
      notebook.setCode(first, `x0 = ${round + 2}`);
      notebook.resetTraffic();
      const ms = await timed(() => notebook.runUntil(toRun, awaited));
      traffic[peer] = notebook.traffic();
      return ms;
    };
  };
  const bare = await openBareCells(arena.python, sources);
  const samples = await alternate(
    {
      ...(await arena.contestants({
        ours: prepare('ours'),
        marimo: prepare('marimo'),
        jupyter: prepare('jupyter'),
      })),
      limit: (round) => timed(() => bare.run(`x0 = ${round + 2}`)),
    },
    arena.rounds(7),
  );
  bare.close();
  const messagesOf = (peer: PeerName) => {
    const of = traffic[peer];
    return of === undefined ? null : figure(of.messages);
  };
  const kB = (peer: PeerName) => Math.round((traffic[peer]?.bytes ?? 0) / 1_000);
  return [
    { benchmark, what, unit: 'ms', ...samples, goals },
    {
      benchmark,
      what: `${what}, received`,
      unit: 'messages',
      ours: messagesOf('ours'),
      marimo: messagesOf('marimo'),
      jupyter: messagesOf('jupyter'),
      limit: figure(1),
      goals: [atMost(10)],
      note: `kB: ours ${kB('ours')}, marimo ${kB('marimo')}, Jupyter ${kB('jupyter')}`,
    },
  ];
}

const size = (arena: Arena) => (arena.quick ? 100 : 1_000);

export const chainOfCells: Benchmark = {
  id: 'P1',
  run: (arena) =>
    cascade(arena, 'P1', `chain of ${size(arena)}`, chain(size(arena)), [
      atMost(5),
      timesLimit(3),
      timesPeer('marimo', 300),
      timesPeer('jupyter', 600),
    ]),
};

export const fanAndDiamond: Benchmark = {
  id: 'P2',
  async run(arena) {
    const goals = [atMost(5), timesPeer('marimo', 200)];
    const width = size(arena) / 10;
    const rows = await cascade(arena, 'P2', `fan of ${size(arena)}`, fan(size(arena)), goals);
    await arena.clear();
    const title = `diamond of 10 × ${width}`;
    return [...rows, ...(await cascade(arena, 'P2', title, diamond(10, width), goals))];
  },
};
