import type { Analysed, CellRecord } from '@rnb/engine';
import { AnalysisResult } from '@rnb/protocol';
import { z } from 'zod';

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
