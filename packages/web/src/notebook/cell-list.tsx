import { Fragment } from 'react';
import { AddCell } from './add-cell.tsx';
import { Cell } from './cell.tsx';
import { useOrder, useStatus } from './notebook-context.ts';

export function CellList() {
  const order = useOrder();
  const { role } = useStatus();
  const mayEdit = role === 'owner' || role === 'editor';
  const last = order.at(-1) ?? null;
  return (
    <div className="flex flex-col gap-1.5">
      {mayEdit && order.length > 0 && <AddCell after={null} />}
      {order.map((id, index) => (
        <Fragment key={id}>
          <Cell id={id} number={index + 1} />
          {mayEdit && id !== last && <AddCell after={id} />}
        </Fragment>
      ))}
      {order.length === 0 && (
        <div className="rounded-lg border border-dashed px-6 py-12 text-center">
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
