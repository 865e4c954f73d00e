import type { ReactNode } from 'react';
import { Failed } from './failed.tsx';
import { SkeletonRows } from './skeleton-rows.tsx';
import { useRowFocus } from './use-row-focus.ts';

/** A list that is asked for: while it comes, where it fails, where it is empty, and as it is. */
export function AskedList<T>({
  query,
  name,
  empty,
  children,
}: {
  query: { data: T[] | undefined; error: Error | null; refetch(): unknown };
  /** What it lists, to complete "Loading …". */
  name: string;
  empty: ReactNode;
  /** The rows, each an `li`. */
  children(items: T[]): ReactNode;
}) {
  const { data, error } = query;
  const focus = useRowFocus();
  if (!data) return error ? <Failed query={query} /> : <SkeletonRows name={name} />;
  return (
    <div tabIndex={-1} className="rounded-lg outline-none" {...focus}>
      {data.length > 0 ? (
        <ul aria-label={name} className="divide-y rounded-lg border bg-surface">
          {children(data)}
        </ul>
      ) : (
        <div className="rounded-lg border border-dashed p-8 text-center text-muted">{empty}</div>
      )}
    </div>
  );
}
