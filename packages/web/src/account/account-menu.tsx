import type { Me } from '@rnb/protocol';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { KeyRound, LogOut, UserRound, Users } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { auth } from '../client/auth.ts';
import { signOut } from '../client/http.ts';
import { initials } from '../shell/initials.ts';
import { Menu, type MenuEntry } from '../shell/menu.tsx';
import { toast } from '../shell/toasts.tsx';
import { tooltip } from '../shell/tooltip-layer.tsx';
import { useMe } from './use-me.ts';

/** Only with Clerk is anything of Clerk loaded. */
const ClerkMenu = lazy(async () => ({ default: (await import('./clerk-menu.tsx')).ClerkMenu }));

/** Who one is, and what one has beside notebooks. */
export function AccountMenu() {
  if (auth().provider === 'local') return <LocalMenu />;
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
  const entries = useAccountEntries();
  return (
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
  );
}

/** The same as entries of a menu that has others as well. */
export function useAccountEntries(): () => MenuEntry[] {
  const me = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isLocal = auth().provider === 'local';
  const leave = async () => {
    try {
      await signOut();
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { tone: 'bad' });
      return;
    }
    // Clerk itself leads on.
    if (!isLocal) return;
    await navigate({ to: '/sign-in' });
    // Whoever signs in next is not to see what somebody else had.
    queries.removeQueries({ type: 'inactive' });
  };
  return () => [
    ...(me ? [{ heading: <WhoIAm me={me} /> }, 'separator' as const] : []),
    {
      label: isLocal ? 'Account' : 'Activity of your account',
      icon: <UserRound />,
      onSelect: () => void navigate({ to: '/account' }),
    },
    {
      label: 'API tokens',
      icon: <KeyRound />,
      onSelect: () => void navigate({ to: '/account/tokens' }),
    },
    ...(isLocal && me?.isAdministrator
      ? [
          {
            label: 'People',
            icon: <Users />,
            onSelect: () => void navigate({ to: '/people' }),
          },
        ]
      : []),
    'separator',
    { label: 'Sign out', icon: <LogOut />, onSelect: () => void leave() },
  ];
}

function WhoIAm({ me: { name, email } }: { me: Me }) {
  return (
    <>
      <span className="block truncate font-medium">{name}</span>
      {email !== null && <span className="block truncate text-muted text-xs">{email}</span>}
    </>
  );
}
