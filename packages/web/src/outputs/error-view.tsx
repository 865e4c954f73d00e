import { type CellError, interruptedRun, type TracebackFrame } from '@rnb/protocol';
import { CopyButton } from './copy-button.tsx';

export type GoToCell = (cell: string, line?: number) => void;

/** A cell's number on the page; null once it is gone. */
export type CellNumber = (cell: string) => number | null;

/** Why a cell failed: what happened first, then where, with links into the notebook. */
export function ErrorView({
  error,
  code,
  cellNumber,
  onGoToCell,
}: {
  error: CellError;
  /** What ran, where it is known. */
  code: string | null;
  cellNumber: CellNumber;
  onGoToCell?: GoToCell | undefined;
}) {
  // Somebody wanted it: no failure.
  if (error.kind === 'interrupted') {
    return <p className="out-interrupted">{messageOf(error) || interruptedRun}</p>;
  }
  return (
    <section className="out-error">
      <header>
        <CopyButton label="Copy error" text={() => textOf(error, cellNumber)} />
        <p className={isAboutCode(error) ? 'out-error-title out-error-code' : 'out-error-title'}>
          <strong>{titleOf(error)}</strong>
          {messageOf(error) && `: ${messageOf(error)}`}
        </p>
      </header>
      {error.kind === 'syntax' && code !== null && (
        <pre className="out-caret">{pointedOut(code, error.line, error.column)}</pre>
      )}
      {error.kind === 'exception' && error.hint && <p className="out-hint">{error.hint}</p>}
      {error.kind === 'exception' && error.traceback.length > 0 && (
        <ol className="out-traceback">
          {error.traceback.map((frame, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a traceback never changes
            <li key={index}>
              <Place frame={frame} cellNumber={cellNumber} onGoToCell={onGoToCell} />
              {frame.source && <code className="out-source">{frame.source}</code>}
            </li>
          ))}
        </ol>
      )}
      {error.kind === 'cycle' && (
        <ol className="out-traceback">
          {error.path.map((step) => (
            <li key={`${step.cell} ${step.name}`}>
              <button className="out-link" onClick={() => onGoToCell?.(step.cell)} type="button">
                {nameOf(step.cell, cellNumber)}
              </button>
              <span>
                needs <code>{step.name}</code>
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Place({
  frame,
  cellNumber,
  onGoToCell,
}: {
  frame: TracebackFrame;
  cellNumber: CellNumber;
  onGoToCell?: GoToCell | undefined;
}) {
  const { cell, line } = frame;
  const where = (
    <>
      {' '}
      line {line}
      {frame.function && frame.function !== '<module>' ? `, in ${frame.function}` : ''}
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
      {nameOf(cell, cellNumber)},{where}
    </button>
  );
}

/** The line of code, and below it a caret under the column; both count from 1. */
function pointedOut(code: string, line: number, column: number): string {
  const source = code.split('\n')[line - 1] ?? '';
  const before = source.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${source}\n${before}^`;
}

function nameOf(cell: string, cellNumber: CellNumber): string {
  const number = cellNumber(cell);
  return number === null ? 'A deleted cell' : `Cell ${number}`;
}

/** Whether its message came from the language rather than from the notebook. */
function isAboutCode({ kind }: CellError): boolean {
  return kind === 'exception' || kind === 'syntax';
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

/** Empty where it would only say the title again. */
function messageOf(error: CellError): string {
  return error.message.replace(/\.$/, '') === titleOf(error) ? '' : error.message;
}

function textOf(error: CellError, cellNumber: CellNumber): string {
  const head = `${titleOf(error)}: ${error.message}`;
  if (error.kind !== 'exception') return head;
  const frames = error.traceback.map(
    (frame) =>
      `  ${frame.cell === null ? frame.file : nameOf(frame.cell, cellNumber)}, line ${frame.line}, in ${frame.function}\n    ${frame.source}`,
  );
  return [...frames, head].join('\n');
}
