import { type Cell, compare } from './state.ts';

/** Cells to visit, each once at a time, earliest in the document first. A binary heap. */
export class Worklist {
  #heap: Cell[] = [];
  #waiting = new Set<Cell>();

  add(cell: Cell): void {
    if (this.#waiting.has(cell)) return;
    this.#waiting.add(cell);
    const heap = this.#heap;
    let index = heap.push(cell) - 1;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const above = heap[parent] as Cell;
      if (compare(above, cell) <= 0) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = cell;
  }

  take(): Cell | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    this.#waiting.delete(first);
    if (first === last) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      let smaller = left;
      if (right !== undefined && compare(right, left) < 0) {
        smaller = right;
        child += 1;
      }
      if (compare(last, smaller) <= 0) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}
