import type { CellGraph } from '@rnb/protocol';
import { ArrowDown } from 'lucide-react';
import { memo } from 'react';
import { hint, tooltip } from '../shell/tooltip-layer.tsx';
import { useCellNumber, useNotebook } from './notebook-context.ts';

/** What a cell reads and defines; a name it reads leads to the cell it comes from. */
export const Dependencies = memo(function Dependencies({
  graph,
  number,
}: {
  graph: CellGraph | null;
  /** Of the cell itself. */
  number: number;
}) {
  if (!graph || graph.reads.length + graph.defines.length === 0) return null;
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-3 pt-1 pb-1.5 text-faint text-xs">
      {graph.reads.length > 0 && <Reads graph={graph} number={number} />}
      {graph.defines.length > 0 && (
        <span className="flex flex-wrap items-baseline gap-1">
          defines
          {graph.defines.map((name) => (
            <code key={name} className="px-0.5 font-mono text-muted">
              {name}
            </code>
          ))}
        </span>
      )}
    </div>
  );
});

function Reads({ graph, number }: { graph: CellGraph; number: number }) {
  const cellNumber = useCellNumber(true);
  return (
    <span className="flex flex-wrap items-baseline gap-x-1 gap-y-2">
      reads
      {graph.reads.map((name) => {
        const origin = graph.dependsOn.find(({ names }) => names.includes(name))?.cell;
        return origin === undefined ? (
          <code key={name} className="px-1 text-warn" {...tooltip(`No cell defines ${name}`)}>
            {name}
          </code>
        ) : (
          <Read key={name} name={name} origin={origin} reader={number} at={cellNumber(origin)} />
        );
      })}
    </span>
  );
}

function Read({
  name,
  origin,
  reader,
  at,
}: {
  name: string;
  origin: string;
  /** The number of the cell that reads. */
  reader: number;
  /** The number of the cell that defines, null while it is not in the document. */
  at: number | null;
}) {
  const { actions } = useNotebook();
  const isBelow = at !== null && at > reader;
  return (
    <span className={`flex items-baseline gap-1 whitespace-nowrap ${isBelow ? 'mr-2' : ''}`}>
      <button
        type="button"
        {...hint(`Go to the cell that defines ${name}`)}
        onClick={() => actions.reveal(origin)}
        className="min-w-6 rounded bg-sunken px-1 font-mono text-muted hover:bg-accent-soft hover:text-accent"
      >
        {name}
      </button>
      {isBelow && (
        <span
          className="flex items-center gap-0.5 self-center"
          {...tooltip(
            'A script would not have it yet here; notebooks may be written in any order.',
          )}
        >
          <ArrowDown className="size-3" aria-hidden="true" />
          from cell {at}, below
        </span>
      )}
    </span>
  );
}
