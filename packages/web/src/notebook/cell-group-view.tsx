import { memo, useRef, useState, useSyncExternalStore } from 'react';
import { Cell } from './cell.tsx';
import { estimateHeight } from './cell-height.ts';
import { useNearViewport } from './near-viewport.ts';
import { useNotebook } from './notebook-context.ts';

/** As high as what adds a cell between two others. */
const gapPx = 16;

interface CellGroupViewProps {
  cells: readonly string[];
  /** Of its first cell, counted from 1. */
  firstNumber: number;
  /** After the very last cell the list has its own way of adding one. */
  isLast: boolean;
  /** Whether it is near before anything was measured. */
  onFirstScreen: boolean;
}

/** A few neighbouring cells. Far from the screen they are text that is not even laid out. */
export const CellGroupView = memo(function CellGroupView({
  cells,
  firstNumber,
  isLast,
  onFirstScreen,
}: CellGroupViewProps) {
  const { client, selection } = useNotebook();
  const element = useRef<HTMLDivElement>(null);
  const onScreen = useNearViewport(element, firstNumber, onFirstScreen);
  const selected = useSyncExternalStore(selection.subscribe, () => {
    const { cell } = selection.get();
    return cell !== null && cells.includes(cell);
  });
  const near = onScreen || selected;
  // What was drawn once stays: a chart is not drawn again for each time that it comes by.
  const [drawn, setDrawn] = useState(near);
  if (near && !drawn) setDrawn(true);

  // Once it was laid out, the browser itself knows better.
  const [estimates] = useState(() => new Map<string, number>());
  const heightOf = (id: string): number => {
    const known = estimates.get(id);
    if (known !== undefined) return known;
    const cell = client.structure.getCell(id);
    const height = cell
      ? estimateHeight(cell.kind, cell.text.toString(), client.runState.getCell(id))
      : 0;
    estimates.set(id, height);
    return height;
  };
  const heightPx = cells.reduce((sum, id) => sum + heightOf(id) + gapPx, 0);

  return (
    <div
      ref={element}
      className={near ? '' : 'cells-far'}
      style={{ containIntrinsicHeight: `auto ${heightPx}px` }}
    >
      {cells.map((id, index) => (
        <Cell
          key={id}
          id={id}
          number={firstNumber + index}
          isLast={isLast && index === cells.length - 1}
          near={near}
          drawn={drawn}
          heightPx={heightOf(id)}
        />
      ))}
    </div>
  );
});
