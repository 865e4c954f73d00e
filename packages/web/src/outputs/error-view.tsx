import type { CellError, TracebackFrame } from '@rnb/protocol';
import { CopyButton } from './copy-button.tsx';

export type GoToCell = (cell: string, line?: number) => void;

/** Why a cell failed: what happened first, then where, with links into the notebook. */
export function ErrorView({ error, onGoToCell }: { error: CellError; onGoToCell?: GoToCell }) {
  return (
    <section aria-label="Error" className="out-error">
      <header>
        <p className="out-error-title">
          <strong>{titleOf(error)}</strong> {error.message}
        </p>
        <CopyButton label="Copy error" text={() => textOf(error)} />
      </header>
      {error.kind === 'exception' && error.hint && <p className="out-hint">{error.hint}</p>}
      {error.kind === 'exception' && error.traceback.length > 0 && (
        <ol className="out-traceback">
          {error.traceback.map((frame, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a traceback never changes
            <li key={index}>
              <Place frame={frame} onGoToCell={onGoToCell} />
              {frame.source && <code>{frame.source}</code>}
            </li>
          ))}
        </ol>
      )}
      {error.kind === 'cycle' && (
        <ol className="out-traceback">
          {error.path.map((step) => (
            <li key={`${step.cell} ${step.name}`}>
              <button className="out-link" onClick={() => onGoToCell?.(step.cell)} type="button">
                Cell {step.cell}
              </button>{' '}
              needs <code>{step.name}</code>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Place({
  frame,
  onGoToCell,
}: {
  frame: TracebackFrame;
  onGoToCell?: GoToCell | undefined;
}) {
  const { cell, line } = frame;
  const where = (
    <>
      {' '}
      line {line}
      {frame.function ? `, in ${frame.function}` : ''}
    </>
  );
  if (cell === null)
    return (
      <span className="out-file">
        {frame.file ?? 'unknown file'},{where}
      </span>
    );
  return (
    <button className="out-link" onClick={() => onGoToCell?.(cell, line)} type="button">
      Cell {cell},{where}
    </button>
  );
}

function titleOf(error: CellError): string {
  switch (error.kind) {
    case 'exception':
      return error.name;
    case 'syntax':
      return `Syntax error at line ${error.line}, column ${error.column}`;
    case 'cycle':
      return 'Cycle';
    case 'interrupted':
      return 'Interrupted';
    case 'kernel_died':
      return 'Kernel died';
    case 'kernel_unavailable':
      return 'No kernel';
    default:
      return 'Error';
  }
}

function textOf(error: CellError): string {
  const head = `${titleOf(error)}: ${error.message}`;
  if (error.kind !== 'exception') return head;
  const frames = error.traceback.map(
    (frame) =>
      `  ${frame.cell === null ? frame.file : `cell ${frame.cell}`}, line ${frame.line}, in ${frame.function}\n    ${frame.source}`,
  );
  return [...frames, head].join('\n');
}
