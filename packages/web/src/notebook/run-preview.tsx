import type { RunTarget } from '@rnb/protocol';
import { type FocusEvent, type PointerEvent, useEffect, useSyncExternalStore } from 'react';
import { useNotebook } from './notebook-context.ts';
import { isSame, planWords } from './plan-preview.ts';

/** What a control that runs `target` needs in order to show, before it is used, which cells would follow. */
export function useRunPreview(target: RunTarget) {
  const { preview } = useNotebook();
  const words = useSyncExternalStore(preview.shown.subscribe, () => {
    const plan = preview.shown.get();
    return plan && isSame(plan.target, target) ? planWords(plan) : null;
  });
  // A control that goes, such as that of a deleted cell, is not left by any event.
  const key = String(target);
  useEffect(
    () => () => preview.leave(key === 'all' || key === 'stale' ? key : key.split(',')),
    [preview, key],
  );
  return {
    /** `Runs 4 cells`; null until the answer is there. */
    words,
    handlers: {
      onPointerEnter: ({ pointerType }: PointerEvent) => {
        if (pointerType !== 'touch') preview.aim(target, false);
      },
      onPointerLeave: ({ currentTarget }: PointerEvent) => {
        if (!currentTarget.matches(':focus-visible')) preview.leave(target);
      },
      onFocus: ({ currentTarget }: FocusEvent) => {
        // After a click the pointer says enough.
        if (currentTarget.matches(':focus-visible')) preview.aim(target, true);
      },
      onBlur: () => preview.leave(target),
      // What was only planned is happening now.
      onClickCapture: () => preview.clear(),
    },
  };
}

/** Whether a run that is being considered would run the cell. */
export function usePlanned(cell: string): boolean {
  const { preview } = useNotebook();
  return useSyncExternalStore(
    preview.shown.subscribe,
    () => preview.shown.get()?.cells.has(cell) ?? false,
  );
}

/** Says the count to who moves by keyboard; the tooltip shows it. */
export function PlanAnnouncement() {
  const { preview } = useNotebook();
  const words = useSyncExternalStore(preview.shown.subscribe, () => {
    const plan = preview.shown.get();
    return plan?.byKeyboard ? planWords(plan) : '';
  });
  return (
    <span role="status" className="sr-only">
      {words}
    </span>
  );
}
