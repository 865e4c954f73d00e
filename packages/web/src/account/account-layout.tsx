import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { auth } from '../client/auth.ts';
import { useDocumentTitle } from '../shell/document-title.ts';
import { Logo } from '../shell/logo.tsx';
import { ThemeMenu } from '../shell/theme-menu.tsx';
import { AccountMenu } from './account-menu.tsx';
import { useMe } from './use-me.ts';

const tab =
  'flex h-8 items-center rounded-md px-2.5 text-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-ink';

/** The pages around an account: the way back to the notebooks, and to each other. */
export function AccountLayout({
  title,
  about,
  children,
}: {
  title: string;
  about: ReactNode;
  children: ReactNode;
}) {
  useDocumentTitle(title);
  const looksAfterPeople = (useMe()?.isAdministrator ?? false) && auth().keepsAccounts;
  return (
    <div className="mx-auto flex min-h-dvh max-w-3xl flex-col px-4 sm:px-6">
      <header className="flex min-h-14 flex-wrap items-center gap-x-2 gap-y-2 max-sm:pt-3.5 sm:gap-x-3">
        <Link to="/" aria-label="All notebooks" className="shrink-0 rounded-md">
          <Logo />
        </Link>
        {/* In a row of its own where that one is too short for it. */}
        <nav
          aria-label="Account"
          className="-ml-2.5 flex gap-0.5 max-sm:order-last max-sm:basis-full sm:ml-0"
        >
          <Link to="/account" activeOptions={{ exact: true }} className={tab}>
            Account
          </Link>
          <Link to="/account/tokens" className={`${tab} whitespace-nowrap`}>
            API tokens
          </Link>
          {looksAfterPeople && (
            <Link to="/people" className={tab}>
              People
            </Link>
          )}
        </nav>
        <span className="grow" />
        <ThemeMenu />
        <AccountMenu />
      </header>
      <main className="grow pt-6 pb-16">
        <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
        <p className="mt-1 mb-6 max-w-prose text-muted">{about}</p>
        {children}
      </main>
    </div>
  );
}

/** A part of such a page, under its own heading. */
export function Section({
  title,
  about,
  aside,
  children,
}: {
  title: string;
  about?: ReactNode;
  /** Beside the heading. */
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section aria-label={title} className="mb-8">
      <div className="mb-2 flex min-h-8 flex-wrap items-end justify-between gap-2">
        <div className="min-w-0">
          <h2 className="font-medium text-base">{title}</h2>
          {about && <p className="max-w-prose text-muted">{about}</p>}
        </div>
        {aside}
      </div>
      {children}
    </section>
  );
}
