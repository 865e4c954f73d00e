import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { placeTooltip } from './tooltip-place.ts';

const delayMs = 400;
/** What people read while they aim at a button. What is far from the screen, the browser would have to lay out to say where it is. */
const readNearby = ':is(.cm-editor, .static-code, .cell-kind):not(.cells-far *)';

/** How an element asks for a tooltip: its text, and the keys shown behind it. */
export function tooltip(text: string, keys?: string) {
  return { 'data-tooltip': text, ...(keys ? { 'data-tooltip-keys': keys } : {}) };
}

/** A tooltip that says more than the label does; screen readers say it too. */
export function hint(text: string) {
  return { ...tooltip(text), 'aria-description': text };
}

interface Shown {
  text: string;
  keys: string | undefined;
  /** Of what it belongs to, in the viewport. */
  place: DOMRect;
}

/**
 * The page's one tooltip. A notebook has thousands of buttons: what each of them holds ready is two attributes, and
 * what is hovered or focused is looked up when it happens.
 */
export function TooltipLayer() {
  const [shown, setShown] = useState<Shown | null>(null);
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let owner: HTMLElement | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (element: HTMLElement) => {
      const { tooltip: text = '', tooltipKeys: keys } = element.dataset;
      setShown({ text, keys, place: element.getBoundingClientRect() });
    };
    // What it says may become known only while it is shown.
    const rewritten = new MutationObserver(() => {
      if (owner?.isConnected) show(owner);
    });
    const hide = () => {
      clearTimeout(timer);
      rewritten.disconnect();
      owner = null;
      setShown(null);
    };
    const aim = (target: EventTarget | null, afterMs: number) => {
      const next = target instanceof Element ? target.closest<HTMLElement>('[data-tooltip]') : null;
      if (next === owner) return;
      hide();
      if (!next) return;
      owner = next;
      timer = setTimeout(() => {
        // It may be gone by now, or have opened its menu.
        if (!next.isConnected || next.dataset.state === 'open') return;
        show(next);
        rewritten.observe(next, { attributes: true, attributeFilter: ['data-tooltip'] });
      }, afterMs);
    };
    const onPointerOver = (event: PointerEvent) => {
      if (event.pointerType !== 'touch') aim(event.target, delayMs);
    };
    const onFocusIn = ({ target }: FocusEvent) => {
      // After a click the pointer says enough.
      if (target instanceof Element && target.matches(':focus-visible')) aim(target, 0);
    };
    const onKeyDown = ({ key }: KeyboardEvent) => key === 'Escape' && hide();

    document.addEventListener('pointerover', onPointerOver);
    document.addEventListener('pointerdown', hide);
    document.addEventListener('focusin', onFocusIn);
    document.addEventListener('focusout', hide);
    document.addEventListener('keydown', onKeyDown);
    document.addEventListener('scroll', hide, { capture: true, passive: true });
    return () => {
      clearTimeout(timer);
      document.removeEventListener('pointerover', onPointerOver);
      document.removeEventListener('pointerdown', hide);
      document.removeEventListener('focusin', onFocusIn);
      document.removeEventListener('focusout', hide);
      document.removeEventListener('keydown', onKeyDown);
      document.removeEventListener('scroll', hide, { capture: true });
    };
  }, []);

  useLayoutEffect(() => {
    if (!shown || !box.current) return;
    const read = [...document.querySelectorAll(readNearby)].map((element) =>
      element.getBoundingClientRect(),
    );
    const screen = { width: innerWidth, height: innerHeight };
    const place = placeTooltip(shown.place, box.current.getBoundingClientRect(), screen, read);
    box.current.style.left = `${place.left}px`;
    box.current.style.top = `${place.top}px`;
  }, [shown]);

  if (!shown) return null;
  return (
    // Hidden from screen readers: the label or the description of what it belongs to says the same.
    <div
      ref={box}
      aria-hidden="true"
      className="pointer-events-none fixed z-50 flex w-max max-w-72 items-center gap-2 rounded-md bg-ink px-2 py-1 text-page text-xs"
    >
      {shown.text}
      {shown.keys && <kbd className="whitespace-nowrap font-sans opacity-70">{shown.keys}</kbd>}
    </div>
  );
}
