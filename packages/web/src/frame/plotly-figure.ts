import { z } from 'zod/mini';
import type { FrameTheme } from './frame-protocol.ts';
import { seriesColours } from './series-colours.ts';

const Dict = z.record(z.string(), z.unknown());
const Figure = z.object({
  data: z._default(z.array(z.unknown()), []),
  layout: z._default(Dict, {}),
  config: z._default(Dict, {}),
  frames: z.optional(z.array(z.unknown())),
});

/** Of a figure's own configuration only what changes how it is looked at; nothing that sends or loads. */
const Config = z.object({
  displayModeBar: z.optional(z.union([z.boolean(), z.literal('hover')])),
  scrollZoom: z.optional(z.boolean()),
  staticPlot: z.optional(z.boolean()),
  doubleClick: z.optional(z.enum(['reset', 'autosize', 'reset+autosize'])),
});

const defaultHeightPx = 500;

/** The plot background of plotly.py's default template, by which we know that nobody chose a template. */
const defaultPlotBackground = '#E5ECF6';

/** The figure as it is drawn: in the app's colours unless its author chose others, as wide as its cell. */
export function plotlyFigure(given: unknown, theme: FrameTheme) {
  const { data, layout, config, frames } = Figure.parse(given);
  const whitelisted = Config.safeParse(config);
  return {
    data,
    layout: {
      ...layout,
      height: typeof layout.height === 'number' ? layout.height : defaultHeightPx,
      autosize: true,
      template: isChosen(layout.template) ? layout.template : themedTemplate(theme),
    },
    config: {
      ...(whitelisted.success ? whitelisted.data : {}),
      responsive: true,
      displaylogo: false,
      showSendToCloud: false,
      showEditInChartStudio: false,
      plotlyServerURL: '',
      // Downloads are blocked in the frame; a button that does nothing is worse than none.
      modeBarButtonsToRemove: ['toImage', 'sendDataToCloud'],
    },
    ...(frames ? { frames } : {}),
  };
}

function isChosen(template: unknown): boolean {
  const parsed = z.object({ layout: Dict }).safeParse(template);
  if (!parsed.success) return false;
  const background = parsed.data.layout.plot_bgcolor;
  return background !== undefined && background !== defaultPlotBackground;
}

function themedTemplate(theme: FrameTheme) {
  const axis = {
    gridcolor: theme.border,
    linecolor: theme.border,
    zerolinecolor: theme.border,
    tickfont: { color: theme.muted },
    automargin: true,
  };
  const scene = { ...axis, backgroundcolor: 'rgba(0,0,0,0)' };
  return {
    layout: {
      paper_bgcolor: 'rgba(0,0,0,0)',
      plot_bgcolor: 'rgba(0,0,0,0)',
      font: { color: theme.foreground, family: theme.fontFamily },
      colorway: seriesColours[theme.mode],
      margin: { t: 48, r: 24, b: 48, l: 56 },
      xaxis: axis,
      yaxis: axis,
      scene: { xaxis: scene, yaxis: scene, zaxis: scene },
      hoverlabel: { align: 'left' },
    },
  };
}
