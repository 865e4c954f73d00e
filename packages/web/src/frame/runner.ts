/**
 * The page in which untrusted output is drawn. It has no origin (sandbox without allow-same-origin) and a policy that
 * lets nothing out, so that code of a notebook can neither see the app nor reach any network.
 *
 * It waits for one message of its parent that carries a port, and from then on speaks over that port alone. The walls
 * are the sandbox, the policy the server sends with the page, and the gate in the app; `confine` stops up one hole.
 */
import { confine } from './confine.ts';
import type { FrameContent, FrameTheme, ToFrame } from './frame-protocol.ts';
import { applyFrameTheme, type Drawn } from './frame-theme.ts';
import { pngOn } from './picture.ts';
import { renderHtml } from './render-html.ts';

async function render(root: HTMLElement, content: FrameContent, theme: FrameTheme): Promise<Drawn> {
  switch (content.kind) {
    case 'html':
      return renderHtml(root, content.html);
    case 'vega':
      return (await import('./render-vega.ts')).renderVega(root, content.spec, theme);
    case 'plotly':
      return (await import('./render-plotly.ts')).renderPlotly(root, content.figure, theme);
  }
}

function serve(port: MessagePort, root: HTMLElement): void {
  let drawn: Drawn = { follow: () => {} };

  const reportHeight = () => {
    // The lower edge of what is in the page, be it outside of the output's place; never the height of the viewport.
    const heightPx = document.documentElement.getBoundingClientRect().height;
    port.postMessage({ type: 'height', heightPx });
  };
  const heights = new ResizeObserver(reportHeight);
  const answerPicture = async (background: string) => {
    const address = await drawn.picture?.();
    const png = address === undefined ? null : await pngOn(background, address);
    port.postMessage({ type: 'picture', png });
  };
  const fail = (error: unknown) => {
    port.postMessage({
      type: 'failed',
      message: error instanceof Error ? error.message : String(error),
    });
  };

  // One message after the other: a change of theme that arrives while a chart is being drawn must wait for it.
  let turn = Promise.resolve();
  port.onmessage = (event: MessageEvent<ToFrame>) => {
    const message = event.data;
    turn = turn
      .then(async () => {
        if (message.type === 'picture') {
          return await answerPicture(message.background).catch(() =>
            port.postMessage({ type: 'picture', png: null }),
          );
        }
        applyFrameTheme(document, message.theme);
        if (message.type === 'theme') return await drawn.follow(message.theme);
        drawn = await render(root, message.content, message.theme);
        heights.observe(document.documentElement);
        reportHeight();
        port.postMessage({ type: 'rendered' });
      })
      .catch(fail);
  };
}

confine(window);

const root = document.getElementById('output');
const connect = (event: MessageEvent) => {
  const port = event.ports[0];
  if (event.source !== window.parent || !port || !root) return;
  window.removeEventListener('message', connect);
  serve(port, root);
};
window.addEventListener('message', connect);
