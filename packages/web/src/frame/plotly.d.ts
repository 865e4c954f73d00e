declare module 'plotly.js-dist-min' {
  export interface Figure {
    data: unknown[];
    layout: Record<string, unknown>;
    config: Record<string, unknown>;
    frames?: unknown[];
  }
  const plotly: { react(root: HTMLElement, figure: Figure): Promise<unknown> };
  export default plotly;
}
