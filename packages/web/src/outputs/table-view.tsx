import type { Column, ColumnType, Table, TablePage, TableRequest, TableValue } from '@rnb/protocol';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, useState } from 'react';
import { readAllRows } from './read-all-rows.ts';
import { shortNumber } from './short-number.ts';
import { TableExport } from './table-export.tsx';

export type RowsQuery = Partial<TableRequest>;
/** Asks the kernel for a page of one output's rows. */
export type FetchRows = (query: RowsQuery, signal: AbortSignal) => Promise<TablePage>;

interface Order {
  sort: number;
  descending: boolean;
}

const pageSize = 200;
const rowHeightPx = 28;
const longText = 40;
/** For what scrolls: found by Tab, and no landmark of the page. */
const reachable = { role: 'group', 'aria-label': 'Table', tabIndex: 0 } as const;

/** A data frame or query result: the first page came with it, the others are fetched as they are scrolled to. */
export function TableView({
  table,
  live,
  running,
  fetchRows,
}: {
  table: Table;
  live: boolean;
  /** Its rows can be asked for when the cell has ended. */
  running: boolean;
  fetchRows?: FetchRows | undefined;
}) {
  const canFetch = live && fetchRows !== undefined;
  const [wantedOrder, setOrder] = useState<Order | null>(null);
  const [wantedFilter, setFilter] = useState('');
  // Nobody can sort what the kernel no longer holds: the rows that came with the table are shown as they came.
  const order = canFetch ? wantedOrder : null;
  const filter = canFetch ? wantedFilter : '';
  const rows = useRows(table, order, filter, canFetch ? fetchRows : undefined);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: canFetch ? rows.count : table.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const { need } = rows;
  useEffect(() => need(first, last), [need, first, last]);

  const toggle = (column: number) => {
    setOrder(
      order?.sort !== column
        ? { sort: column, descending: false }
        : order.descending
          ? null
          : { sort: column, descending: true },
    );
  };
  const hiddenColumns = table.columnCount - table.columns.filter((column) => !column.index).length;
  const complete = table.rows.length >= table.rowCount;
  // Names may repeat, so a column is its position.
  const columns = table.columns.map((column, position) => ({ ...column, position }));
  const names = table.columns.map((column) => column.name);
  const topPx = items[0]?.start ?? 0;
  const bottomPx = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div className="out-table">
      <div className="out-table-bar">
        <span aria-live="polite">
          {rows.count.toLocaleString()} {rows.count === 1 ? 'row' : 'rows'}
          {rows.count !== table.rowCount && ` of ${table.rowCount.toLocaleString()}`} ×{' '}
          {table.columnCount.toLocaleString()} {table.columnCount === 1 ? 'column' : 'columns'}
          {hiddenColumns > 0 && `, ${hiddenColumns.toLocaleString()} not shown`}
        </span>
        {canFetch && table.rowCount > 1 && (
          <input
            aria-label="Filter rows"
            onChange={(event) => setFilter(event.target.value)}
            placeholder="Filter rows"
            type="search"
            value={filter}
          />
        )}
        {!live && table.rowCount > 1 && (
          <span className="out-not-live">
            {running
              ? 'You can sort and filter when the cell has ended'
              : 'Run the cell to sort or filter'}
          </span>
        )}
        <TableExport names={names} readAll={rows.readAll} />
      </div>
      {rows.problem && <p className="out-notice">{rows.problem}</p>}
      <section className="out-grid" ref={scroller} {...reachable}>
        <table aria-rowcount={rows.count + 1}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th
                  aria-sort={
                    order?.sort !== column.position
                      ? 'none'
                      : order.descending
                        ? 'descending'
                        : 'ascending'
                  }
                  className={alignOf(column.type, column.index)}
                  key={column.position}
                  scope="col"
                >
                  <button
                    disabled={!canFetch}
                    onClick={() => toggle(column.position)}
                    type="button"
                    {...(column.name ? {} : { 'aria-label': column.index ? 'Index' : 'Unnamed' })}
                  >
                    {column.name || '\u00a0'}
                    <span aria-hidden="true">
                      {order?.sort !== column.position ? '' : order.descending ? ' ↓' : ' ↑'}
                    </span>
                  </button>
                  <span className="out-dtype" title={column.dtype}>
                    {column.dtype}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {topPx > 0 && <tr style={{ height: topPx }} />}
            {items.map((item) => {
              const row = rows.at(item.index);
              return (
                <tr aria-rowindex={item.index + 2} key={item.index} style={{ height: rowHeightPx }}>
                  {columns.map((column) => (
                    <td className={alignOf(column.type, column.index)} key={column.position}>
                      {row ? (
                        <Value value={row[column.position] ?? null} column={column} />
                      ) : (
                        <span className="out-null">…</span>
                      )}
                    </td>
                  ))}
                </tr>
              );
            })}
            {bottomPx > 0 && <tr style={{ height: bottomPx }} />}
          </tbody>
        </table>
      </section>
      {rows.count === 0 && (
        <p className="out-notice">{filter ? `No row contains “${filter}”.` : 'No rows.'}</p>
      )}
      {!canFetch && !complete && (
        <p className="out-notice">
          The first {table.rows.length.toLocaleString()} rows.{' '}
          {running
            ? 'You can see the others when the cell has ended.'
            : 'Run the cell again to see the others.'}
        </p>
      )}
    </div>
  );
}

