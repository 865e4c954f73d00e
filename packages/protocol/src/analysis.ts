import { z } from 'zod';

/** What code uses. Every list is sorted and free of duplicates. */
export const Use = z.object({
  /** Names read from outside the cell. A name bound on every path before its first read is not among them. */
  reads: z.array(z.string()),
  /** Names bound at top level, on at least one path; a deleted name counts as bound. */
  defines: z.array(z.string()),
  /** Names bound elsewhere whose value is changed in place. */
  mutates: z.array(z.string()),
  /** Names in texts in which a library may look them up: read if a cell above defines them (R1.6). Absent where there are none. */
  mentions: z.array(z.string()).optional(),
});
export type Use = z.infer<typeof Use>;

/** A cell's analysis: static, by the analyser of its language. SPEC.md of the engine says what follows from it. */
export const Analysis = Use.extend({
  /** For a name the cell defines: what code does that runs only when that name's value is used (bodies of functions, methods, lambdas; a query that is kept as text). */
  deferred: z.record(z.string(), Use),
  /** For a name the cell defines: the names whose values, and so whose deferred code, its own value may hold (`g = f`, `c = C()`). */
  carries: z.record(z.string(), z.array(z.string())),
});
export type Analysis = z.infer<typeof Analysis>;

export const SyntaxFault = z.object({
  message: z.string(),
  /** 1-based. */
  line: z.number().int(),
  /** 1-based, in characters. */
  column: z.number().int(),
});
export type SyntaxFault = z.infer<typeof SyntaxFault>;

/** What analysis cannot follow in code that is sound otherwise; it runs all the same. */
export const CodeWarning = z.object({
  /** For people: what cannot be followed, and what to do. */
  message: z.string(),
  /** 1-based. */
  line: z.number().int(),
});
export type CodeWarning = z.infer<typeof CodeWarning>;

export const AnalysisResult = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    analysis: Analysis,
    /**
     * A fingerprint of what the code does: the same for sources that differ only in comments and layout. Absent in
     * what was stored by a version that made none.
     */
    code: z.string().optional(),
    /**
     * Dotted names of the modules that it may import, `a.b` of `from a import b` among them, sorted; those relative to
     * the package of the file begin with dots.
     */
    imports: z.array(z.string()).optional(),
    /** Names that it imports and whose module it changes in place. Absent where there are none. */
    patches: z.array(z.string()).optional(),
    /** Absent where there are none. */
    warnings: z.array(CodeWarning).optional(),
  }),
  z.object({ ok: z.literal(false), fault: SyntaxFault }),
]);
export type AnalysisResult = z.infer<typeof AnalysisResult>;
