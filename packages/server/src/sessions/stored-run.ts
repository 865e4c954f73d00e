import type { Analysed, CellRecord } from '@rnb/engine';
import { AnalysisResult, type CellKind } from '@rnb/protocol';
import { z } from 'zod';

/** The committed source of a cell: what runs (R8). */
export interface Committed {
  code: string;
  kind: CellKind;
  /** Null until the analyser has been able to look at it. */
  analysed: Analysed | null;
}

const Ran = z.object({
  run: z.number(),
  revision: z.number(),
  names: z.array(z.string()),
  versions: z.array(z.number()),
  ending: z.enum(['ok', 'error', 'interrupted', 'died', 'unavailable', 'fault']),
});

/** What the store keeps of a cell for the engine, beside its results. */
export interface StoredRun {
  record: CellRecord;
  analysed: Analysed;
}

/** Whatever else is found there is not believed. */
export const StoredRun: z.ZodType<StoredRun> = z.object({
  record: z.object({ revision: z.number(), version: z.number(), ran: Ran.nullable() }),
  analysed: AnalysisResult,
});
