/**
 * The notebook's socket, `/ws/notebooks/:id`. PROTOCOL.md tells it as a story.
 *
 * Text frames are the JSON below. Binary frames carry the document: the first byte is a `BinaryKind`, the rest a
 * y-protocols message. The first frame must be `hello`; anything else before `welcome` closes the socket.
 */
import { z } from 'zod';
import { CodeWarning } from './analysis.ts';
import { CellGraph, CellResult } from './cell.ts';
import { CellStatusEvent } from './cell-status.ts';
import { CellId, RunNumber } from './ids.ts';
import { CellError, ConsoleText, ShownOutput } from './output.ts';
import { Problem } from './problem.ts';
import { Role } from './role.ts';

export const KernelStatus = z.object({
  /** A kernel's language: `python`. */
  language: z.string(),
  status: z.enum(['none', 'starting', 'idle', 'busy', 'unavailable']),
  /** For people: a version (`Python 3.11.7`), or why it is unavailable and what to do. */
  message: z.string().optional(),
});
export type KernelStatus = z.infer<typeof KernelStatus>;

/** The Python environment that the server looks after; kernels start meanwhile, with what is there. */
export const EnvironmentStatus = z.object({
  state: z.enum(['installing', 'ready', 'failed']),
  /** For people: what is being done, or what failed and what to do. */
  detail: z.string(),
  /** 0 to 1 while installing. */
  progress: z.number().min(0).max(1).nullable(),
});
export type EnvironmentStatus = z.infer<typeof EnvironmentStatus>;

export const Hello = z.object({
  type: z.literal('hello'),
  protocol: z.number().int(),
  /** An API token or session JWT, where there is no session cookie. */
  token: z.string().max(16_384).optional(),
  /** The last frame seen, from an earlier socket: a server that still knows everything since sends only that. */
  resume: z.object({ epoch: z.string(), seq: z.number().int().nonnegative() }).optional(),
});
export type Hello = z.infer<typeof Hello>;

export const RunTarget = z.union([z.array(CellId).min(1), z.enum(['all', 'stale'])]);
export type RunTarget = z.infer<typeof RunTarget>;

/** Client → server, after the hello. `id` is echoed in the `reply`. */
export const Command = z.discriminatedUnion('type', [
  /** Commits the document's text of the cells as this socket has sent it so far, and runs them. */
  z.object({ type: z.literal('run_cells'), id: z.number().int(), cells: RunTarget }),
  /**
   * Commits those of the cells whose text is whole code and not committed yet, and runs them: for somebody who rests
   * while writing. Half-written code is left alone.
   */
  z.object({
    type: z.literal('commit_cells'),
    id: z.number().int(),
    cells: z.array(CellId).min(1),
  }),
  z.object({ type: z.literal('interrupt'), id: z.number().int() }),
  z.object({ type: z.literal('restart'), id: z.number().int() }),
]);
export type Command = z.infer<typeof Command>;

/** Who the client still is, with a fresh token of the same person and sign-in, before the last one expires (S13). */
export const Authenticate = z.object({
  type: z.literal('authenticate'),
  token: z.string().max(16_384),
});
export type Authenticate = z.infer<typeof Authenticate>;

export const ClientMessage = z.discriminatedUnion('type', [
  Hello,
  Authenticate,
  ...Command.options,
]);
export type ClientMessage = z.infer<typeof ClientMessage>;

/** The committed source of a cell, which is what runs; a cell whose text differs shows as edited. */
export const CommittedCode = z.object({
  id: CellId,
  code: z.string(),
  /** Absent where there are none. */
  warnings: z.array(CodeWarning).optional(),
});
export type CommittedCode = z.infer<typeof CommittedCode>;

/** One fact, told to every client of a notebook. A fact about an older run than the client knows is to be ignored. */
export const NotebookEvent = z.discriminatedUnion('type', [
  CellStatusEvent,
  z.object({ type: z.literal('cell_stdout'), cell: CellId, run: RunNumber, ...ConsoleText.shape }),
  z.object({ type: z.literal('cell_output'), cell: CellId, run: RunNumber, output: ShownOutput }),
  /** Empties what the run has printed and shown. */
  z.object({ type: z.literal('cell_clear'), cell: CellId, run: RunNumber }),
  z.object({ type: z.literal('cell_error'), cell: CellId, run: RunNumber, error: CellError }),
  z.object({ type: z.literal('cell_committed'), cells: z.array(CommittedCode) }),
  /** Only the cells whose place in the graph changed. */
  z.object({ type: z.literal('graph'), cells: z.array(CellGraph), removed: z.array(CellId) }),
  z.object({ type: z.literal('kernel_status'), ...KernelStatus.shape }),
  z.object({ type: z.literal('environment_status'), ...EnvironmentStatus.shape }),
]);
export type NotebookEvent = z.infer<typeof NotebookEvent>;

/** The whole run state of a notebook; the document itself comes by document sync. */
export const Snapshot = z.object({
  states: z.array(CellStatusEvent),
  /** Of the cells that showed anything; all others show nothing. */
  results: z.array(CellResult),
  committed: z.array(CommittedCode),
  graph: z.array(CellGraph),
  kernels: z.array(KernelStatus),
  environment: EnvironmentStatus,
});
export type Snapshot = z.infer<typeof Snapshot>;

export const Welcome = z.object({
  type: z.literal('welcome'),
  /** Identifies this life of the notebook's session; sequence numbers of another epoch mean nothing. */
  epoch: z.string(),
  seq: z.number().int().nonnegative(),
  role: Role,
  user: z.object({ id: z.string(), name: z.string() }),
  /** How long the token of the hello is good for; null: as long as nobody revokes it. */
  expiresInMs: z.number().nullable(),
  /** Null when the client resumed: the missed frames follow. */
  snapshot: Snapshot.nullable(),
});
export type Welcome = z.infer<typeof Welcome>;

/** Server → client, after the welcome. */
export const Announcement = z.discriminatedUnion('type', [
  /** Facts in order; `seq` grows by one from frame to frame. */
  z.object({ type: z.literal('events'), seq: z.number().int(), events: z.array(NotebookEvent) }),
  /** The first `updates` document updates of this socket are committed to the database. */
  z.object({ type: z.literal('saved'), updates: z.number().int() }),
  z.object({ type: z.literal('reply'), id: z.number().int(), problem: Problem.nullable() }),
  /** The answer to `authenticate`. */
  z.object({ type: z.literal('authenticated'), expiresInMs: z.number().nullable() }),
]);

/** Server → client. */
export const ServerMessage = z.discriminatedUnion('type', [Welcome, ...Announcement.options]);
export type ServerMessage = z.infer<typeof ServerMessage>;
