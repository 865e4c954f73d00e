import { type RefObject, useEffect, useState } from 'react';

const callbacks = new WeakMap<Element, (near: boolean) => void>();

/** One observer for all cells; they grow their editors and outputs a screen before they are seen. */
const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) callbacks.get(entry.target)?.(entry.isIntersecting);
  },
  { rootMargin: '800px 0px' },
);

/** Whether the element is on screen or about to be; `initially` holds until that is known. */
export function useNearViewport(element: RefObject<HTMLElement | null>, initially: boolean) {
  const [near, setNear] = useState(initially);
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    callbacks.set(target, setNear);
    observer.observe(target);
    return () => {
      observer.unobserve(target);
      callbacks.delete(target);
    };
  }, [element]);
  return near;
}
