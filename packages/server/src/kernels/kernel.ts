import type {
  AnalysisResult,
  CellProgram,
  Completion,
  CompletionQuery,
  KernelEvent,
  TablePage,
  TableQuery,
} from '@rnb/protocol';

/** Why a kernel process is gone. */
export type KernelExit =
  | { kind: 'closed' }
  /** It crashed or was killed: `detail` is a sentence for the user (`The process was killed (SIGKILL), probably …`). */
  | {
      kind: 'died';
      detail: string;
      /** The run that was under way, where one was; of an analyser always null. */
      run: number | null;
    }
  /** It could not be started at all; `detail` says why and what to do. */
  | { kind: 'unavailable'; detail: string };

/** A run that succeeded and showed nothing. */
export interface QuietRun {
  cell: string;
  run: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  durationMs: number;
  /** Names that have the value they had before. */
  kept: readonly string[];
}

/** A `KernelEvent` of the wire, with positions in a batch resolved. */
export type RunEvent =
  | Exclude<KernelEvent, { type: 'ran' | 'unchanged' }>
  | { type: 'ran'; runs: QuietRun[] }
  | { type: 'unchanged'; runs: { cell: string; run: number }[] };

/** Cells in the order in which they are to run. */
export interface Batch {
  batch: number;
  cells: {
    cell: string;
    run: number;
    program: CellProgram;
    /** Left alone if all that it sees is what its last run saw. */
    conditional?: boolean;
  }[];
}

export interface KernelListener {
  /** Parsed and capped events, in the kernel's order; one call per frame. Table pages are not among them. */
  onEvents(events: RunEvent[]): void;
  /** Once, last. */
  onExit(exit: KernelExit): void;
}

/**
 * One running process that executes cells of one language for one notebook. Where it runs (plain process, sandbox,
 * remote worker) is the launcher's business; which language it speaks is the program's.
 */
export interface Kernel {
  readonly language: string;
  run(batch: Batch): void;
  cancel(batch: number): void;
  forget(cells: string[]): void;
  /** Rejects with a `KernelGone` when the process ends first. */
  rows(cell: string, run: number, output: number, query: TableQuery): Promise<TablePage>;
  /** What may follow a name of `cell`'s version. Rejects with a `KernelGone` when the process ends first. */
  complete(cell: string, query: CompletionQuery): Promise<Completion[]>;
  /**
   * Stops the running cell. A kernel that has not answered with a `done` within the grace period is killed, and
   * `onExit` says so.
   */
  interrupt(): void;
  /** Ends the process and everything it started; resolves when it is gone. */
  close(): Promise<void>;
}

export interface KernelLauncher {
  readonly language: string;
  /** Returns at once; requests are queued until the process is ready. `workDir` is the notebook's own folder. */
  launch(options: { notebook: string; workDir: string }, listener: KernelListener): Kernel;
}

/** Analyses source in a process of its own that runs no user code and is shared by all notebooks. */
export interface Analyser {
  /** One result for each source, in order. A source that takes too long or breaks the analyser gets a fault that says so. */
  analyse(sources: { kind: string; source: string }[]): Promise<AnalysisResult[]>;
  close(): Promise<void>;
}
