import type { FrameTheme } from './frame-protocol.ts';

/** What can still be done with what was drawn. */
export interface Drawn {
  /** Follows a change of theme without a reload. */
  follow(theme: FrameTheme): void | Promise<void>;
  /** The address (`data:`) of an image of it, finer than the screen shows it. */
  picture?(): Promise<string>;
}

/** Pictures have twice the pixels of what is on the page. */
export const pictureScale = 2;

const baseStyle = `
  html { color-scheme: var(--mode); background: transparent; }
  body { margin: 0; display: flow-root; color: var(--foreground); font: 14px/1.5 var(--font); overflow-wrap: break-word; }
  #output { display: flow-root; min-width: 0; overflow-x: auto; }
  #output > .chart { width: 100%; }
  a { color: var(--accent); }
  table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
  th, td { padding: 4px 10px; border-bottom: 1px solid var(--border); text-align: right; vertical-align: top; }
  table.dataframe { border: 0; }
  thead th { color: var(--muted); font-weight: 600; }
  pre { margin: 0; font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; }
  img, svg, video { max-width: 100%; }
  .vega-embed svg { height: auto; }
`;

let themed: HTMLStyleElement | null = null;

/** Gives the page the app's colours. The colour scheme must be the frame element's, or the frame turns opaque. */
export function applyFrameTheme(page: Document, theme: FrameTheme): void {
  if (!themed) {
    themed = page.createElement('style');
    themed.textContent = baseStyle;
    page.head.append(themed);
  }
  const style = page.documentElement.style;
  style.setProperty('--mode', theme.mode);
  style.setProperty('--foreground', theme.foreground);
  style.setProperty('--muted', theme.muted);
  style.setProperty('--border', theme.border);
  style.setProperty('--accent', theme.accent);
  style.setProperty('--font', theme.fontFamily);
}
