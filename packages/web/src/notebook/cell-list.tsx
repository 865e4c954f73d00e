import { startTransition, useEffect, useState } from 'react';
import { AddCell } from './add-cell.tsx';
import { Cell } from './cell.tsx';
import { useOrder, useStatus } from './notebook-context.ts';

/** Drawn before anything else; a long notebook's rest follows without holding up the first paint. */
const firstBatch = 40;

export function CellList() {
  const order = useOrder();
  const [complete, setComplete] = useState(false);
  useEffect(() => startTransition(() => setComplete(true)), []);
  const shown = complete ? order : order.slice(0, firstBatch);
  const { role } = useStatus();
  const mayEdit = role === 'owner' || role === 'editor';
  const last = order.at(-1) ?? null;
  return (
    <div className="flex flex-col gap-0.5">
      {mayEdit && order.length > 0 && <AddCell after={null} />}
      {shown.map((id, index) => (
        <Cell key={id} id={id} number={index + 1} isLast={id === last} />
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
