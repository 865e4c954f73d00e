import type { CellKind } from '@rnb/protocol';
import { Plus } from 'lucide-react';
import { kindWords } from './cell-standing.ts';
import { useNotebook } from './notebook-context.ts';

const kinds: readonly CellKind[] = ['python', 'markdown'];

/** Adds a cell after another, or (`after` null) at the top. Between cells it shows on hover and focus. */
export function AddCell({ after, always = false }: { after: string | null; always?: boolean }) {
  const { actions } = useNotebook();
  return (
    <div
      className={`relative z-10 ml-9 flex items-center justify-center gap-1 transition-opacity focus-within:opacity-100 hover:opacity-100 ${always ? 'py-3' : '-my-0.5 h-5 opacity-0'}`}
    >
      {kinds.map((kind) => (
        <button
          key={kind}
          type="button"
          aria-label={`Add ${kindWords[kind]} cell`}
          onClick={() => actions.insert(kind, after)}
          className="flex h-5 items-center gap-1 rounded-md border bg-surface px-2 text-muted text-xs hover:border-line-strong hover:text-ink [&_svg]:size-3"
        >
          <Plus aria-hidden="true" />
          {kindWords[kind]}
        </button>
      ))}
    </div>
  );
}
