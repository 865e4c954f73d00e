/**
 * What the server and a kernel process say to each other. PROTOCOL.md describes the frames: two dedicated pipes
 * (never the user's stdout), length-prefixed, each frame one of the messages below.
 *
 * Every event is hostile input to the server: it is parsed, capped, and believed only for the runs that are under way.
 */
import { z } from 'zod';
import { AnalysisResult } from './analysis.ts';
import { Completion, CompletionQuery } from './completion.ts';
import { CellId, RunNumber } from './ids.ts';
import { CellError, ConsoleText, Output, TablePage, TableQuery } from './output.ts';

/** What a cell needs in order to run. A kernel keeps the last one for each cell, so it travels only when it changed. */
export const CellProgram = z.object({
  source: z.string(),
  /** How the source is to be read: `python`, or `markdown` with `{expression}` places to fill in. */
  kind: z.string(),
  /** Each name the cell may see, and the cell whose version of it that is (R3). Any other name is to be absent. */
  bindings: z.record(z.string(), CellId),
  /** Names that become new versions, owned by this cell, whether or not the run rebinds them. */
  defines: z.array(z.string()),
  /** Those of `bindings` whose value the cell changes in place (R4). */
  mutates: z.array(z.string()),
  /** Names that it imports and whose module it changes in place (R6.1). Absent where there are none. */
  patches: z.array(z.string()).optional(),
  /** Another one since something else was committed, even if this was before: what was told of it is forgotten (K9). */
  revision: z.number().int(),
});
export type CellProgram = z.infer<typeof CellProgram>;

/** Names of one cell. */
export const Versions = z.object({ cell: CellId, names: z.array(z.string()) });
export type Versions = z.infer<typeof Versions>;

/** Server → kernel. Interrupts are no message: they are SIGINT, so that nothing can stand in front of them. */
export const KernelRequest = z.discriminatedUnion('type', [
  /**
   * Runs cells in this order. A cell one of whose bindings belongs to a cell that failed or was skipped in this
   * batch is skipped, and one that is not `forced` is left alone if all that it sees is what its last run saw. In
   * columns: a cascade of a thousand cells is read in a fraction of a millisecond.
   */
  z.object({
    type: z.literal('run'),
    batch: z.number().int(),
    cells: z.array(CellId),
    /** The run of each cell, beside it. */
    runs: z.array(RunNumber),
    /** Positions among `cells` of those that run in any case. */
    forced: z.array(z.number().int().nonnegative()),
    /** Of those cells whose program is another than this kernel was last told. */
    programs: z.record(CellId, CellProgram),
  }),
  /** Ends the batch after the cell that is running; the rest is reported as skipped. */
  z.object({ type: z.literal('cancel'), batch: z.number().int() }),
  /** Drops everything about these cells. */
  z.object({ type: z.literal('forget'), cells: z.array(CellId) }),
  z.object({
    type: z.literal('rows'),
    id: z.number().int(),
    cell: CellId,
    run: RunNumber,
    /** Position among the run's outputs. */
    output: z.number().int().nonnegative(),
    query: TableQuery,
  }),
  /** What may follow `name`, in the version that `cell` made, and the attributes after it. */
  z.object({
    type: z.literal('complete'),
    id: z.number().int(),
    cell: CellId,
    name: z.string(),
    path: z.array(z.string()),
    of: CompletionQuery.shape.of,
  }),
  /** Analysers only. */
  z.object({
    type: z.literal('analyse'),
    id: z.number().int(),
    sources: z.array(z.object({ kind: z.string(), source: z.string() })),
  }),
]);
export type KernelRequest = z.infer<typeof KernelRequest>;

export const RunOutcome = z.enum(['ok', 'error', 'stopped', 'interrupted', 'skipped']);
export type RunOutcome = z.infer<typeof RunOutcome>;

export const KernelEvent = z.discriminatedUnion('type', [
  /** Once, before anything else. */
  z.object({ type: z.literal('ready'), language: z.string(), version: z.string() }),
  /** Milliseconds since 1970. */
  z.object({ type: z.literal('started'), cell: CellId, run: RunNumber, at: z.number() }),
  /**
   * Cells of a batch that ran one after the other, succeeded and showed nothing, which is most cells of a cascade:
   * `started` and `done` of all of them in one.
   */
  z.object({
    type: z.literal('ran'),
    batch: z.number().int(),
    /** Position in the request of the first of them. */
    first: z.number().int().nonnegative(),
    /** When the first started; each of the others when the one before it ended. */
    at: z.number(),
    durationsUs: z.array(z.number().nonnegative()),
    /** Of those that made some of their values again as they had been: how far after the first, and these names. */
    kept: z.array(z.tuple([z.number().int().nonnegative(), z.array(z.string())])).optional(),
  }),
  /** Neighbours in a batch that were left alone, because all that they see is what they saw before. */
  z.object({
    type: z.literal('unchanged'),
    batch: z.number().int(),
    first: z.number().int().nonnegative(),
    count: z.number().int().positive(),
  }),
  /**
   * What a run that has ended did and its program did not say: names it defined, names it saw whose value it changed
   * in place, and names it looked for in vain. The batch ends there; the rest of it waits for the next one (K9).
   */
  z.object({
    type: z.literal('found'),
    cell: CellId,
    run: RunNumber,
    defines: z.array(z.string()),
    mutates: z.array(z.string()),
    reads: z.array(z.string()).optional(),
  }),
  /**
   * All versions that share objects with what a cell, at that revision of its program, changes in place; told when
   * they are other ones than before.
   */
  z.object({
    type: z.literal('shares'),
    cell: CellId,
    revision: z.number().int(),
    with: z.array(Versions),
    /**
     * Those that the run with this number, which has ended, was not given and changed in place all the same: what it
     * has left of them is the cell's own, under the same names.
     */
    taken: z.object({ run: RunNumber, versions: z.array(Versions) }).optional(),
  }),
  /** Versions whose objects a run changed in place, so that nobody can see them any more. */
  z.object({ type: z.literal('spoiled'), versions: z.array(Versions) }),
  z.object({ type: z.literal('stream'), cell: CellId, run: RunNumber, ...ConsoleText.shape }),
  z.object({ type: z.literal('output'), cell: CellId, run: RunNumber, output: Output }),
  z.object({ type: z.literal('clear'), cell: CellId, run: RunNumber }),
  z.object({ type: z.literal('error'), cell: CellId, run: RunNumber, error: CellError }),
  z.object({
    type: z.literal('done'),
    cell: CellId,
    run: RunNumber,
    outcome: RunOutcome,
    /** Absent for skipped cells. */
    durationMs: z.number().optional(),
    /** Names that have the value they had before, of a cell that was `ok`. */
    kept: z.array(z.string()).optional(),
  }),
  z.object({ type: z.literal('batch_done'), batch: z.number().int() }),
  z.object({
    type: z.literal('rows'),
    id: z.number().int(),
    page: TablePage.nullable(),
    /** Why there is no page. */
    message: z.string().optional(),
  }),
  z.object({ type: z.literal('completions'), id: z.number().int(), items: z.array(Completion) }),
  z.object({ type: z.literal('analysed'), id: z.number().int(), results: z.array(AnalysisResult) }),
]);
export type KernelEvent = z.infer<typeof KernelEvent>;

/** Kernel → server: one frame carries what happened since the last. */
export const KernelFrame = z.object({ events: z.array(KernelEvent) });
export type KernelFrame = z.infer<typeof KernelFrame>;
