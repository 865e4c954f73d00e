import type { CellGraph } from '@rnb/protocol';
import { ArrowDown } from 'lucide-react';
import { memo, type ReactNode, useState } from 'react';
import { hint, tooltip } from '../shell/tooltip-layer.tsx';
import { definedIn } from './defined-in.ts';
import { firstOf } from './first-of.ts';
import { useCellNumber, useNotebook } from './notebook-context.ts';

/** What a cell reads, changes in place and defines; a name it reads leads to the cell it comes from. */
export const Dependencies = memo(function Dependencies({
  graph,
  number,
}: {
  graph: CellGraph | null;
  /** Of the cell itself. */
  number: number;
}) {
  if (!graph || graph.reads.length + graph.defines.length === 0) return null;
  const { made, changed } = definedIn(graph);
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-3 pt-1 pb-1.5 text-faint text-xs">
      {graph.reads.length > 0 && <Reads graph={graph} number={number} />}
      <Given verb="changes" names={changed} />
      <Given verb="defines" names={made} />
    </div>
  );
});

/** The names that a cell gives to the cells below it. */
function Given({ verb, names }: { verb: string; names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <span className="flex flex-wrap items-baseline gap-1">
      {verb}
      <Names names={names}>
        {(name) => (
          <code key={name} className="px-0.5 font-mono text-muted">
            {name}
          </code>
        )}
      </Names>
    </span>
  );
}

/** `from os import *` defines hundreds: the first few are shown, the others when somebody wants to see them. */
function Names({
  names,
  children,
}: {
  names: readonly string[];
  children: (name: string) => ReactNode;
}) {
  const [all, setAll] = useState(false);
  const first = firstOf(names);
  const hidden = names.length - first.length;
  if (hidden === 0) return names.map(children);
  return (
    <>
      {(all ? names : first).map(children)}
      {!all && '…'}
      <button
        type="button"
        aria-expanded={all}
        onClick={() => setAll(!all)}
        className="rounded text-muted underline decoration-line-strong underline-offset-2 hover:text-ink"
      >
        {all ? 'Show fewer' : `and ${hidden.toLocaleString()} more`}
      </button>
    </>
  );
}

function Reads({ graph, number }: { graph: CellGraph; number: number }) {
  const cellNumber = useCellNumber(true);
  return (
    <span className="flex flex-wrap items-baseline gap-x-1 gap-y-2">
      reads
      <Names names={graph.reads}>
        {(name) => {
          const origin = graph.dependsOn.find(({ names }) => names.includes(name))?.cell;
          return origin === undefined ? (
            <code key={name} className="px-1 text-warn" {...tooltip(`No cell defines ${name}`)}>
              {name}
            </code>
          ) : (
            <Read key={name} name={name} origin={origin} reader={number} at={cellNumber(origin)} />
          );
        }}
      </Names>
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
