import { z } from 'zod';
import { CellId, RunNumber } from './ids.ts';
import { CellError, ConsoleText, ShownOutput } from './output.ts';

/** More kinds arrive issue by issue; nothing may be built as if Python were the only one. */
export const CellKind = z.enum(['python', 'markdown']);
export type CellKind = z.infer<typeof CellKind>;

export const CellStatus = z.enum([
  'idle',
  'queued',
  'running',
  'success',
  'error',
  'blocked',
  'stale',
  'disabled',
]);
export type CellStatus = z.infer<typeof CellStatus>;

/** Why a cell is stale. */
export const StaleReason = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('edited') }),
  /** Something outside of the notebook is another now: the file of a module that it imports. */
  z.object({ kind: z.literal('outside') }),
  /** `name` comes from another version than the last run saw; `cell` is the one that now gives it, null if none does. */
  z.object({ kind: z.literal('input'), name: z.string(), cell: CellId.nullable() }),
  /** Its run was cancelled by an interrupt or a restart. */
  z.object({ kind: z.literal('cancelled') }),
]);
export type StaleReason = z.infer<typeof StaleReason>;

/** What the server says of a cell's run; never part of the document. */
export const CellRunState = z.object({
  id: CellId,
  status: CellStatus,
  /** The run that the outputs belong to; null before the first. */
  run: RunNumber.nullable(),
  /** The cell that a `blocked` cell waits for: it failed, stopped itself or is disabled. */
  blockedBy: CellId.optional(),
  staleBecause: StaleReason.optional(),
  /** Milliseconds since the epoch, by the server's clock. */
  startedAt: z.number().optional(),
  durationMs: z.number().optional(),
  /** False when the values the cell made are gone from the kernel (it died, or the server was restarted). */
  live: z.boolean(),
  /** It called `stop()`: what it showed until then counts, and its readers are blocked. */
  stopped: z.boolean().optional(),
  /** An `error` that is nobody's fault: somebody interrupted the run, or the server ended while it was under way. */
  interrupted: z.boolean().optional(),
  /**
   * Its latest run was cancelled, and nobody has asked for another. Where `run` is known it had started, a restart
   * ended it, and what is shown is what it had shown by then; the status is what the run before it left.
   */
  cancelled: z.boolean().optional(),
});
export type CellRunState = z.infer<typeof CellRunState>;

/** What one run of a cell left: kept with the notebook (R11). */
export const CellResult = z.object({
  id: CellId,
  run: RunNumber,
  console: z.array(ConsoleText),
  outputs: z.array(ShownOutput),
  error: CellError.nullable(),
});
export type CellResult = z.infer<typeof CellResult>;

/** A cell's place in the dependency graph. */
export const CellGraph = z.object({
  id: CellId,
  reads: z.array(z.string()),
  defines: z.array(z.string()),
  /** Those of them that its code does not define: it changes another cell's value in place. Absent where there are none. */
  mutates: z.array(z.string()).optional(),
  /** The cells whose versions it reads, with the names; without unresolved names. */
  dependsOn: z.array(z.object({ cell: CellId, names: z.array(z.string()) })),
});
export type CellGraph = z.infer<typeof CellGraph>;
