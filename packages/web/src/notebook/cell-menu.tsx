import {
  ArrowDown,
  ArrowDownToLine,
  ArrowUp,
  ArrowUpToLine,
  CircleOff,
  CirclePlay,
  Copy,
  CopyPlus,
  Ellipsis,
  FileCode,
  FileText,
  TableCellsMerge,
  Trash2,
} from 'lucide-react';
import type { CellStructure } from '../client/index.ts';
import { IconButton } from '../shell/button.tsx';
import { Menu, type MenuEntry } from '../shell/menu.tsx';
import { toast } from '../shell/toasts.tsx';
import type { NotebookActions } from './notebook-actions.ts';
import { useNotebook } from './notebook-context.ts';
import { keysOf } from './shortcuts.ts';

export function CellMenu({ cell, number }: { cell: CellStructure; number: number }) {
  const { actions } = useNotebook();
  return (
    <Menu
      trigger={
        <IconButton small label={`Actions for cell ${number}`}>
          <Ellipsis />
        </IconButton>
      }
      entries={() => entriesOf(cell, actions)}
    />
  );
}

function entriesOf(
  { id, kind, text, disabled }: CellStructure,
  actions: NotebookActions,
): MenuEntry[] {
  const copy: MenuEntry = {
    label: 'Copy code',
    icon: <Copy />,
    onSelect: () => {
      // Missing on a page that came over plain HTTP from another machine.
      const copied = navigator.clipboard?.writeText(text.toString()) ?? Promise.reject();
      copied.then(
        () => toast('Copied'),
        () => toast('The browser does not allow copying here', { tone: 'bad' }),
      );
    },
  };
  const run: MenuEntry[] = actions.mayRun
    ? [
        { label: 'Run all above', icon: <ArrowUpToLine />, onSelect: () => actions.runAbove(id) },
        {
          label: 'Run this and all below',
          icon: <ArrowDownToLine />,
          onSelect: () => actions.runFromHere(id),
        },
        'separator',
      ]
    : [];
  if (!actions.mayEdit) return [...run, copy];
  return [
    ...run,
    {
      label: 'Move up',
      icon: <ArrowUp />,
      keys: keysOf('move-up'),
      onSelect: () => actions.move(id, -1),
    },
    {
      label: 'Move down',
      icon: <ArrowDown />,
      keys: keysOf('move-down'),
      onSelect: () => actions.move(id, 1),
    },
    { label: 'Duplicate', icon: <CopyPlus />, onSelect: () => actions.duplicate(id) },
    kind === 'python'
      ? {
          label: 'Change to Markdown',
          icon: <FileText />,
          keys: keysOf('make-markdown'),
          onSelect: () => actions.setKind(id, 'markdown'),
        }
      : {
          label: 'Change to Python',
          icon: <FileCode />,
          keys: keysOf('make-python'),
          onSelect: () => actions.setKind(id, 'python'),
        },
    {
      label: 'Merge with cell below',
      icon: <TableCellsMerge />,
      keys: keysOf('merge-below'),
      onSelect: () => actions.mergeBelow(id),
    },
    {
      label: disabled ? 'Enable' : 'Disable',
      icon: disabled ? <CirclePlay /> : <CircleOff />,
      keys: keysOf('toggle-disabled'),
      onSelect: () => actions.setDisabled(id, !disabled),
    },
    copy,
    'separator',
    {
      label: 'Delete',
      icon: <Trash2 />,
      keys: keysOf('delete-cell'),
      dangerous: true,
      onSelect: () => actions.remove(id),
    },
  ];
}
