import type { ComponentProps, ReactNode } from 'react';
import { tooltip } from './tooltip-layer.tsx';

const looks = {
  primary: 'bg-accent text-on-accent hover:brightness-110',
  outline: 'border bg-surface text-ink hover:bg-sunken',
  plain: 'text-muted hover:bg-sunken hover:text-ink',
} as const;

type ButtonProps = ComponentProps<'button'> & { look?: keyof typeof looks };

export function Button({ look = 'outline', className = '', ...props }: ButtonProps) {
  return (
    <button
      type="button"
      className={`inline-flex h-8 shrink-0 items-center gap-2 whitespace-nowrap rounded-md px-3 font-medium text-sm transition-colors disabled:pointer-events-none disabled:opacity-50 [&_svg]:size-4 ${looks[look]} ${className}`}
      {...props}
    />
  );
}

type IconButtonProps = ComponentProps<'button'> & {
  label: string;
  /** Shown in the tooltip behind the label. */
  keys?: string | undefined;
  children: ReactNode;
};

/** A button that shows an icon only; its label is its accessible name and its tooltip. */
export function IconButton({ label, keys, className = '', children, ...props }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      className={`inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-sunken hover:text-ink disabled:pointer-events-none disabled:opacity-40 data-[state=open]:bg-sunken [&_svg]:size-4 ${className}`}
      {...tooltip(label, keys)}
      {...props}
    >
      {children}
    </button>
  );
}
