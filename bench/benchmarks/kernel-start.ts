import type { Arena, PeerName } from '../arena.ts';
import { openBareFork } from '../limits/bare-fork.ts';
import { alternate, type Repeat, timed } from '../sample.ts';
import { atMost, type Goal, type Row, timesPeer } from '../table.ts';
import type { Benchmark } from './benchmark.ts';

const pandasCell = `import pandas as pd
pd.DataFrame({"a": range(100), "b": 1.5}).describe()`;

/** From asking for a new notebook until its one cell's value is there. */
async function firstResult(
  arena: Arena,
  what: string,
  source: string,
  goals: Goal[],
): Promise<Row> {
  const first: Partial<Record<PeerName, number>> = {};
  const repeat =
    (peer: PeerName): (() => Promise<Repeat>) =>
    async () => {
      const server = await arena.server(peer);
      return async () => {
        const title = arena.newTitle();
        const ms = await timed(async () => {
          const notebook = await server.create(title, [source]);
          await notebook.runUntil(notebook.cells, notebook.cells);
        });
        first[peer] ??= ms;
        await server.discard(title);
        return ms;
      };
    };
  const bare = await openBareFork(arena.python, 'end');
  const samples = await alternate(
    {
      ...(await arena.contestants({
        ours: repeat('ours'),
        marimo: repeat('marimo'),
        jupyter: repeat('jupyter'),
      })),
      limit: () => timed(() => bare.run(source)),
    },
    arena.rounds(9),
  );
  await bare.close();
  const told = (peer: PeerName) => Math.round(first[peer] ?? Number.NaN);
  return {
    benchmark: 'P5',
    what,
    unit: 'ms',
    ...samples,
    goals,
    note: `the first, ms: ours ${told('ours')}, marimo ${told('marimo')}, Jupyter ${told('jupyter')}`,
  };
}

export const kernelStart: Benchmark = {
  id: 'P5',
  run: async (arena) => {
    const twenty = [timesPeer('marimo', 20), timesPeer('jupyter', 20)];
    return [
      await firstResult(arena, 'new notebook until 1+1', '1+1', [atMost(15), ...twenty]),
      await firstResult(arena, 'new notebook until a pandas table', pandasCell, [
        atMost(20),
        ...twenty,
      ]),
    ];
  },
};
