import { z } from 'zod';
import { SignUpPolicy } from './accounts.ts';
import { CodeWarning } from './analysis.ts';
import { CellKind, CellRunState, CellStatus, StaleReason } from './cell.ts';
import { CellId, NotebookId, RunNumber, UserId } from './ids.ts';
import { limits } from './limits.ts';
import { CellError, ShownOutput } from './output.ts';
import { Role } from './role.ts';
import { KernelStatus, RunTarget } from './socket.ts';

export const Mode = z.enum(['auto', 'lazy']);
export type Mode = z.infer<typeof Mode>;

export const Title = z.string().trim().min(1, 'a title cannot be empty').max(limits.maxTitleLength);
export const CellSource = z
  .string()
  .max(limits.maxCellSourceLength, `a cell holds at most ${limits.maxCellSourceLength} characters`);

export const Me = z.object({
  id: UserId,
  name: z.string(),
  email: z.string().nullable(),
  /** Whether they look after the accounts of this server. */
  isAdministrator: z.boolean(),
});
export type Me = z.infer<typeof Me>;

export const PublicConfig = z.object({
  authProvider: z.enum(['local', 'clerk']),
  clerkPublishableKey: z.string().nullable(),
  /** Who may make a local account; null where sign-in is not the server's own. */
  signUp: SignUpPolicy.nullable(),
  version: z.string(),
});
export type PublicConfig = z.infer<typeof PublicConfig>;

export const NotebookSummary = z.object({
  id: NotebookId,
  title: z.string(),
  role: Role,
  owner: z.object({ name: z.string() }),
  cellCount: z.number().int(),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type NotebookSummary = z.infer<typeof NotebookSummary>;

/** A cell as agents see it: what is written, and what it last showed. */
export const Cell = z.object({
  id: CellId,
  kind: CellKind,
  name: z.string().nullable(),
  code: z.string(),
  /** Neither it nor what needs it runs. */
  disabled: z.boolean(),
  /** True when `code` was not yet run in its present form. */
  edited: z.boolean(),
  status: CellStatus,
  reads: z.array(z.string()),
  defines: z.array(z.string()),
  stdout: z.string(),
  stderr: z.string(),
  /** In the order in which they were shown; `after` tells what was printed before each. */
  outputs: z.array(ShownOutput),
  error: CellError.nullable(),
  /** What the notebook cannot follow in the code as it last ran. */
  warnings: z.array(CodeWarning),
  run: RunNumber.nullable(),
  blockedBy: CellId.optional(),
  staleBecause: StaleReason.optional(),
  /** Its last run ended by `stop()`. */
  stopped: z.boolean().optional(),
  interrupted: CellRunState.shape.interrupted,
  cancelled: CellRunState.shape.cancelled,
  /** For people: why it did not run to its end, or what it shows is not of now; null where it ran or `error` says all. */
  reason: z.string().nullable(),
  live: z.boolean(),
  /** ISO 8601, UTC; null before the first run. */
  startedAt: z.string().nullable(),
  durationMs: z.number().nullable(),
});
export type Cell = z.infer<typeof Cell>;

export const Notebook = z.object({
  id: NotebookId,
  title: z.string(),
  mode: Mode,
  /** Whether a cell runs once its writer has rested, without being asked to. */
  runOnIdle: z.boolean(),
  role: Role,
  /** True when nothing is queued or running. */
  atRest: z.boolean(),
  kernels: z.array(KernelStatus),
  cells: z.array(Cell),
});
export type Notebook = z.infer<typeof Notebook>;

export const CreateNotebook = z
  .strictObject({ title: Title.optional(), template: z.enum(['blank', 'demo']).default('blank') })
  .default({ template: 'blank' });
export const UpdateNotebook = z.strictObject({
  title: Title.optional(),
  mode: Mode.optional(),
  runOnIdle: z.boolean().optional(),
});

export const CreateCell = z.strictObject({
  kind: CellKind,
  code: CellSource.default(''),
  name: z.string().max(100).nullable().optional(),
  disabled: z.boolean().optional(),
  /** Null puts it first; left out, last. */
  after: CellId.nullable().optional(),
});
export const UpdateCell = z.strictObject({
  kind: CellKind.optional(),
  code: CellSource.optional(),
  name: z.string().max(100).nullable().optional(),
  /** A disabled cell keeps its last output and does not run, nor does what needs it. */
  disabled: z.boolean().optional(),
});
export const MoveCell = z.strictObject({ after: CellId.nullable() });

export const RunNotebook = z
  .strictObject({
    cells: RunTarget.default('all'),
    /** Answer when the notebook is at rest, with the notebook. */
    wait: z.boolean().default(false),
    timeoutMs: z.number().int().min(1).max(3_600_000).default(60_000),
  })
  .default({ cells: 'all', wait: false, timeoutMs: 60_000 });

/** Ids with commas between them, or `all`, or `stale`. */
export const PlanQuery = z.object({
  cells: z
    .string()
    .default('all')
    .transform((cells) => (cells === 'all' || cells === 'stale' ? cells : cells.split(',')))
    .pipe(RunTarget),
});

export const Plan = z.object({
  /** In document order. */
  cells: z.array(CellId),
});
export type Plan = z.infer<typeof Plan>;

export const WaitQuery = z.object({
  wait: z.stringbool().default(false),
  timeoutMs: z.coerce.number().int().min(1).max(3_600_000).default(60_000),
});

/** `code` of 200: ready to serve; 503: not yet, and why. */
export const Ready = z.object({ ready: z.boolean(), detail: z.string() });
