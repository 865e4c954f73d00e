import type { CellRecord } from '@rnb/engine';
import { Analysis, AnalysisResult, Versions } from '@rnb/protocol';
import { z } from 'zod';
import type { AnalysedCode } from './committed-cells.ts';

const names = z.array(z.string());
const Ran = z.object({
  run: z.number(),
  revision: z.number(),
  names,
  versions: z.array(z.number()),
  ending: z.enum(['ok', 'error', 'stopped', 'interrupted', 'died', 'unavailable', 'fault']),
  mutates: names,
});
const Record = z.object({
  revision: z.number(),
  version: z.number(),
  ran: Ran.nullable(),
  takesPart: z.literal(true).optional(),
  before: Analysis.optional(),
  kept: z.record(z.string(), z.number()).optional(),
  found: z.object({ defines: names, mutates: names, reads: names.optional() }).optional(),
  shares: z.array(Versions).optional(),
});

/** What the store keeps of a cell for the engine, beside its results. */
export interface StoredRun {
  record: CellRecord;
  analysed: AnalysedCode;
}

/** Whatever else is found there is not believed. */
export const StoredRun: z.ZodType<StoredRun> = z.object({
  record: Record,
  analysed: AnalysisResult,
});
