import { expect, test } from 'vitest';
import type { FrameTheme } from './frame-protocol.ts';
import { plotlyFigure } from './plotly-figure.ts';

const theme: FrameTheme = {
  mode: 'dark',
  foreground: '#eee',
  muted: '#999',
  border: '#333',
  accent: '#88f',
  fontFamily: 'Inter',
};

test('only viewing options of a figure survive', () => {
  const { config } = plotlyFigure(
    { config: { scrollZoom: true, plotlyServerURL: 'https://evil.test', showSendToCloud: true } },
    theme,
  );
  expect(config).toMatchObject({ scrollZoom: true, plotlyServerURL: '', showSendToCloud: false });
});

test.each([
  ['no template', undefined, '#eee'],
  ["plotly.py's default", { layout: { plot_bgcolor: '#E5ECF6', font: { color: 'red' } } }, '#eee'],
  ['a chosen template', { layout: { plot_bgcolor: 'pink', font: { color: 'red' } } }, 'red'],
])('the colours with %s', (_, template, color) => {
  const { layout } = plotlyFigure({ data: [], layout: { template } }, theme);
  expect(layout.template).toMatchObject({ layout: { font: { color } } });
});

test('a figure is 500 px high unless it says otherwise', () => {
  expect(plotlyFigure({}, theme).layout.height).toBe(500);
  expect(plotlyFigure({ layout: { height: 300 } }, theme).layout.height).toBe(300);
});
