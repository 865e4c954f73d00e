import { GripVertical } from 'lucide-react';
import { useRef } from 'react';
import { tooltip } from '../shell/tooltip-layer.tsx';
import { elementOf } from './notebook-actions.ts';
import { useNotebook } from './notebook-context.ts';

interface Drop {
  /** The cell the dragged one will follow; null: it will be first. */
  after: string | null;
  element: HTMLElement;
  edge: 'top' | 'bottom';
}

const scrollMargin = 80;

/** Moves a cell: dragged by pointer, or with the arrow keys while it has the focus. */
export function DragHandle({ id }: { id: string }) {
  const { actions, client } = useNotebook();
  const drop = useRef<Drop | null>(null);
  const pointer = useRef<number | null>(null);

  const mark = (next: Drop | null) => {
    drop.current?.element.removeAttribute('data-drop');
    drop.current = next;
    next?.element.setAttribute('data-drop', next.edge);
  };
  const end = () => {
    mark(null);
    pointer.current = null;
    elementOf(id)?.removeAttribute('data-dragging');
  };

  return (
    <button
      type="button"
      aria-label="Move cell: drag, or press arrow up or down"
      {...tooltip('Move: drag, or press', '↑ ↓')}
      data-arrow-keys=""
      className="inline-flex size-5 cursor-grab touch-none items-center justify-center rounded text-faint hover:bg-sunken hover:text-ink active:cursor-grabbing [&_svg]:size-4"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && pointer.current !== null) {
          event.preventDefault();
          event.currentTarget.releasePointerCapture(pointer.current);
          end();
          return;
        }
        if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
        event.preventDefault();
        event.stopPropagation();
        const handle = event.currentTarget;
        actions.move(id, event.key === 'ArrowUp' ? -1 : 1);
        // Moving an element in the page takes its focus.
        requestAnimationFrame(() => handle.focus());
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        pointer.current = event.pointerId;
        elementOf(id)?.setAttribute('data-dragging', '');
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        const y = event.clientY;
        if (y < scrollMargin + 48) scrollBy(0, -16);
        else if (y > innerHeight - scrollMargin) scrollBy(0, 16);
        mark(dropAt(event.clientX + 80, y, client.structure.getOrder()));
      }}
      onPointerUp={() => {
        const target = drop.current;
        end();
        if (target) actions.moveAfter(id, target.after);
      }}
      onPointerCancel={end}
    >
      <GripVertical aria-hidden="true" />
    </button>
  );
}

function dropAt(x: number, y: number, order: readonly string[]): Drop | null {
  // All the room below the last cell is its lower edge.
  const last = order.at(-1);
  const end = last === undefined ? null : elementOf(last);
  if (last !== undefined && end && y > end.getBoundingClientRect().bottom) {
    return { after: last, element: end, edge: 'bottom' };
  }
  const element = document
    .elementsFromPoint(x, y)
    .map((hit) => hit.closest<HTMLElement>('[data-cell]'))
    .find((cell) => cell !== null);
  const cell = element?.dataset.cell;
  if (!element || cell === undefined) return null;
  const { top, height } = element.getBoundingClientRect();
  if (y > top + height / 2) return { after: cell, element, edge: 'bottom' };
  return { after: order[order.indexOf(cell) - 1] ?? null, element, edge: 'top' };
}
