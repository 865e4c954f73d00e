export interface Timing {
  medianMs: number;
  p95Ms: number;
}

/** Times `work` after warming up; it is given the number of the round, so that each can make a new edit. */
export async function measure(
  rounds: { warmUps: number; runs: number },
  work: (round: number) => Promise<void>,
): Promise<Timing> {
  const times: number[] = [];
  for (let round = 0; round < rounds.warmUps + rounds.runs; round += 1) {
    const start = performance.now();
    await work(round);
    if (round >= rounds.warmUps) times.push(performance.now() - start);
  }
  return { medianMs: quantile(times, 0.5), p95Ms: quantile(times, 0.95) };
}

/** By the nearest rank, so that it is always a time that was measured. */
export function quantile(times: number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}
