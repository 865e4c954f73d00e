import type { CellRecord } from '@rnb/engine';
import type { CellResult } from '@rnb/protocol';
import type { Committed } from './committed-cells.ts';

/** A cell as it was when it was removed. */
export interface RemovedCell {
  committed: Committed;
  record: CellRecord;
  result: CellResult | null;
  startedAt: number | null;
  durationMs: number | null;
}

const maxCells = 1_000;
const maxLength = 32 * 1024 * 1024;

/**
 * What an undo brings back: the latest cells that were removed, for as long as they are few and small together. An
 * older one comes back as text that has yet to be run.
 */
export class RemovedCells {
  #cells = new Map<string, { cell: RemovedCell; length: number }>();
  #length = 0;

  /** `length` is that of its results, in characters. */
  keep(id: string, cell: RemovedCell, length: number): void {
    this.take(id);
    this.#cells.set(id, { cell, length: length + cell.committed.code.length });
    this.#length += length + cell.committed.code.length;
    for (const oldest of this.#cells.keys()) {
      if (this.#cells.size <= maxCells && this.#length <= maxLength) break;
      this.take(oldest);
    }
  }

  take(id: string): RemovedCell | undefined {
    const kept = this.#cells.get(id);
    if (kept === undefined) return undefined;
    this.#cells.delete(id);
    this.#length -= kept.length;
    return kept.cell;
  }
}
