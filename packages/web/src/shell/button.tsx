import type { ComponentProps, ReactNode } from 'react';
import { tooltip } from './tooltip-layer.tsx';

const looks = {
  // The border shows where the system takes colours away.
  primary: 'border border-transparent bg-accent text-on-accent hover:brightness-110',
  outline: 'border bg-surface text-ink hover:bg-sunken',
  plain: 'text-muted hover:bg-sunken hover:text-ink',
} as const;

const sizes = {
  normal: 'h-8 px-3 text-sm [&_svg]:size-4',
  /** For bars. */
  small: 'h-7 px-2.5 text-xs [&_svg]:size-3.5',
} as const;

type ButtonProps = ComponentProps<'button'> & {
  look?: keyof typeof looks;
  size?: keyof typeof sizes;
};

export function Button({
  look = 'outline',
  size = 'normal',
  className = '',
  ...props
}: ButtonProps) {
  return (
    <button
      type="button"
      className={`inline-flex shrink-0 items-center gap-1.5 whitespace-nowrap rounded-md font-medium transition-colors disabled:pointer-events-none disabled:opacity-50 ${sizes[size]} ${looks[look]} ${className}`}
      {...props}
    />
  );
}

type IconButtonProps = ComponentProps<'button'> & {
  label: string;
  /** Shown in the tooltip behind the label. */
  keys?: string | undefined;
  small?: boolean;
  children: ReactNode;
};

/** A button that shows an icon only; its label is its accessible name and its tooltip. */
export function IconButton({ label, keys, small = false, children, ...props }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      className={`inline-flex shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-sunken hover:text-ink aria-disabled:opacity-40 disabled:pointer-events-none disabled:opacity-40 data-[state=open]:bg-sunken [&_svg]:size-4 ${small ? 'size-6' : 'size-7'}`}
      {...tooltip(label, keys)}
      {...props}
    >
      {children}
    </button>
  );
}
