import { useCallback, useEffect, useRef, useState } from 'react';
import { openFrameGate } from '../frame/frame-gate.ts';
import type { FrameContent, FrameMode, FrameTheme, ToFrame } from '../frame/frame-protocol.ts';
import { saveFile } from './save-file.ts';

const loadTimeoutMs = 15_000;

/**
 * Untrusted output in a page without an origin. The app listens to no window messages: the frame is handed a port once,
 * after its first load, and whatever comes out of that port passes the gate. A second load means that the output
 * navigated away, so its port is closed.
 */
export function OutputFrame({
  content,
  theme,
  title,
}: {
  content: FrameContent;
  theme: FrameMode;
  title: string;
}) {
  const frame = useRef<HTMLIFrameElement>(null);
  const port = useRef<MessagePort | null>(null);
  const wantsPicture = useRef(false);
  const [noPicture, setNoPicture] = useState(false);
  const [heightPx, setHeightPx] = useState(content.kind === 'plotly' ? 500 : 120);
  const [state, setState] = useState<'loading' | 'shown' | { failed: string }>('loading');
  const send = useCallback((message: ToFrame) => port.current?.postMessage(message), []);

  useEffect(() => {
    const timer = setTimeout(() => {
      setState((now) =>
        now === 'loading' ? { failed: "The output's viewer did not load." } : now,
      );
    }, loadTimeoutMs);
    return () => {
      clearTimeout(timer);
      port.current?.close();
    };
  }, []);

  const connect = () => {
    const target = frame.current?.contentWindow;
    if (!target) return;
    if (port.current) {
      port.current.close();
      setState({ failed: 'This output left its page and was cut off.' });
      return;
    }
    const channel = new MessageChannel();
    const pass = openFrameGate();
    channel.port1.onmessage = (event) => {
      const message = pass(event.data, performance.now());
      if (message === null) return;
      if (message === 'flooded') {
        channel.port1.close();
        setState({ failed: 'This output sent too many messages and was cut off.' });
      } else if (message.type === 'height') setHeightPx(message.heightPx);
      else if (message.type === 'rendered') setState('shown');
      else if (message.type === 'picture') {
        // Nobody else than the user decides that something is saved.
        if (!wantsPicture.current) return;
        wantsPicture.current = false;
        if (message.png) saveFile(new Uint8Array(message.png), 'image/png', 'chart.png');
        else setNoPicture(true);
      } else setState({ failed: message.message });
    };
    port.current = channel.port1;
    // The frame has no origin to name; the window itself is the address.
    target.postMessage(null, '*', [channel.port2]);
    send({ type: 'render', content, theme: readTheme(theme) });
  };

  const drawn = useRef({ content, theme });
  useEffect(() => {
    const before = drawn.current;
    drawn.current = { content, theme };
    if (before.content !== content) send({ type: 'render', content, theme: readTheme(theme) });
    else if (before.theme !== theme) send({ type: 'theme', theme: readTheme(theme) });
  }, [content, theme, send]);

  const savePicture = () => {
    wantsPicture.current = true;
    setNoPicture(false);
    send({
      type: 'picture',
      background: colorOf('--surface', theme === 'dark' ? '#17181c' : '#fff'),
    });
  };

  return (
    <div
      className="out-frame group/frame"
      data-state={typeof state === 'string' ? state : 'failed'}
    >
      {typeof state === 'object' && <p className="out-notice">{state.failed}</p>}
      <iframe
        allow=""
        onLoad={connect}
        ref={frame}
        referrerPolicy="no-referrer"
        sandbox="allow-scripts"
        src="/output-frame.html"
        style={{ height: heightPx, colorScheme: theme }}
        title={title}
      />
      {content.kind !== 'html' && state === 'shown' && (
        <div className="flex items-center justify-end gap-2 pt-1 opacity-0 focus-within:opacity-100 group-hover/frame:opacity-100 pointer-coarse:opacity-100">
          <span aria-live="polite">{noPicture && 'No picture could be made of this chart'}</span>
          <button className="out-button" onClick={savePicture} type="button">
            Download PNG
          </button>
        </div>
      )}
    </div>
  );
}

function readTheme(mode: FrameMode): FrameTheme {
  const dark = mode === 'dark';
  return {
    mode,
    foreground: colorOf('--ink', dark ? '#e8e8ec' : '#22232b'),
    muted: colorOf('--muted', dark ? '#a0a1ab' : '#5c5e6a'),
    border: colorOf('--line', dark ? '#3a3b44' : '#e2e3e8'),
    accent: colorOf('--accent', dark ? '#8f9cff' : '#4453d6'),
    // The frame can't load the app's fonts.
    fontFamily: 'system-ui, sans-serif',
  };
}

function colorOf(name: string, fallback: string): string {
  return rgbOf(getComputedStyle(document.documentElement).getPropertyValue(name), fallback);
}

/** Charting libraries read no OKLCH, so colours are painted once and read back. */
function rgbOf(css: string, fallback: string): string {
  const pen = new OffscreenCanvas(1, 1).getContext('2d');
  if (!pen) return fallback;
  pen.fillStyle = fallback;
  pen.fillStyle = css.trim() || fallback;
  pen.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = pen.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}
