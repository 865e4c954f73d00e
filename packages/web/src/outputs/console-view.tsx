import type { ConsoleText } from '@rnb/protocol';
import { type CSSProperties, memo, useState } from 'react';
import type { ConsoleLine, Span, TextStyle } from './ansi-console.ts';

/** Few enough to be replaced by others with every frame of a flood. */
const shownAtFirst = 1_000;
const step = 5_000;
const linesInBlock = 100;
/** As in outputs.css. */
const lineHeightPx = 20;

/** On the button that shows more of these lines than there is room for. */
export function offerOf(lines: readonly ConsoleLine[]): string {
  // Of more than that even the whole view begins with the latest.
  return lines.length > shownAtFirst
    ? 'Show more'
    : `Show all ${lines.length.toLocaleString()} lines`;
}

/** Lines of text, newest first to be kept: earlier ones are shown on demand, a step at a time. */
export const ConsoleView = memo(function ConsoleView({ lines }: { lines: readonly ConsoleLine[] }) {
  const [shown, setShown] = useState(shownAtFirst);
  // Whole blocks: what stays on the page stays as it is, however much is added.
  const hidden = Math.floor(Math.max(0, lines.length - shown) / linesInBlock) * linesInBlock;
  const blocks = [];
  for (let start = hidden; start < lines.length; start += linesInBlock) {
    const block = lines.slice(start, start + linesInBlock);
    blocks.push(<Block before={lines[start - 1]?.stream} key={start} lines={block} />);
  }
  return (
    <div className="out-console">
      {hidden > 0 && (
        <button className="out-button" onClick={() => setShown(shown + step)} type="button">
          Show {Math.min(step, hidden).toLocaleString()} of {hidden.toLocaleString()} earlier lines
        </button>
      )}
      {blocks}
    </div>
  );
});

interface BlockProps {
  lines: readonly ConsoleLine[];
  /** The stream of the line before it. */
  before: ConsoleText['stream'] | undefined;
}

/** Some lines, drawn anew only when one of them is another. */
const Block = memo(
  function Block({ lines, before }: BlockProps) {
    return (
      <div
        className="out-lines"
        style={{ containIntrinsicBlockSize: `auto ${lines.length * lineHeightPx}px` }}
      >
        {lines.map(({ stream, spans }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
          <div className={`out-line out-${stream}`} key={index}>
            {stream === 'stderr' && (lines[index - 1]?.stream ?? before) !== stream && (
              <span className="out-stream">stderr</span>
            )}
            {spans.map(spanView)}
            {'\n'}
          </div>
        ))}
      </div>
    );
  },
  (one, other) =>
    one.before === other.before &&
    one.lines.length === other.lines.length &&
    one.lines.every((line, index) => line === other.lines[index]),
);

function spanView({ text, style }: Span, index: number) {
  return style.link ? (
    <a href={style.link} key={index} rel="noopener noreferrer" style={cssOf(style)} target="_blank">
      {text}
    </a>
  ) : (
    <span key={index} style={cssOf(style)}>
      {text}
    </span>
  );
}

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
