import { z } from 'zod';
import { CellId } from './ids.ts';

/**
 * Content that came out of `JSON.parse`, and so is JSON already. It is not walked once more: `z.json()` takes 260 ms
 * for 1.6 MB, which would hold up the server and every open page.
 */
const Json: z.ZodType<z.core.util.JSONType> = z.any();

/** MIME type → content, as Jupyter has it: text types are strings, images base64 strings, JSON types JSON. */
export const MimeBundle = z.record(z.string(), Json);
export type MimeBundle = z.infer<typeof MimeBundle>;

export const Output = z.object({
  data: MimeBundle,
  metadata: z.record(z.string(), Json).optional(),
  /** Outputs of one run with the same display id replace each other in place. */
  displayId: z.string().optional(),
});
export type Output = z.infer<typeof Output>;

/**
 * Where in what its run printed an output stands: so many characters of each stream came before it, in UTF-16 code
 * units, which is what `length` and `slice` of a JavaScript string count (S12).
 */
export const OutputPlace = z.object({
  stdout: z.number().int().nonnegative(),
  stderr: z.number().int().nonnegative(),
});
export type OutputPlace = z.infer<typeof OutputPlace>;

/** An output as the server keeps it and tells of it. */
export const ShownOutput = Output.extend({
  /** Absent from what was stored before places were: such an output stands after all text. */
  after: OutputPlace.optional(),
});
export type ShownOutput = z.infer<typeof ShownOutput>;

export const tableMime = 'application/vnd.rnb.table+json';

export const ColumnType = z.enum([
  'boolean',
  'integer',
  'number',
  'text',
  'datetime',
  'date',
  'duration',
  'binary',
  'nested',
  'other',
]);
export type ColumnType = z.infer<typeof ColumnType>;

export const Column = z.object({
  name: z.string(),
  type: ColumnType,
  /** As the library names it: `int64`, `datetime64[ns, UTC]`, `str`. */
  dtype: z.string(),
  /** True for the columns of a data frame's index, which come first. */
  index: z.boolean().optional(),
  /** What the library writes for a missing value of this column, such as `NaN`; absent where that is `null`. */
  missing: z.string().optional(),
});
export type Column = z.infer<typeof Column>;

/**
 * Scalars as JSON has them. NaN, infinities and integers beyond 2^53 travel as text; the column's type says how to
 * align them. Missing values are null; one that is written in another way than the column's has that with it, for a
 * column of objects may have a `None` beside a `NaN`.
 */
export const TableValue = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.object({ missing: z.string() }),
]);
export type TableValue = z.infer<typeof TableValue>;

/** The content of `tableMime`: schema, size and the first page. Further pages come from the kernel on demand. */
export const Table = z.object({
  columns: z.array(Column),
  rowCount: z.number().int().nonnegative(),
  /** Columns of the value itself; greater than `columns.length` where columns were cut. */
  columnCount: z.number().int().nonnegative(),
  rows: z.array(z.array(TableValue)),
});
export type Table = z.infer<typeof Table>;

export const TableQuery = z.object({
  offset: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().positive().max(1_000).default(100),
  /** A column's position in `columns`; descending when `descending` is set. */
  sort: z.coerce.number().int().nonnegative().optional(),
  descending: z.stringbool().or(z.boolean()).optional(),
  /** Keeps the rows in which any column's text contains this, ignoring case. */
  filter: z.string().max(1_000).optional(),
});
export type TableQuery = z.infer<typeof TableQuery>;

/** Over HTTP. Rows that are taken out of the notebook are in its trail. */
export const TableRequest = TableQuery.extend({
  purpose: z.enum(['view', 'export']).default('view'),
});
export type TableRequest = z.infer<typeof TableRequest>;

export const TablePage = z.object({
  offset: z.number().int().nonnegative(),
  /** Rows after filtering. */
  rowCount: z.number().int().nonnegative(),
  rows: z.array(z.array(TableValue)),
});
export type TablePage = z.infer<typeof TablePage>;

export const ConsoleText = z.object({ stream: z.enum(['stdout', 'stderr']), text: z.string() });
export type ConsoleText = z.infer<typeof ConsoleText>;

export const TracebackFrame = z.object({
  /** The cell whose code this line is, or null for a file. */
  cell: CellId.nullable(),
  file: z.string().nullable(),
  /** 1-based. */
  line: z.number().int(),
  function: z.string(),
  /** The line's text, without indentation; empty where unknown. */
  source: z.string(),
});
export type TracebackFrame = z.infer<typeof TracebackFrame>;

/** Why a cell has the status `error`. */
export const CellError = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('exception'),
    /** The exception's class, as `ZeroDivisionError`. */
    name: z.string(),
    message: z.string(),
    traceback: z.array(TracebackFrame),
    /** What to do about it, where we know. */
    hint: z.string().optional(),
  }),
  z.object({
    kind: z.literal('syntax'),
    message: z.string(),
    line: z.number().int(),
    column: z.number().int(),
  }),
  z.object({
    kind: z.literal('cycle'),
    message: z.string(),
    /** Each cell needs `name` from the next; the last needs it from the first. */
    path: z.array(z.object({ cell: CellId, name: z.string() })),
  }),
  z.object({ kind: z.literal('interrupted'), message: z.string() }),
  z.object({ kind: z.literal('kernel_died'), message: z.string() }),
  z.object({ kind: z.literal('kernel_unavailable'), message: z.string() }),
]);
export type CellError = z.infer<typeof CellError>;
