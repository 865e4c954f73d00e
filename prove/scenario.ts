/** What is played: a notebook as somebody opens it, and what they then do to it. */
import type { CellKind, Mode } from '@rnb/protocol';

export interface WrittenCell {
  id: string;
  kind: CellKind;
  code: string;
}

/** An edit whose cell is not there any more does nothing, so that any of them can be left out. */
export type Edit = (
  | { type: 'write'; cell: string; code: string }
  /** Text that nobody has run yet. */
  | { type: 'type'; cell: string; code: string }
  | ({ type: 'insert'; after: string | null } & WrittenCell)
  | { type: 'move'; cell: string; after: string | null }
  | { type: 'delete'; cell: string }
  /** Brings a deleted cell back where it was. */
  | { type: 'undo'; cell: string }
  | { type: 'retype'; cell: string; kind: CellKind }
  | { type: 'disable'; cell: string; disabled: boolean }
  | { type: 'run'; cells: string[] | 'all' }
  | { type: 'mode'; mode: Mode }
  | { type: 'interrupt' }
  | { type: 'restart' }
  /** The kernel's process is killed from outside. */
  | { type: 'kill' }
  /** The notebook is closed and opened again, as when the server restarts. */
  | { type: 'reopen' }
) & {
  /** The next edit comes so soon, before this one's runs are over. */
  hurriedMs?: number;
};

export interface Scenario {
  mode: Mode;
  cells: WrittenCell[];
  edits: Edit[];
}

/** As text, short enough to be read by people. */
export function describeScenario({ mode, cells, edits }: Scenario): string {
  const notebook = cells.map((cell) => describeCell(cell));
  const steps = edits.map((edit, index) => `${index + 1}. ${describeEdit(edit)}`);
  return [
    mode === 'lazy' ? 'a notebook in lazy mode' : 'a notebook',
    ...notebook,
    'all cells are run',
    ...steps,
  ].join('\n');
}

export function describeCell({ id, kind, code }: WrittenCell): string {
  return `[${id}]${kind === 'python' ? '' : ` ${kind}`}\n${indent(code)}`;
}

function describeEdit(edit: Edit): string {
  const then = edit.hurriedMs === undefined ? '' : ` (and ${edit.hurriedMs} ms later:)`;
  switch (edit.type) {
    case 'write':
      return `${edit.cell} becomes, and is run${then}\n${indent(edit.code)}`;
    case 'type':
      return `typed into ${edit.cell}, not run${then}\n${indent(edit.code)}`;
    case 'insert':
      return `inserted ${place(edit.after)} and run${then}\n${indent(describeCell(edit))}`;
    case 'move':
      return `${edit.cell} is moved ${place(edit.after)}${then}`;
    case 'delete':
      return `${edit.cell} is deleted${then}`;
    case 'undo':
      return `${edit.cell} is brought back${then}`;
    case 'retype':
      return `${edit.cell} becomes ${edit.kind}${then}`;
    case 'disable':
      return `${edit.cell} is ${edit.disabled ? 'disabled' : 'enabled'}${then}`;
    case 'run':
      return `run ${edit.cells === 'all' ? 'all' : edit.cells.join(', ')}${then}`;
    case 'mode':
      return `the mode becomes ${edit.mode}${then}`;
    case 'interrupt':
      return 'interrupt';
    case 'restart':
      return 'the kernel is restarted';
    case 'kill':
      return 'the kernel is killed';
    case 'reopen':
      return 'the notebook is closed and opened again';
  }
}

function place(after: string | null): string {
  return after === null ? 'to the top' : `below ${after}`;
}

export function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
