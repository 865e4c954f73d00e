import type { TableValue } from '@rnb/protocol';
import type { FetchRows, RowsQuery } from './table-view.tsx';

/** As many as the server gives at once. */
const pageSize = 1_000;

/** Every row in the order and filter of `query`; `onRead` hears how many there are so far. */
export async function readAllRows(
  fetchRows: FetchRows,
  query: RowsQuery,
  signal: AbortSignal,
  onRead: (count: number) => void,
): Promise<TableValue[][]> {
  const all: TableValue[][] = [];
  for (;;) {
    const { rows, rowCount } = await fetchRows(
      { ...query, offset: all.length, limit: pageSize },
      signal,
    );
    signal.throwIfAborted();
    for (const row of rows) all.push(row);
    if (rows.length === 0 || all.length >= rowCount) return all;
    onRead(all.length);
  }
}
