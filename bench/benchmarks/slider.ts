import { setTimeout as delay } from 'node:timers/promises';
import { type Arena, figure } from '../arena.ts';
import { openBareCells } from '../limits/bare-cells.ts';
import { MarimoNotebook } from '../peers/marimo.ts';
import type { PeerNotebook } from '../peers/peer.ts';
import { alternate, Sample, timed, withinLimit } from '../sample.ts';
import { atLeast, atMost, p95AtMost, type Row } from '../table.ts';
import type { Benchmark } from './benchmark.ts';

const dependents = 20;
const eventsPerSecond = 60;
const settleMs = 30_000;

interface Driven {
  /** Of each value that was sent: until all dependents showed it, or a later one. */
  lagMs: number[];
  /** How often what all dependents show together moved on, for each second. */
  updatesPerSecond: number;
  lost: number;
}

/** Sends the values 1, 2, 3 … at a steady rate, whether or not anything comes back, and watches what is shown. */
async function drive(
  notebook: PeerNotebook,
  watched: readonly string[],
  send: (value: number) => void,
  events: number,
): Promise<Driven> {
  const sentAt: number[] = [];
  const lagMs: number[] = [];
  const values = new Map(watched.map((cell) => [cell, 0]));
  const done = Promise.withResolvers<void>();
  let updates = 0;
  let lastUpdateAt = 0;
  const stop = notebook.watch((cell) => {
    const place = watched.indexOf(cell);
    const { text } = notebook.shown(cell);
    if (place < 0 || text === null) return;
    values.set(cell, Number(text) - place);
    const shown = Math.min(...values.values());
    if (shown <= lagMs.length || Number.isNaN(shown)) return;
    lastUpdateAt = performance.now();
    updates += 1;
    while (lagMs.length < shown) lagMs.push(lastUpdateAt - (sentAt[lagMs.length] ?? 0));
    if (shown === events) done.resolve();
  });
  const from = performance.now();
  for (let event = 1; event <= events; event++) {
    sentAt.push(performance.now());
    send(event);
    await delay(Math.max(0, from + (event * 1_000) / eventsPerSecond - performance.now()));
  }
  await withinLimit(done.promise, settleMs).catch(() => {});
  stop();
  return {
    lagMs,
    updatesPerSecond: updates / ((lastUpdateAt - from) / 1_000),
    lost: events - lagMs.length,
  };
}

async function driveOurs(arena: Arena, events: number): Promise<Driven> {
  const notebook = await arena.notebook('ours', ['v = 0', ...dependentsOf('v')]);
  const [slider = '', ...watched] = notebook.cells;
  const send = (value: number) => {
    notebook.setCode(slider, `v = ${value}`);
    notebook.begin([slider]);
  };
  return drive(notebook, watched, send, events);
}

async function driveMarimo(arena: Arena, events: number): Promise<Driven> {
  const source = 'import marimo as mo\nslider = mo.ui.slider(0, 1_000)\nslider';
  const notebook = await arena.notebook('marimo', [source, ...dependentsOf('slider.value')]);
  if (!(notebook instanceof MarimoNotebook)) throw new Error('marimo has its own controls.');
  const [slider = '', ...watched] = notebook.cells;
  const send = (value: number) => {
    // What is not taken shows as lost.
    notebook.setControl(slider, value).catch(() => {});
  };
  return drive(notebook, watched, send, events);
}

function dependentsOf(value: string): string[] {
  return Array.from({ length: dependents }, (_, i) => `${value} + ${i}`);
}

function failed(error: Error): Sample {
  return new Sample([], error.message);
}

export const slider: Benchmark = {
  id: 'P4',
  async run(arena) {
    const events = arena.quick ? 60 : 200;
    const ours = await withinLimit(driveOurs(arena, events)).catch(failed);
    const marimo = await withinLimit(driveMarimo(arena, events)).catch(failed);
    const bare = await openBareCells(arena.python, ['v = 0', ...dependentsOf('v')]);
    const { limit } = await alternate(
      { limit: (round) => timed(() => bare.run(`v = ${round}`)) },
      arena.rounds(31),
    );
    bare.close();
    const of = (figures: (driven: Driven) => readonly number[]) => ({
      ours: ours instanceof Sample ? ours : new Sample(figures(ours)),
      marimo: marimo instanceof Sample ? marimo : new Sample(figures(marimo)),
      jupyter: null,
    });
    const shared = { benchmark: 'P4', limit: null } as const;
    const rows: Row[] = [
      {
        ...shared,
        what: `slider with ${dependents} dependents, lag`,
        unit: 'ms',
        ...of(({ lagMs }) => lagMs),
        limit,
        goals: [p95AtMost(20)],
      },
      {
        ...shared,
        what: 'updates shown',
        unit: '/s',
        rising: true,
        ...of(({ updatesPerSecond }) => [updatesPerSecond]),
        limit: figure(eventsPerSecond),
        // The timer of the sender is as good as the machine's.
        goals: [atLeast(eventsPerSecond * 0.95)],
      },
      {
        ...shared,
        what: 'values never shown, nor a later one',
        unit: 'lost',
        ...of(({ lost }) => [lost]),
        goals: [atMost(0)],
      },
    ];
    return rows;
  },
};
