/** One of the processes that share the notebooks of a proof: every `step`th, from `first` on. */
import type { Cell } from '@rnb/protocol';
import { generate, type Profile } from './generate.ts';
import { type Finding, play } from './play.ts';
import type { Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';
import { World } from './world.ts';

export interface JobOptions {
  seed: string;
  first: number;
  step: number;
  /** Up to, not including, this one. */
  end: number;
  profile: Profile;
  keepGoing: boolean;
}

export interface Progress {
  notebooks: number;
  compared: number;
  leftOut: number;
  statuses: Partial<Record<Cell['status'], number>>;
}

export type JobMessage =
  | ({ type: 'progress' } & Progress)
  | { type: 'shrinking'; notebook: number }
  | {
      type: 'found';
      notebook: number;
      scenario: Scenario;
      finding: Finding;
      /** False when it did not differ a second time. */
      repeated: boolean;
    };

const progressMs = 200;
const graceMs = 5_000;

export function scenarioOf({ seed, profile }: JobOptions, notebook: number): Scenario {
  return generate(`${seed}:${notebook}`, profile);
}

async function work(
  options: JobOptions,
  tell: (message: JobMessage) => void,
  isOver: () => boolean,
): Promise<void> {
  const world = await World.open();
  let progress: Progress = nothing();
  let told = performance.now();
  const flush = (): void => {
    tell({ type: 'progress', ...progress });
    progress = nothing();
    told = performance.now();
  };
  for (let notebook = options.first; notebook < options.end; notebook += options.step) {
    if (isOver()) break;
    const scenario = scenarioOf(options, notebook);
    const { compared, leftOut, statuses, found } = await play(world, scenario, { isolated: false });
    progress.notebooks += 1;
    progress.compared += compared;
    progress.leftOut += leftOut;
    for (const [status, count] of Object.entries(statuses) as [Cell['status'], number][]) {
      progress.statuses[status] = (progress.statuses[status] ?? 0) + count;
    }
    if (found !== null) {
      tell({ type: 'shrinking', notebook });
      const shrunk = await shrink(world, scenario);
      const shown = shrunk ?? { scenario, finding: found };
      tell({ type: 'found', notebook, ...shown, repeated: shrunk !== null });
      if (!options.keepGoing) break;
    }
    if (performance.now() - told > progressMs) flush();
  }
  flush();
  await world.close();
}

function nothing(): Progress {
  return { notebooks: 0, compared: 0, leftOut: 0, statuses: {} };
}

if (import.meta.main) {
  const options: JobOptions = JSON.parse(process.argv[2] ?? '');
  // Whoever started it wants no more, or is gone: it ends after the notebook that it is at, at the latest a while later.
  process.once('disconnect', () => setTimeout(() => process.exit(), graceMs).unref());
  await work(
    options,
    (message) => void (process.connected && process.send?.(message)),
    () => !process.connected,
  );
  if (process.connected) process.disconnect();
}
