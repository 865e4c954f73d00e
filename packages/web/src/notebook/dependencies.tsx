import type { CellGraph } from '@rnb/protocol';
import { memo } from 'react';
import { hint, tooltip } from '../shell/tooltip-layer.tsx';
import { useNotebook } from './notebook-context.ts';

/** What a cell reads and defines; a name it reads leads to the cell it comes from. */
export const Dependencies = memo(function Dependencies({ graph }: { graph: CellGraph | null }) {
  const { actions } = useNotebook();
  if (!graph || graph.reads.length + graph.defines.length === 0) return null;
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-3 pt-1 pb-1.5 text-faint text-xs">
      {graph.reads.length > 0 && (
        <span className="flex flex-wrap items-baseline gap-x-1 gap-y-2">
          reads
          {graph.reads.map((name) => {
            const origin = graph.dependsOn.find(({ names }) => names.includes(name))?.cell;
            return origin === undefined ? (
              <code key={name} className="px-1 text-warn" {...tooltip(`No cell defines ${name}`)}>
                {name}
              </code>
            ) : (
              <button
                key={name}
                type="button"
                {...hint(`Go to the cell that defines ${name}`)}
                onClick={() => actions.reveal(origin)}
                className="min-w-6 rounded bg-sunken px-1 font-mono text-muted hover:bg-accent-soft hover:text-accent"
              >
                {name}
              </button>
            );
          })}
        </span>
      )}
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
