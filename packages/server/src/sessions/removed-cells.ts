import type { CellRecord } from '@rnb/engine';
import type { CellResult } from '@rnb/protocol';
import type { AnalysedCode, Committed } from './committed-cells.ts';

/** A cell as it was when it was removed. */
export interface RemovedCell {
  committed: Committed;
  record: CellRecord;
  result: CellResult | null;
  startedAt: number | null;
  durationMs: number | null;
}

/** A commit whose cell was removed before it took effect. */
export interface LateCommit {
  committed: Committed & { analysed: AnalysedCode };
  run: boolean;
}

interface Kept {
  /** Null where nothing of it had been committed. */
  cell: RemovedCell | null;
  /** To be made up for when the cell is brought back (R8.3). */
  commit: LateCommit | null;
  /** Of its code and results, in characters. */
  length: number;
}

const maxCells = 1_000;
const maxLength = 32 * 1024 * 1024;

/**
 * What an undo brings back: the latest cells that were removed, for as long as they are few and small together. An
 * older one comes back as text that has yet to be run.
 */
export class RemovedCells {
  #cells = new Map<string, Kept>();
  #length = 0;

  /** `length` is that of its results, in characters. */
  keep(id: string, cell: RemovedCell, length: number): void {
    this.take(id);
    this.#keep(id, { cell, commit: null, length: length + cell.committed.code.length });
  }

  /** Of a cell that is gone. */
  keepCommit(id: string, commit: LateCommit): void {
    const { cell = null, length = 0 } = this.take(id) ?? {};
    this.#keep(id, { cell, commit, length: length + commit.committed.code.length });
  }

  take(id: string): Kept | undefined {
    const kept = this.#cells.get(id);
    if (kept === undefined) return undefined;
    this.#cells.delete(id);
    this.#length -= kept.length;
    return kept;
  }

  #keep(id: string, kept: Kept): void {
    this.#cells.set(id, kept);
    this.#length += kept.length;
    for (const oldest of this.#cells.keys()) {
      if (this.#cells.size <= maxCells && this.#length <= maxLength) break;
      this.take(oldest);
    }
  }
}
