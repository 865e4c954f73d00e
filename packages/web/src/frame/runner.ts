/**
 * The page in which untrusted output is drawn. It has no origin (sandbox without allow-same-origin) and a policy that
 * lets nothing out, so that code of a notebook can neither see the app nor reach any network.
 *
 * It waits for one message of its parent that carries a port, and from then on speaks over that port alone. Nothing
 * here protects anything: the walls are the sandbox, the policy the server sends with the page, and the gate in the app.
 */
import type { FrameContent, FrameTheme, ToFrame } from './frame-protocol.ts';
import { applyFrameTheme, type FollowTheme } from './frame-theme.ts';
import { renderHtml } from './render-html.ts';

async function render(
  root: HTMLElement,
  content: FrameContent,
  theme: FrameTheme,
): Promise<FollowTheme> {
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
  let follow: FollowTheme = () => {};

  const reportHeight = () => {
    // The lower edge of the content, margins of its last child included; not the height of the viewport.
    const margin = Number.parseFloat(getComputedStyle(document.body).marginBottom) || 0;
    const heightPx = root.getBoundingClientRect().bottom + window.scrollY + margin;
    port.postMessage({ type: 'height', heightPx });
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
        applyFrameTheme(document, message.theme);
        if (message.type === 'theme') return await follow(message.theme);
        follow = await render(root, message.content, message.theme);
        new ResizeObserver(reportHeight).observe(root);
        reportHeight();
        port.postMessage({ type: 'rendered' });
      })
      .catch(fail);
  };
}

// Chromium ignores the policy's `webrtc 'block'`, and a STUN request to any host carries data out. A frame nested in
// the output still has a constructor of its own.
for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection']) {
  Object.defineProperty(window, name, { value: undefined, configurable: false, writable: false });
}

const root = document.getElementById('output');
const connect = (event: MessageEvent) => {
  const port = event.ports[0];
  if (event.source !== window.parent || !port || !root) return;
  window.removeEventListener('message', connect);
  serve(port, root);
};
window.addEventListener('message', connect);
