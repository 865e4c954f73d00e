/**
 * Parses what a kernel says. Every frame is hostile input, and a cascade of a thousand cells comes as two thousand
 * small events in one frame, so the three small and frequent types are checked by hand; all others by their schema.
 */
import { CellId, KernelEvent, RunOutcome } from '@rnb/protocol';

type Small = Extract<KernelEvent, { type: 'started' | 'done' | 'stream' }>;

/** Throws where the frame is not a KernelFrame. */
export function parseEvents(header: unknown): KernelEvent[] {
  if (!isRecord(header) || !Array.isArray(header.events)) {
    throw new TypeError('a kernel frame without events');
  }
  return header.events.map((event: unknown) => parseSmall(event) ?? KernelEvent.parse(event));
}

const outcomes: ReadonlyMap<unknown, RunOutcome> = new Map(
  RunOutcome.options.map((outcome) => [outcome, outcome]),
);

/** Undefined for other types, and for malformed ones, which the schema then refuses with a reason. */
function parseSmall(event: unknown): Small | undefined {
  if (!isRecord(event)) return undefined;
  const { type, cell, run } = event;
  if (typeof cell !== 'string' || !isRunNumber(run) || !CellId.safeParse(cell).success) {
    return undefined;
  }
  if (type === 'started') {
    return typeof event.at === 'number' ? { type, cell, run, at: event.at } : undefined;
  }
  if (type === 'stream') {
    const { stream, text } = event;
    if ((stream !== 'stdout' && stream !== 'stderr') || typeof text !== 'string') return undefined;
    return { type, cell, run, stream, text };
  }
  if (type !== 'done') return undefined;
  const outcome = outcomes.get(event.outcome);
  const { durationMs } = event;
  if (!outcome) return undefined;
  if (durationMs === undefined) return { type, cell, run, outcome };
  return typeof durationMs === 'number' ? { type, cell, run, outcome, durationMs } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isRunNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
