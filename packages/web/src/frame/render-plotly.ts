import plotly from 'plotly.js-dist-min';
import type { FrameTheme } from './frame-protocol.ts';
import { type Drawn, pictureScale } from './frame-theme.ts';
import { plotlyFigure } from './plotly-figure.ts';

export async function renderPlotly(
  root: HTMLElement,
  given: unknown,
  theme: FrameTheme,
): Promise<Drawn> {
  const chart = document.createElement('div');
  chart.className = 'chart';
  root.replaceChildren(chart);
  const draw = async (next: FrameTheme) => {
    const figure = plotlyFigure(given, next);
    // When the width changes, Plotly forgets the figure's height and takes on that of its place.
    chart.style.height = `${figure.layout.height}px`;
    await plotly.react(chart, figure);
  };
  await draw(theme);
  return {
    follow: draw,
    picture: () => plotly.toImage(chart, { format: 'png', scale: pictureScale }),
  };
}
