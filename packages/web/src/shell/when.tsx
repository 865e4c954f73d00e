import type { ReactNode } from 'react';
import { exactTime, relativeTime } from './time.ts';

/** When something was, from now or as its children say; exactly to who points at it. */
export function When({
  at,
  className,
  children = relativeTime(Date.parse(at), Date.now()),
}: {
  at: string;
  className?: string;
  children?: ReactNode;
}) {
  return (
    <time dateTime={at} title={exactTime(at)} className={className}>
      {children}
    </time>
  );
}
