import type { ReactNode } from 'react';
import { initials } from './initials.ts';

/** Somebody in a list: a mark, who they are, and what can be done about it. */
export function PersonRow({
  name,
  detail,
  children,
}: {
  name: string;
  detail: ReactNode;
  children?: ReactNode;
}) {
  return (
    <>
      <span
        aria-hidden="true"
        className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft font-semibold text-[11px] text-accent"
      >
        {initials(name)}
      </span>
      <span className="min-w-32 grow basis-32">
        <span className="block truncate font-medium" title={name}>
          {name}
        </span>
        <span className="block truncate text-muted text-xs">{detail}</span>
      </span>
      {children}
    </>
  );
}
