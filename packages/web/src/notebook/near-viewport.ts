import { type RefObject, startTransition, useEffect, useState } from 'react';

/** Most of a screen: cells are drawn in full before they are seen. */
const marginPx = 600;

interface Watched {
  readonly element: HTMLElement;
  /** Its place down the page, next to the others'. */
  readonly place: number;
  readonly setNear: (near: boolean) => void;
}

/**
 * Elements follow each other down the page, so a search that halves finds those near the screen by measuring a few of
 * them. An IntersectionObserver measures every one in every frame.
 */
const watched = new Map<HTMLElement, Watched>();
let inOrder: readonly Watched[] | null = null;
let near: ReadonlySet<Watched> = new Set();
let scheduled = false;

function check(): void {
  scheduled = false;
  inOrder ??= [...watched.values()].sort((a, b) => a.place - b.place);
  const next = new Set<Watched>();
  for (let index = firstBelow(inOrder, -marginPx); index < inOrder.length; index++) {
    const one = inOrder[index];
    if (!one || one.element.getBoundingClientRect().top > innerHeight + marginPx) break;
    next.add(one);
  }
  const before = near;
  near = next;
  // Drawing them may take longer than a frame, and has time until they are on screen.
  startTransition(() => {
    for (const one of before) if (!next.has(one)) one.setNear(false);
    for (const one of next) if (!before.has(one)) one.setNear(true);
  });
}

/** The first that ends below `y`. */
function firstBelow(elements: readonly Watched[], y: number): number {
  let low = 0;
  let high = elements.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const bottom = elements[middle]?.element.getBoundingClientRect().bottom ?? 0;
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

function watch(one: Watched): () => void {
  if (watched.size === 0) growth.observe(document.body);
  watched.set(one.element, one);
  inOrder = null;
  schedule();
  return () => {
    watched.delete(one.element);
    inOrder = null;
    if (watched.size === 0) growth.disconnect();
  };
}

/** Whether the element is on screen or about to be; `initially` holds until that is known. */
export function useNearViewport(
  element: RefObject<HTMLElement | null>,
  place: number,
  initially: boolean,
): boolean {
  const [isNear, setNear] = useState(initially);
  useEffect(() => {
    if (element.current) return watch({ element: element.current, place, setNear });
  }, [element, place]);
  return isNear;
}
