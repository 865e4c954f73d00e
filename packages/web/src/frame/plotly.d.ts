declare module 'plotly.js-dist-min' {
  export interface Figure {
    data: unknown[];
    layout: Record<string, unknown>;
    config: Record<string, unknown>;
    frames?: unknown[];
  }
  const plotly: {
    react(root: HTMLElement, figure: Figure): Promise<unknown>;
    /** Of the chart in the element; answers with a `data:` address. */
    toImage(root: HTMLElement, options: { format: 'png'; scale: number }): Promise<string>;
  };
  export default plotly;
}
