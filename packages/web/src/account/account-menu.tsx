import type { Me } from '@rnb/protocol';
import { useNavigate } from '@tanstack/react-router';
import { KeyRound, LogOut, UserRound, Users } from 'lucide-react';
import { lazy, type ReactNode, Suspense } from 'react';
import { auth } from '../client/auth.ts';
import { initials } from '../shell/initials.ts';
import { Menu, type MenuEntry } from '../shell/menu.tsx';
import { tooltip } from '../shell/tooltip-layer.tsx';
import { useMe } from './use-me.ts';
import { useSignOut } from './use-sign-out.tsx';

/** Only with Clerk is anything of Clerk loaded. */
const ClerkMenu = lazy(async () => ({ default: (await import('./clerk-menu.tsx')).ClerkMenu }));

/** Who one is, and what one has beside notebooks. */
export function AccountMenu() {
  if (auth().keepsAccounts) return <LocalMenu />;
  return (
    // Its place is kept while it loads.
    <span className="inline-flex size-7 shrink-0 items-center justify-center">
      <Suspense>
        <ClerkMenu />
      </Suspense>
    </span>
  );
}

function LocalMenu() {
  const me = useMe();
  const { entries, question } = useAccountEntries();
  return (
    <>
      <Menu
        trigger={
          <button
            type="button"
            aria-label={me ? `Your account: ${me.name}` : 'Your account'}
            {...tooltip('Your account')}
            className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft font-semibold text-[11px] text-accent hover:brightness-95 data-[state=open]:ring-2 data-[state=open]:ring-accent"
          >
            {me ? initials(me.name) : <UserRound className="size-4" aria-hidden="true" />}
          </button>
        }
        entries={entries}
      />
      {question}
    </>
  );
}

/** The same as entries of a menu that has others as well; the question stands beside the menu. */
export function useAccountEntries(): { entries: () => MenuEntry[]; question: ReactNode } {
  const me = useMe();
  const navigate = useNavigate();
  const { keepsAccounts } = auth();
  const signOut = useSignOut();
  const entries = (): MenuEntry[] => [
    ...(me ? [{ heading: <WhoIAm me={me} /> }, 'separator' as const] : []),
    {
      label: keepsAccounts ? 'Account' : 'Activity of your account',
      icon: <UserRound />,
      onSelect: () => void navigate({ to: '/account' }),
    },
    {
      label: 'API tokens',
      icon: <KeyRound />,
      onSelect: () => void navigate({ to: '/account/tokens' }),
    },
    ...(keepsAccounts && me?.isAdministrator
      ? [
          {
            label: 'People',
            icon: <Users />,
            onSelect: () => void navigate({ to: '/people' }),
          },
        ]
      : []),
    'separator',
    { label: 'Sign out', icon: <LogOut />, onSelect: signOut.ask },
  ];
  return { entries, question: signOut.question };
}

function WhoIAm({ me: { name, email } }: { me: Me }) {
  return (
    <>
      <span className="block truncate font-medium">{name}</span>
      {email !== null && <span className="block truncate text-muted text-xs">{email}</span>}
    </>
  );
}
