import embed, { type VisualizationSpec } from 'vega-embed';
import { z } from 'zod/mini';
import type { FrameTheme } from './frame-protocol.ts';
import type { FollowTheme } from './frame-theme.ts';

const Spec = z.record(z.string(), z.unknown());

/** Data and images must be inside the specification: it says nothing about where a notebook may reach. */
const closedLoader = {
  load: (uri: string): Promise<string> => Promise.reject(refusal(uri)),
  sanitize: (uri: string): Promise<{ href: string }> =>
    /^data:image\/(png|jpeg|gif|webp);/i.test(uri)
      ? Promise.resolve({ href: uri })
      : Promise.reject(refusal(uri)),
  http: (uri: string): Promise<string> => Promise.reject(refusal(uri)),
  file: (uri: string): Promise<string> => Promise.reject(refusal(uri)),
};

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
): Promise<FollowTheme> {
  // `usermeta.embedOptions` in a specification would override every option below.
  const { usermeta: _, ...spec } = Spec.parse(given);
  const chart = document.createElement('div');
  chart.className = 'chart';
  root.replaceChildren(chart);

  let finalize = () => {};
  const draw = async ({ mode, foreground, fontFamily }: FrameTheme) => {
    finalize();
    let failure: Error | null = null;
    const logger = quietLogger((error) => {
      failure ??= error;
    });
    const result = await embed(chart, spec as VisualizationSpec, {
      actions: false,
      ast: true,
      renderer: 'svg',
      loader: closedLoader,
      logger,
      ...(mode === 'dark' ? { theme: 'dark' as const } : {}),
      config: {
        background: 'transparent',
        font: fontFamily,
        title: { color: foreground },
        view: { stroke: 'transparent' },
      },
    });
    finalize = result.finalize;
    if (failure) throw failure;
  };
  await draw(theme);
  return draw;
}

/** Vega reports data that could not be loaded only to its logger. */
function quietLogger(onError: (error: Error) => void) {
  const logger = {
    level: () => logger,
    error: (...args: readonly unknown[]) => {
      onError(args.find((arg) => arg instanceof Error) ?? new Error(args.map(String).join(' ')));
      return logger;
    },
    warn: () => logger,
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}
