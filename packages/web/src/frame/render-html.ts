import type { Drawn } from './frame-theme.ts';

/** Puts HTML into the page; its scripts run, in order, as they would in a page of their own. */
export function renderHtml(root: HTMLElement, html: string): Drawn {
  // A contextual fragment's scripts run when it is inserted; those of innerHTML never would.
  const range = document.createRange();
  range.selectNodeContents(root);
  root.replaceChildren(range.createContextualFragment(html));
  return { follow: () => {} };
}
