import { setTimeout as delay } from 'node:timers/promises';
import { type Arena, figure, type PeerName, peerNames } from '../arena.ts';
import { openBareFork } from '../limits/bare-fork.ts';
import { availableMiB, proportionalMiB } from '../memory.ts';
import { Sample } from '../sample.ts';
import { atMost, type Row, timesPeer } from '../table.ts';
import type { Benchmark } from './benchmark.ts';

const groupby = `import numpy as np, pandas as pd
df = pd.DataFrame({"k": np.arange(10_000) % 100, "v": np.arange(10_000) * 0.5})
df.groupby("k").v.sum()`;

/** MiB for each notebook, the server included. */
interface Cost {
  available: Sample;
  proportional: Sample;
}

const failed = (error: unknown): Cost => {
  const sample = new Sample([], error instanceof Error ? error.message : String(error));
  return { available: sample, proportional: sample };
};

/** Everybody's notebooks stay open, their sockets too, and do nothing for a while. */
async function costOf(arena: Arena, peer: PeerName, count: number, idleMs: number): Promise<Cost> {
  const before = availableMiB();
  const server = await arena.freshServer(peer);
  try {
    for (let made = 0; made < count; made++) {
      const notebook = await server.create(arena.newTitle(), [groupby]);
      await notebook.runUntil(notebook.cells, notebook.cells);
    }
    await delay(idleMs);
    return {
      available: figure((before - availableMiB()) / count),
      proportional: figure(proportionalMiB(server.pid) / count),
    };
  } finally {
    await server.stop();
  }
}

async function costOfForks(arena: Arena, count: number, idleMs: number): Promise<Cost> {
  const before = availableMiB();
  const bare = await openBareFork(arena.python, 'keep');
  for (let made = 0; made < count; made++) await bare.run(groupby);
  await delay(idleMs);
  const cost = {
    available: figure((before - availableMiB()) / count),
    proportional: figure(proportionalMiB(bare.pid) / count),
  };
  await bare.close();
  return cost;
}

export const density: Benchmark = {
  id: 'P6',
  async run(arena) {
    const counts = arena.quick
      ? { ours: 10, marimo: 3, jupyter: 3 }
      : { ours: 100, marimo: 20, jupyter: 20 };
    const idleMs = arena.quick ? 1_000 : 60_000;
    const costs = {} as Record<PeerName, Cost>;
    for (const peer of peerNames) {
      costs[peer] = await costOf(arena, peer, counts[peer], idleMs).catch(failed);
    }
    const limit = await costOfForks(arena, counts.ours, Math.min(idleMs, 5_000));
    const row = (what: string, of: (cost: Cost) => Sample, note: string): Row => ({
      benchmark: 'P6',
      what,
      unit: 'MiB',
      ours: of(costs.ours),
      marimo: of(costs.marimo),
      jupyter: of(costs.jupyter),
      limit: of(limit),
      goals: [atMost(8), timesPeer('jupyter', 8)],
      note,
    });
    const note = `${counts.ours} notebooks of ours and forks, ${counts.marimo} of marimo, ${counts.jupyter} of Jupyter; once`;
    return [
      row('idle notebook, of MemAvailable', ({ available }) => available, note),
      row('idle notebook, PSS of all processes', ({ proportional }) => proportional, note),
    ];
  },
};
