import { type FocusEvent, type RefObject, useEffect, useRef } from 'react';

/** Whether what had the focus is gone from the page. */
export function focusIsLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/**
 * For what holds a list whose rows can be taken off it: when the row that had the focus is gone, the row in its place
 * gets it, or else what holds the list, which takes a `tabIndex`.
 */
export function useRowFocus(): {
  ref: RefObject<HTMLDivElement | null>;
  onFocus(event: FocusEvent): void;
} {
  const ref = useRef<HTMLDivElement>(null);
  const last = useRef<{ row: HTMLLIElement; index: number } | null>(null);
  const rows = () => [...(ref.current?.querySelectorAll('li') ?? [])];
  useEffect(() => {
    if (last.current === null) return;
    const { row } = last.current;
    if (row.isConnected) {
      last.current = { row, index: rows().indexOf(row) };
      return;
    }
    const heir = rows()[last.current.index] ?? rows().at(-1);
    last.current = null;
    if (!focusIsLost()) return;
    (heir?.querySelector<HTMLElement>('a, button') ?? ref.current)?.focus();
  });
  const onFocus = ({ target }: FocusEvent) => {
    // A question that a row asks stands elsewhere in the page.
    const row = ref.current?.contains(target) ? target.closest('li') : null;
    if (row) last.current = { row, index: rows().indexOf(row) };
  };
  return { ref, onFocus };
}
