/**
 * Makes editors one at a time while the browser has nothing better to do, so that scrolling through a long notebook
 * never waits for them.
 */
const waiting = new Set<() => void>();
let scheduled = false;

// Safari has no idle callbacks.
const whenIdle: (work: () => void) => void =
  typeof requestIdleCallback === 'function'
    ? (work) => requestIdleCallback(work, { timeout: 500 })
    : (work) => setTimeout(work, 50);

/** Does the work when idle; returns how to withdraw it. */
export function enqueueIdle(work: () => void): () => void {
  waiting.add(work);
  schedule();
  return () => {
    waiting.delete(work);
  };
}

function schedule() {
  if (scheduled || waiting.size === 0) return;
  scheduled = true;
  whenIdle(() => {
    scheduled = false;
    for (const work of waiting) {
      waiting.delete(work);
      work();
      break;
    }
    schedule();
  });
}
