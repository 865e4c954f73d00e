import embed, { type Result, type VisualizationSpec } from 'vega-embed';
import { z } from 'zod/mini';
import type { FrameTheme } from './frame-protocol.ts';
import { type Drawn, pictureScale } from './frame-theme.ts';
import { seriesColours } from './series-colours.ts';

const Spec = z.record(z.string(), z.unknown());

/** Data and images must be inside the specification: it says nothing about where a notebook may reach. */
function openClosedLoader(onRefusal: (error: Error) => void) {
  // Vega only logs what it could not load, so the refusal is told apart from the rejection.
  const refuse = (uri: string): Promise<never> => {
    const error = refusal(uri);
    onRefusal(error);
    return Promise.reject(error);
  };
  return {
    load: refuse,
    http: refuse,
    file: refuse,
    sanitize: (uri: string): Promise<{ href: string }> =>
      /^data:image\/(png|jpeg|gif|webp);/i.test(uri) ? Promise.resolve({ href: uri }) : refuse(uri),
  };
}

function refusal(uri: string): Error {
  return new Error(
    `This chart loads ${uri.slice(0, 200)}. Read the data in a cell and put it into the chart.`,
  );
}

/** Draws a Vega or Vega-Lite specification; expressions are interpreted, never compiled to code. */
export async function renderVega(
  root: HTMLElement,
  given: unknown,
  theme: FrameTheme,
): Promise<Drawn> {
  // `usermeta.embedOptions` in a specification would override every option below.
  const { usermeta: _, ...spec } = Spec.parse(given);
  const chart = document.createElement('div');
  chart.className = 'chart';
  root.replaceChildren(chart);

  let drawn: Result | null = null;
  const draw = async ({ mode, foreground, muted, border, fontFamily }: FrameTheme) => {
    drawn?.finalize();
    let failure: Error | null = null;
    const loader = openClosedLoader((error) => {
      failure ??= error;
    });
    drawn = await embed(chart, spec as VisualizationSpec, {
      actions: false,
      ast: true,
      renderer: 'svg',
      loader,
      ...(mode === 'dark' ? { theme: 'dark' as const } : {}),
      config: {
        background: 'transparent',
        font: fontFamily,
        title: { color: foreground },
        axis: { gridColor: border, domainColor: border, tickColor: border, labelColor: muted },
        view: { stroke: 'transparent' },
        mark: { color: seriesColours[mode][0] },
        range: { category: [...seriesColours[mode]] },
      },
    });
    if (failure) throw failure;
  };
  await draw(theme);
  return {
    follow: draw,
    picture: async () => {
      if (!drawn) throw new Error('There is no chart.');
      return drawn.view.toImageURL('png', pictureScale);
    },
  };
}