function Value({ value, column }: { value: TableValue; column: Column }) {
  const { type } = column;
  if (value === null) return <Missing written={column.missing ?? 'null'} />;
  if (typeof value === 'object') return <Missing written={value.missing} />;
  const full = String(value);
  if (type === 'datetime') return full.replace('T', ' ');
  // Longer than a column is wide, it is cut.
  if (full.length > longText) return <span title={full}>{full}</span>;
  if (type !== 'number') return full;
  // For some libraries it is no missing value; no number it is all the same.
  if (full === 'NaN') return <Missing written={full} />;
  if (typeof value !== 'number') return full;
  const short = shortNumber(value);
  return short === full ? full : <span title={full}>{short}</span>;
}

/** As its library writes it, in a way that text of the same letters is not. */
function Missing({ written }: { written: string }) {
  return <span className="out-null">{written}</span>;
}

function alignOf(type: ColumnType, index: boolean | undefined): string {
  const number = type === 'integer' || type === 'number' || type === 'duration';
  return `${number ? 'out-number' : ''} ${index ? 'out-index' : ''}`.trim();
}

/** Rows by position in the order and filter asked for, page by page. */
function useRows(
  table: Table,
  order: Order | null,
  filter: string,
  fetchRows: FetchRows | undefined,
) {
  const plain = order === null && filter === '';
  const [pages, setPages] = useState<ReadonlyMap<number, TableValue[][]>>(new Map());
  const [count, setCount] = useState(table.rowCount);
  const [problem, setProblem] = useState<string | null>(null);
  const asked = useRef(new Set<number>());
  const abort = useRef(new AbortController());

  // biome-ignore lint/correctness/useExhaustiveDependencies: another table, order or filter means other rows
  useEffect(() => {
    const controller = new AbortController();
    abort.current = controller;
    asked.current = new Set();
    setPages(new Map());
    setProblem(null);
    if (plain) setCount(table.rowCount);
    return () => controller.abort();
  }, [table, order, filter]);

  const need = useCallback(
    (from: number, to: number) => {
      if (!fetchRows) return;
      for (let page = Math.floor(from / pageSize); page <= Math.floor(to / pageSize); page++) {
        const offset = page * pageSize;
        const given = plain && table.rows.length >= Math.min(offset + pageSize, table.rowCount);
        if (given || asked.current.has(page)) continue;
        asked.current.add(page);
        const { signal } = abort.current;
        fetchRows(
          { offset, limit: pageSize, ...order, ...(filter ? { filter } : {}) },
          signal,
        ).then(
          (result) => {
            if (signal.aborted) return;
            setCount(result.rowCount);
            setPages((before) => new Map(before).set(page, result.rows));
          },
          (error: unknown) => {
            if (signal.aborted) return;
            setProblem(error instanceof Error ? error.message : 'The rows could not be read.');
          },
        );
      }
    },
    [fetchRows, filter, order, plain, table],
  );

  const at = (index: number): TableValue[] | undefined =>
    pages.get(Math.floor(index / pageSize))?.[index % pageSize] ??
    (plain ? table.rows[index] : undefined);
  const readAll = async (onRead: (count: number) => void): Promise<TableValue[][]> => {
    const given = plain && table.rows.length >= table.rowCount;
    if (given || !fetchRows) {
      // They are here, with a kernel or without; the trail hears of it all the same.
      fetchRows?.({ limit: 1, purpose: 'export' }, abort.current.signal).catch(() => {});
      return table.rows;
    }
    const query = { ...order, ...(filter ? { filter } : {}), purpose: 'export' as const };
    return readAllRows(fetchRows, query, abort.current.signal, onRead);
  };
  return { count, problem, need, at, readAll };
}
