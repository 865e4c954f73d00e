import type { ReactNode } from 'react';

const looks = {
  plain: 'bg-sunken text-muted',
  accent: 'bg-accent-soft text-accent',
  warn: 'bg-warn-soft text-warn',
};

/** A word beside a name: what is special about it. */
export function Badge({
  tone = 'plain',
  children,
}: {
  tone?: keyof typeof looks;
  children: ReactNode;
}) {
  return (
    <span className={`shrink-0 rounded px-1.5 py-0.5 font-medium text-xs ${looks[tone]}`}>
      {children}
    </span>
  );
}
