import { limits, type TableValue } from '@rnb/protocol';
import type { FetchRows, RowsQuery } from './table-view.tsx';

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
      { ...query, offset: all.length, limit: limits.maxPageRows },
      signal,
    );
    signal.throwIfAborted();
    for (const row of rows) all.push(row);
    if (rows.length === 0 || all.length >= rowCount) return all;
    onRead(all.length);
  }
}
