import { type Arena, figure, type PeerName } from '../arena.ts';
import { openBareCells } from '../limits/bare-cells.ts';
import { alternate, type Repeat, type Sample, timed } from '../sample.ts';
import { atMost, type Goal, type Row, timesPeer } from '../table.ts';
import type { Benchmark } from './benchmark.ts';
import { chain, separate } from './sources.ts';

const mostOfPeers = 1_000;

/** The last cell is edited and run, which nothing follows from. */
async function lastCell(
  arena: Arena,
  what: string,
  sources: string[],
  peersToo: boolean,
  goals: Goal[],
): Promise<Row> {
  const prepare = (peer: PeerName) => async (): Promise<Repeat> => {
    const notebook = await arena.notebook(peer, sources);
    const last = notebook.cells.at(-1) ?? '';
    const source = sources.at(-1) ?? '';
    return (round) => {
      notebook.setCode(last, `${source} + ${round + 2}`);
      return timed(() => notebook.runUntil([last], [last]));
    };
  };
  const bare = await openBareCells(arena.python, ['y = 1']);
  const samples = await alternate(
    {
      ...(await arena.contestants({
        ours: prepare('ours'),
        marimo: peersToo ? prepare('marimo') : null,
        jupyter: peersToo ? prepare('jupyter') : null,
      })),
      limit: (round) => timed(() => bare.run(`y = ${round + 2}`)),
    },
    arena.rounds(31, 10),
  );
  bare.close();
  await arena.clear();
  return { benchmark: 'P3', what, unit: 'ms', ...samples, goals };
}

function slope(small: Sample | null, large: Sample | null): Sample | null {
  return small === null || large === null ? null : figure(large.median / small.median);
}

export const oneCell: Benchmark = {
  id: 'P3',
  async run(arena) {
    const sizes = arena.quick ? [10, 100] : [10, 100, 1_000, 10_000];
    const goals = [atMost(1)];
    const rows: Row[] = [];
    for (const size of sizes) {
      const peersToo = size <= mostOfPeers;
      rows.push(
        await lastCell(arena, `last of a chain of ${size}`, chain(size), peersToo, [
          ...goals,
          ...(size === 10 ? [timesPeer('marimo', 5), timesPeer('jupyter', 5)] : []),
          ...(size === 1_000 ? [timesPeer('marimo', 100)] : []),
        ]),
      );
    }
    const [smallest, largest] = [rows[0], rows.at(-1)];
    if (smallest !== undefined && largest !== undefined) {
      const peersAt = rows.findLast(({ marimo }) => marimo !== null);
      rows.push({
        benchmark: 'P3',
        what: `chain of ${sizes.at(-1)} against ${sizes[0]}`,
        unit: '×',
        ours: slope(smallest.ours, largest.ours),
        marimo: slope(smallest.marimo, peersAt?.marimo ?? null),
        jupyter: slope(smallest.jupyter, peersAt?.jupyter ?? null),
        limit: null,
        goals: [atMost(1.5)],
        note: `marimo and Jupyter at most at ${mostOfPeers} cells`,
      });
    }
    for (const size of sizes.slice(2)) {
      const title = `one of ${size} separate cells`;
      const peersToo = size <= mostOfPeers;
      rows.push(await lastCell(arena, title, separate(size), peersToo, goals));
    }
    return rows;
  },
};
