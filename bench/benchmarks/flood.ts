import { setTimeout as delay } from 'node:timers/promises';
import type { Arena, PeerName } from '../arena.ts';
import { floodMs } from '../limits/bare-flood.ts';
import type { PeerNotebook } from '../peers/peer.ts';
import { alternate, type Repeat, timed } from '../sample.ts';
import { atMost, type Goal, type Row } from '../table.ts';
import type { Benchmark } from './benchmark.ts';

/** What came and what the cell shows, in kB. */
type Shown = Partial<Record<PeerName, string>>;

function kB(bytes: number): string {
  return `${Math.round(bytes / 1_000).toLocaleString('en')} kB`;
}

function noteOf(shown: Shown): string {
  return Object.entries(shown)
    .map(([peer, text]) => `${peer === 'jupyter' ? 'Jupyter' : peer} ${text}`)
    .join('; ');
}

async function printLines(
  arena: Arena,
  lines: number,
  repeats: number,
  goals: Goal[],
): Promise<Row> {
  const shown: Shown = {};
  const source = `for i in range(${lines}): print(i)`;
  const prepare = (peer: PeerName) => async (): Promise<Repeat> => {
    const notebook = await arena.notebook(peer, ['x = 1']);
    const [cell = ''] = notebook.cells;
    return async (round) => {
      // Another program each time: who knows that only a comment changed may run nothing.
      notebook.setCode(cell, `r = ${round}\n${source}`);
      notebook.resetTraffic();
      const ms = await timed(() => notebook.runUntil([cell], [cell]));
      shown[peer] = told(notebook, cell);
      return ms;
    };
  };
  const samples = await alternate(
    {
      ...(await arena.contestants({
        ours: prepare('ours'),
        marimo: prepare('marimo'),
        jupyter: prepare('jupyter'),
      })),
      limit: () => floodMs(arena.python, lines),
    },
    arena.rounds(repeats),
  );
  await arena.clear();
  return {
    benchmark: 'P10',
    what: `${lines.toLocaleString('en')} lines printed`,
    unit: 'ms',
    ...samples,
    goals,
    note: noteOf(shown),
  };
}

function told(notebook: PeerNotebook, cell: string): string {
  const { messages, bytes } = notebook.traffic();
  return `${messages} messages, ${kB(bytes)}, ${kB(notebook.shown(cell).stdout.length)} shown`;
}

/** A cell that prints for ever is interrupted; until it has stopped at the client. */
async function stopFlood(arena: Arena, floodsForMs: number): Promise<Row> {
  const shown: Shown = {};
  const prepare = (peer: PeerName) => async (): Promise<Repeat> => {
    const notebook = await arena.notebook(peer, ['x = 1']);
    const [cell = ''] = notebook.cells;
    return async (round) => {
      notebook.setCode(cell, `i = ${round}\nwhile True:\n    i += 1\n    print(i)`);
      notebook.resetTraffic();
      const stopped = notebook.runUntil([cell], [cell]).catch((error: Error) => {
        // Ours says so when a cell that was waited for failed; that it was interrupted is what is wanted here.
        if (!/is error\.$/.test(error.message)) throw error;
      });
      await delay(floodsForMs);
      const ms = await timed(async () => {
        await notebook.interrupt();
        await stopped;
      });
      shown[peer] = told(notebook, cell);
      return ms;
    };
  };
  const samples = await alternate(
    {
      ...(await arena.contestants({
        ours: prepare('ours'),
        marimo: prepare('marimo'),
        jupyter: prepare('jupyter'),
      })),
      limit: null,
    },
    arena.quick
      ? { warmUps: 0, repeats: 1, budgetMs: 0 }
      : { warmUps: 0, repeats: 3, budgetMs: 60_000 },
  );
  await arena.clear();
  return {
    benchmark: 'P10',
    what: `stopping prints after ${floodsForMs / 1_000} s`,
    unit: 'ms',
    ...samples,
    goals: [atMost(100)],
    note: noteOf(shown),
  };
}

export const flood: Benchmark = {
  id: 'P10',
  async run(arena) {
    const rows = [await printLines(arena, 100_000, 7, [atMost(60)])];
    if (!arena.quick) rows.push(await printLines(arena, 1_000_000, 3, []));
    rows.push(await stopFlood(arena, arena.quick ? 1_000 : 5_000));
    return rows;
  },
};
