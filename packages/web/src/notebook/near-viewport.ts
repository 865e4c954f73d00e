import { type RefObject, useEffect, useState } from 'react';

/** A screen or so: cells grow their editors and outputs before they are seen. */
const marginPx = 800;

interface Watched {
  readonly element: HTMLElement;
  readonly number: number;
  readonly setNear: (near: boolean) => void;
}

/**
 * Cells follow each other down the page, so a search that halves finds those near the screen by measuring a dozen of
 * them. An IntersectionObserver measures every one in every frame: with a thousand cells a third of each frame's time.
 */
const watched = new Map<HTMLElement, Watched>();
let inOrder: readonly Watched[] | null = null;
let near: ReadonlySet<Watched> = new Set();
let scheduled = false;

function check(): void {
  scheduled = false;
  inOrder ??= [...watched.values()].sort((a, b) => a.number - b.number);
  const next = new Set<Watched>();
  for (let index = firstBelow(inOrder, -marginPx); index < inOrder.length; index++) {
    const cell = inOrder[index];
    if (!cell || cell.element.getBoundingClientRect().top > innerHeight + marginPx) break;
    next.add(cell);
  }
  const before = near;
  near = next;
  for (const cell of before) if (!next.has(cell)) cell.setNear(false);
  for (const cell of next) if (!before.has(cell)) cell.setNear(true);
}

/** The first cell that ends below `y`. */
function firstBelow(cells: readonly Watched[], y: number): number {
  let low = 0;
  let high = cells.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const bottom = cells[middle]?.element.getBoundingClientRect().bottom ?? 0;
    if (bottom < y) low = middle + 1;
    else high = middle;
  }
  return low;
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(check);
}

addEventListener('scroll', schedule, { passive: true });
addEventListener('resize', schedule);
// What grows or shrinks above moves everything below.
const growth = new ResizeObserver(schedule);

function watch(cell: Watched): () => void {
  if (watched.size === 0) growth.observe(document.body);
  watched.set(cell.element, cell);
  inOrder = null;
  schedule();
  return () => {
    watched.delete(cell.element);
    inOrder = null;
    if (watched.size === 0) growth.disconnect();
  };
}

/** Whether the `number`th cell is on screen or about to be; `initially` holds until that is known. */
export function useNearViewport(
  element: RefObject<HTMLElement | null>,
  number: number,
  initially: boolean,
): boolean {
  const [isNear, setNear] = useState(initially);
  useEffect(() => {
    if (element.current) return watch({ element: element.current, number, setNear });
  }, [element, number]);
  return isNear;
}
