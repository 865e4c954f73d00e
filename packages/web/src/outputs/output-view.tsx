import { type Output, Table } from '@rnb/protocol';
import { useMemo } from 'react';
import { z } from 'zod';
import type { FrameContent, FrameMode } from '../frame/frame-protocol.ts';
import { Collapsible } from './collapsible.tsx';
import { useConsoleReading } from './console-reading.ts';
import { ConsoleView, offerOf } from './console-view.tsx';
import { JsonView } from './json-view.tsx';
import { LatexView, MarkdownView } from './markdown-view.tsx';
import { chooseMime, type OutputKind } from './mime.ts';
import { OutputFrame } from './output-frame.tsx';
import { type FetchRows, TableView } from './table-view.tsx';

interface OutputViewProps {
  output: Output;
  theme: FrameMode;
  live: boolean;
  /** What is shown is of a cell that runs or is about to. */
  running: boolean;
  fetchRows?: FetchRows | undefined;
}

/** One output, drawn as the richest type that it comes in. */
export function OutputView({ output, theme, live, running, fetchRows }: OutputViewProps) {
  const choice = chooseMime(output.data);
  const content = choice ? output.data[choice.mime] : undefined;
  const kind = choice?.kind;
  const framed = useMemo(() => (kind ? frameContent(kind, content) : null), [kind, content]);
  const table = useMemo(
    () => (kind === 'table' ? Table.safeParse(content) : null),
    [kind, content],
  );
  if (!choice) {
    const types = Object.keys(output.data).join(', ') || 'no type';
    return <p className="out-notice">This output can't be shown here ({types}).</p>;
  }
  if (framed) {
    const title = framed.kind === 'html' ? 'HTML output' : 'Chart';
    return <OutputFrame content={framed} theme={theme} title={title} />;
  }
  if (choice.kind === 'table') {
    if (table?.success)
      return <TableView fetchRows={fetchRows} live={live} running={running} table={table.data} />;
    return <p className="out-notice">This table is not in a form that can be shown.</p>;
  }
  if (choice.kind === 'json')
    return (
      <Collapsible label="JSON output">
        <JsonView value={content} />
      </Collapsible>
    );
  const text = Array.isArray(content)
    ? content.join('')
    : typeof content === 'string'
      ? content
      : JSON.stringify(content);
  if (choice.kind === 'image')
    return (
      <img
        alt={altOf(output)}
        className="out-image"
        src={imageUrl(choice.mime, text)}
        {...sizeOf(output, choice.mime)}
      />
    );
  // Prose is there to be read: it is never cut.
  if (choice.kind === 'markdown') return <MarkdownView source={text} />;
  if (choice.kind === 'latex') return <LatexView source={text} />;
  return <PlainText text={text} />;
}

function PlainText({ text }: { text: string }) {
  const passages = useMemo(
    () => [{ printed: [{ stream: 'stdout' as const, text }], outputs: [] }],
    [text],
  );
  const read = useConsoleReading(passages);
  const { lines } = read(0);
  return (
    <Collapsible label="Text output" offer={offerOf(lines)}>
      <ConsoleView lines={lines} />
    </Collapsible>
  );
}

function frameContent(kind: OutputKind, content: unknown): FrameContent | null {
  if (kind === 'html')
    return { kind, html: Array.isArray(content) ? content.join('') : String(content) };
  if (kind === 'vega') return { kind, spec: content };
  if (kind === 'plotly') return { kind, figure: content };
  return null;
}

/** An SVG too is only ever an image: its scripts don't run there and it loads nothing. */
function imageUrl(mime: string, content: string): string {
  if (mime === 'image/svg+xml') return `data:${mime};charset=utf-8,${encodeURIComponent(content)}`;
  return `data:${mime};base64,${content.replace(/\s/g, '')}`;
}

const ImageSize = z.object({
  width: z.number().positive().optional(),
  height: z.number().positive().optional(),
});

/** In CSS pixels, for an image whose own pixels are finer; nothing: as large as it is. */
function sizeOf(output: Output, mime: string): { width?: number; height?: number } {
  const { success, data } = ImageSize.safeParse(output.metadata?.[mime]);
  if (!success) return {};
  const { width, height } = data;
  return { ...(width ? { width } : {}), ...(height ? { height } : {}) };
}

function altOf(output: Output): string {
  const text = output.data['text/plain'];
  return typeof text === 'string' ? text : 'Image output';
}
