import type { ReactNode } from 'react';
import { Button } from '../shell/button.tsx';

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
  children(items: T[]): ReactNode;
}) {
  const { data, error } = query;
  if (data && data.length > 0) {
    return (
      <ul aria-label={name} className="divide-y rounded-lg border bg-surface">
        {children(data)}
      </ul>
    );
  }
  if (data) {
    return (
      <div className="rounded-lg border border-dashed p-8 text-center text-muted">{empty}</div>
    );
  }
  if (error) {
    return (
      <div role="alert" className="rounded-lg border bg-surface p-6 text-center">
        <p className="mb-3 text-muted">{error.message}</p>
        <Button onClick={() => void query.refetch()}>Try again</Button>
      </div>
    );
  }
  return (
    <div role="status" aria-label={`Loading ${name}`} className="divide-y rounded-lg border">
      {['w-48', 'w-64', 'w-40'].map((width) => (
        <div key={width} className="flex h-14 items-center px-4">
          <div className={`h-3 rounded bg-sunken motion-safe:animate-pulse ${width}`} />
        </div>
      ))}
    </div>
  );
}

/** A word beside a name: what is special about it. */
export function Badge({
  tone = 'plain',
  children,
}: {
  tone?: 'plain' | 'accent' | 'warn';
  children: ReactNode;
}) {
  const looks = {
    plain: 'bg-sunken text-muted',
    accent: 'bg-accent-soft text-accent',
    warn: 'bg-warn-soft text-warn',
  };
  return (
    <span className={`shrink-0 rounded px-1.5 py-0.5 font-medium text-xs ${looks[tone]}`}>
      {children}
    </span>
  );
}
