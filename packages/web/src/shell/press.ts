/**
 * Whether a pointer is held down. What moves under a pointer that is held makes its click miss, and what takes the
 * focus while a press gives it away makes the press lose it.
 */
let pressed = false;

if (typeof document !== 'undefined') {
  const on = (type: string, listener: () => void) =>
    document.addEventListener(type, listener, { capture: true });
  on('pointerdown', () => {
    pressed = true;
  });
  for (const type of ['pointerup', 'pointercancel']) {
    on(type, () => {
      pressed = false;
    });
  }
}

/** Does something once the focus is where it goes, and the click of a press is over. */
export function afterPress(work: () => void): void {
  if (!pressed) {
    setTimeout(work);
    return;
  }
  const over = new AbortController();
  for (const type of ['pointerup', 'pointercancel']) {
    document.addEventListener(
      type,
      () => {
        over.abort();
        setTimeout(work);
      },
      { capture: true, signal: over.signal },
    );
  }
}
