import { startTransition, useEffect, useState } from 'react';
import { editorModule } from '../editor/editor-module.ts';
import { AddCell } from './add-cell.tsx';
import { CellGroupView } from './cell-group-view.tsx';
import { type CellGroup, regroup } from './cell-groups.ts';
import { useNotebook, useOrder, useRights } from './notebook-context.ts';

/** Drawn before anything else; a long notebook's rest follows without holding up the first paint. */
const firstGroups = 1;

export function CellList() {
  const order = useOrder();
  const groups = useGroups(order);
  const [complete, setComplete] = useState(false);
  useEffect(() => startTransition(() => setComplete(true)), []);
  useEffect(() => whenIdle(editorModule.load), []);
  useReadyForTyping();
  const { mayEdit } = useRights();
  const last = order.at(-1) ?? null;
  let number = 1;
  return (
    <div>
      {mayEdit && order.length > 0 && <AddCell after={null} />}
      {groups.map((group, place) => {
        const first = number;
        number += group.cells.length;
        return complete || place < firstGroups ? (
          <CellGroupView
            key={group.key}
            cells={group.cells}
            firstNumber={first}
            isLast={group === groups.at(-1)}
            onFirstScreen={!complete}
          />
        ) : null;
      })}
      {order.length === 0 && (
        <div className="ml-9 rounded-lg border border-dashed px-6 py-12 text-center">
          <p className="font-medium text-base">This notebook is empty</p>
          <p className="mt-1 text-muted">
            {mayEdit ? 'Add a cell to begin.' : 'Nobody has written anything here yet.'}
          </p>
        </div>
      )}
      {mayEdit && <AddCell after={last} always />}
    </div>
  );
}

/** A notebook in which nobody has written anything opens in its cell. */
function useReadyForTyping() {
  const { client, actions } = useNotebook();
  useEffect(() => {
    const [only, ...others] = client.structure.getOrder();
    if (only === undefined || others.length > 0 || !actions.mayEdit) return;
    const cell = client.structure.getCell(only);
    const isBlank = cell?.kind === 'python' && cell.text.length === 0;
    if (isBlank && document.activeElement === document.body) actions.select(only, { edit: true });
  }, [client, actions]);
}

function useGroups(order: readonly string[]): readonly CellGroup[] {
  const [grouped, setGrouped] = useState(() => ({ order, groups: regroup([], order) }));
  if (grouped.order === order) return grouped.groups;
  const groups = regroup(grouped.groups, order);
  setGrouped({ order, groups });
  return groups;
}

function whenIdle(work: () => void): void {
  // Safari has no idle callbacks.
  if (typeof requestIdleCallback === 'function') requestIdleCallback(work);
  else setTimeout(work, 200);
}
