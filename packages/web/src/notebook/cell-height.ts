import type { CellKind, MimeBundle } from '@rnb/protocol';
import type { CellView } from '../client/index.ts';
import { chooseMime, type OutputKind } from '../outputs/mime.ts';
import { passagesOf } from '../outputs/passages.ts';

const linePx = 20;
const maxLines = 24;

/** How high a cell will about be, in CSS pixels, so that the page has its length before the cell was ever laid out. */
export function estimateHeight(kind: CellKind, code: string, view: CellView): number {
  if (kind === 'markdown') return 18 + 24 * countLines(code);
  const frame = 46;
  const names = view.graph && view.graph.reads.length + view.graph.defines.length > 0 ? 24 : 0;
  return frame + linePx * countLines(code) + resultHeight(view) + names;
}

function resultHeight({ console, outputs, error }: CellView): number {
  const parts = [
    ...passagesOf(console, outputs).flatMap(({ printed }) =>
      printed.length > 0
        ? [shortened(printed.reduce((n, { text }) => n + countLines(text), 0))]
        : [],
    ),
    ...outputs.map(({ data }) => outputHeight(data)),
    ...(error ? [linePx * (error.kind === 'exception' ? 4 + 2 * error.traceback.length : 4)] : []),
  ];
  const gap = 12;
  return parts.reduce((sum, part) => sum + part + gap, parts.length > 0 ? 5 : 0);
}

const heights: Readonly<Partial<Record<OutputKind, number>>> = {
  table: 280,
  plotly: 500,
  vega: 340,
  image: 400,
  latex: 60,
};

function outputHeight(data: MimeBundle): number {
  const choice = chooseMime(data);
  const text = choice && data[choice.mime];
  if (choice?.kind === 'text' && typeof text === 'string') return shortened(countLines(text));
  return (choice && heights[choice.kind]) ?? 120;
}

/** Long text is cut at a height, with a button below. */
function shortened(lines: number): number {
  return lines > maxLines + 2 ? linePx * maxLines + 26 : linePx * lines;
}

/** A line break at the end begins no line that shows. */
function countLines(text: string): number {
  let lines = 1;
  for (
    let at = text.indexOf('\n');
    at !== -1 && at < text.length - 1;
    at = text.indexOf('\n', at + 1)
  ) {
    lines++;
  }
  return lines;
}
