import type { TableValue } from '@rnb/protocol';
import { useState } from 'react';
import { CopyButton } from './copy-button.tsx';
import { delimited } from './delimited.ts';
import { saveFile } from './save-file.ts';

/** Takes a table out of the notebook: all rows in the order and filter shown, not only those scrolled to. */
export function TableExport({
  names,
  readAll,
}: {
  names: readonly string[];
  readAll(onRead: (count: number) => void): Promise<TableValue[][]>;
}) {
  const [progress, setProgress] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  const read = async (): Promise<TableValue[][]> => {
    setFailed(false);
    setProgress('Reading rows…');
    try {
      return await readAll((count) => setProgress(`${count.toLocaleString()} rows read…`));
    } catch (error) {
      setFailed(true);
      throw error;
    } finally {
      setProgress(null);
    }
  };
  return (
    <>
      <span aria-live="polite">{failed ? 'Not all rows could be read' : progress}</span>
      <CopyButton label="Copy rows" text={async () => delimited(names, await read(), '\t')} />
      <button
        className="out-button"
        disabled={progress !== null}
        onClick={() => {
          read().then(
            (rows) => saveFile(delimited(names, rows, ','), 'text/csv', 'rows.csv'),
            () => {},
          );
        }}
        type="button"
      >
        Download CSV
      </button>
    </>
  );
}
