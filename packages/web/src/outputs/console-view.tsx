import type { ConsoleText } from '@rnb/protocol';
import { type CSSProperties, memo, useMemo, useRef, useState } from 'react';
import { type ConsoleLine, openAnsiConsole, type TextStyle } from './ansi-console.ts';

const step = 5_000;

interface Reading {
  console: ReturnType<typeof openAnsiConsole>;
  chunks: readonly ConsoleText[];
}

/** Lines of what was printed; while text is only added, only the added part is read. */
function useConsoleLines(chunks: readonly ConsoleText[]): readonly ConsoleLine[] {
  const reading = useRef<Reading | null>(null);
  return useMemo(() => {
    const before = reading.current;
    const continues = before?.chunks.every((chunk, index) => {
      const now = chunks[index];
      return now?.stream === chunk.stream && now.text.startsWith(chunk.text);
    });
    const console = before && continues ? before.console : openAnsiConsole();
    const read = before && continues ? before.chunks : [];
    chunks.forEach((chunk, index) => {
      const added = chunk.text.slice(read[index]?.text.length ?? 0);
      if (added) console.write({ stream: chunk.stream, text: added });
    });
    reading.current = { console, chunks };
    return console.lines();
  }, [chunks]);
}

/** What a cell printed, newest lines first to be kept: earlier ones are shown on demand, a step at a time. */
export function ConsoleView({ chunks }: { chunks: readonly ConsoleText[] }) {
  const lines = useConsoleLines(chunks);
  const [shown, setShown] = useState(step);
  const hidden = Math.max(0, lines.length - shown);
  return (
    <div className="out-console">
      {hidden > 0 && (
        <button className="out-button" onClick={() => setShown(shown + step)} type="button">
          Show {Math.min(step, hidden).toLocaleString()} of {hidden.toLocaleString()} earlier lines
        </button>
      )}
      {lines.slice(hidden).map((line, index) => (
        <Line
          first={lines[hidden + index - 1]?.stream !== line.stream}
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
          key={hidden + index}
          line={line}
        />
      ))}
    </div>
  );
}

const Line = memo(function Line({ line, first }: { line: ConsoleLine; first: boolean }) {
  return (
    <div className={`out-line out-${line.stream}`}>
      {line.stream === 'stderr' && first && <span className="out-stream">stderr</span>}
      {line.spans.map((span, index) => {
        const key = index;
        const style = cssOf(span.style);
        return span.style.link ? (
          <a
            href={span.style.link}
            key={key}
            rel="noopener noreferrer"
            style={style}
            target="_blank"
          >
            {span.text}
          </a>
        ) : (
          <span key={key} style={style}>
            {span.text}
          </span>
        );
      })}
      {'\n'}
    </div>
  );
});

function cssOf(style: TextStyle): CSSProperties {
  const { color, background } = style;
  const decoration = [style.underline && 'underline', style.strike && 'line-through'].filter(
    Boolean,
  );
  return {
    color: style.inverse ? (background ?? 'var(--surface)') : color,
    background: style.inverse ? (color ?? 'var(--ink)') : background,
    fontWeight: style.bold ? 650 : undefined,
    opacity: style.dim ? 0.7 : undefined,
    fontStyle: style.italic ? 'italic' : undefined,
    textDecoration: decoration.length ? decoration.join(' ') : undefined,
  };
}
