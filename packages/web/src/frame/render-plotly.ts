import plotly from 'plotly.js-dist-min';
import type { FrameTheme } from './frame-protocol.ts';
import type { FollowTheme } from './frame-theme.ts';
import { plotlyFigure } from './plotly-figure.ts';

export async function renderPlotly(
  root: HTMLElement,
  figure: unknown,
  theme: FrameTheme,
): Promise<FollowTheme> {
  const chart = document.createElement('div');
  chart.className = 'chart';
  root.replaceChildren(chart);
  const draw = async (next: FrameTheme) => {
    await plotly.react(chart, plotlyFigure(figure, next));
  };
  await draw(theme);
  return draw;
}
