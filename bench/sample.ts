import { setTimeout as delay } from 'node:timers/promises';

/** What one contestant's repeats came to. */
export class Sample {
  readonly values: readonly number[];
  /** Why there are no values, or fewer than there should be. */
  readonly failure: string | null;

  constructor(values: readonly number[], failure: string | null = null) {
    this.values = values;
    this.failure = failure;
  }

  get median(): number {
    return quantile(this.values, 0.5);
  }

  get p95(): number {
    return quantile(this.values, 0.95);
  }
}

/** Measures one repeat, in whatever unit; `round` differs from call to call, so that each can make a new edit. */
export type Repeat = (round: number) => Promise<number>;

export interface Rounds {
  warmUps: number;
  repeats: number;
  /** Who has used up this much makes no more repeats, but for the first few. */
  budgetMs: number;
}

const fewest = 3;
const patienceMs = 180_000;

/**
 * The contestants in turns, so that whatever else the machine does strikes all alike. One that fails, or never ends,
 * drops out; the others go on.
 */
export async function alternate<Name extends string>(
  contestants: Record<Name, Repeat | null>,
  { warmUps, repeats, budgetMs }: Rounds,
): Promise<Record<Name, Sample | null>> {
  const entries = Object.entries(contestants) as [Name, Repeat | null][];
  const states = entries.map(([name, repeat]) => ({
    name,
    repeat,
    values: [] as number[],
    usedMs: 0,
    failure: null as string | null,
  }));
  for (let round = 0; round < warmUps + repeats; round += 1) {
    for (const state of states) {
      const { repeat, values, failure, usedMs } = state;
      if (repeat === null || failure !== null) continue;
      if (usedMs > budgetMs && values.length >= Math.min(fewest, repeats)) continue;
      const from = performance.now();
      try {
        const value = await withinLimit(repeat(round));
        if (round >= warmUps) values.push(value);
      } catch (error) {
        state.failure = error instanceof Error ? error.message : String(error);
      }
      state.usedMs += performance.now() - from;
    }
  }
  return Object.fromEntries(
    states.map(({ name, repeat, values, failure }) => [
      name,
      repeat === null ? null : new Sample(values, failure),
    ]),
  ) as Record<Name, Sample | null>;
}

/** The milliseconds that something took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Rejects when it takes too long; what goes on then is nobody's any more. */
export async function withinLimit<T>(work: Promise<T>, limitMs = patienceMs): Promise<T> {
  const timer = new AbortController();
  work.catch(() => {});
  try {
    return await Promise.race([
      work,
      delay(limitMs, undefined, { signal: timer.signal }).then((): never => {
        throw new Error(`It took longer than ${limitMs / 1_000} s.`);
      }),
    ]);
  } finally {
    timer.abort();
  }
}

/** By the nearest rank, so that it is always a value that was measured. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}
