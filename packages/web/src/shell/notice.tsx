import type { ReactNode } from 'react';
import { useDocumentTitle } from './document-title.ts';
import { Logo } from './logo.tsx';

/** A page that says one thing: what happened, and what to do. */
export function Notice({
  title,
  children,
  actions,
}: {
  title: string;
  children: ReactNode;
  actions?: ReactNode;
}) {
  useDocumentTitle(title);
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-4 p-6 text-center">
      <Logo className="size-10" />
      <h1 className="mt-2 font-semibold text-xl tracking-tight">{title}</h1>
      <div className="w-full max-w-md text-balance text-base text-muted">{children}</div>
      {actions && <div className="mt-2 flex gap-2">{actions}</div>}
    </main>
  );
}
