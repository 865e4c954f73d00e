/** Cells on the clipboard: as cells for this or another notebook, as their text for everything else. */
import { CellKind, CellSource } from '@rnb/protocol';
import { z } from 'zod';
import { parseJson } from '../client/parse-json.ts';

const cellsType = 'application/vnd.rnb.cells+json';
const CopiedCells = z
  .array(z.object({ kind: CellKind, code: CellSource, disabled: z.boolean().optional() }))
  .min(1);
export type CopiedCell = z.infer<typeof CopiedCells>[number];

type Clipboard = Pick<DataTransfer, 'getData' | 'setData'>;

export function putCells(clipboard: Clipboard, cells: readonly CopiedCell[]): void {
  clipboard.setData(cellsType, JSON.stringify(cells));
  clipboard.setData('text/plain', cells.map(({ code }) => code).join('\n\n'));
}

/** Text from elsewhere is one Python cell; null where there is nothing that a cell could hold. */
export function takeCells(clipboard: Clipboard): CopiedCell[] | null {
  const cells = CopiedCells.safeParse(parseJson(clipboard.getData(cellsType)));
  if (cells.success) return cells.data;
  const code = CellSource.safeParse(clipboard.getData('text/plain').replaceAll('\r\n', '\n'));
  return code.success && code.data.trim() !== '' ? [{ kind: 'python', code: code.data }] : null;
}
