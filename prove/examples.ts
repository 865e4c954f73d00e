/** The notebooks of `examples/`: text in which `# %%` begins a cell and `# %% [markdown]` one of prose. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from './random.ts';
import type { Edit, WrittenCell } from './scenario.ts';

const folder = join(import.meta.dirname, '..', 'examples');

export interface Example {
  name: string;
  cells: WrittenCell[];
}

export function readExamples(): Example[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.py'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.py'.length),
      cells: readCells(readFileSync(join(folder, file), 'utf8')),
    }));
}

/** Text above the first mark belongs to no cell. */
export function readCells(text: string): WrittenCell[] {
  const parts = text.split(/^# %%(.*)$/m).slice(1);
  const cells: WrittenCell[] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const isProse = parts[at]?.trim() === '[markdown]';
    const body = parts[at + 1] ?? '';
    cells.push({
      id: `c${cells.length}`,
      kind: isProse ? 'markdown' : 'python',
      code: (isProse ? body.replace(/^# ?/gm, '') : body).trim(),
    });
  }
  return cells;
}

/**
 * What somebody does to a notebook without meaning to change it in the end. After `rounds` of it all cells are as
 * they were, but for comments.
 */
export function fiddle(cells: readonly WrittenCell[], rounds: number, seed: string): Edit[] {
  const random = new Random(seed);
  const codes = new Map(cells.map(({ id, code }) => [id, code]));
  const python = cells.filter(({ kind }) => kind === 'python').map(({ id }) => id);
  const withNumber = python.filter((id) => numbersIn(codes.get(id) ?? '').length > 0);
  const pick = (ids: readonly string[]): string => random.pickAny(ids) ?? '';
  const ways: (() => Edit[])[] = [
    () => {
      const edit: Edit = { type: 'run', cells: [pick(python)] };
      return [edit, edit];
    },
    () => {
      const cell = pick(python);
      const code = `# Looked at again.\n\n${codes.get(cell)}`;
      codes.set(cell, code);
      return [{ type: 'write', cell, code }];
    },
    () => {
      const cell = pick(withNumber);
      const code = codes.get(cell) ?? '';
      const number = random.pickAny(numbersIn(code));
      if (number === undefined) return [];
      const [digits] = number;
      const other = `${code.slice(0, number.index)}${Number(digits) + 1}${code.slice(number.index + digits.length)}`;
      return [
        { type: 'write', cell, code: other },
        { type: 'write', cell, code },
      ];
    },
    () => {
      const cell = pick(python);
      // What comes back is a new cell: somebody has to run it.
      return [
        { type: 'delete', cell },
        { type: 'undo', cell },
        { type: 'run', cells: [cell] },
      ];
    },
    () => {
      const at = random.between(0, cells.length - 2);
      const cell = cells[at]?.id ?? '';
      const below = cells[Math.min(cells.length - 1, at + random.between(1, 4))]?.id ?? null;
      return [
        { type: 'move', cell, after: below },
        { type: 'move', cell, after: cells[at - 1]?.id ?? null },
      ];
    },
  ];
  // Each way as often as any other.
  return Array.from({ length: rounds }, (_, round) => ways[round % ways.length]?.() ?? []).flat();
}

/** Whole numbers that stand alone, short enough for one more not to take long. */
function numbersIn(code: string): RegExpExecArray[] {
  return [...code.matchAll(/(?<![\w.\\{-])\d{1,3}(?![\w.])/g)];
}
