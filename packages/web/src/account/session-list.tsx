import type { SignedInBrowser } from '@rnb/protocol';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { endSession, fetchSessions, signOutOthers } from '../client/accounts.ts';
import { AskedList } from '../shell/asked-list.tsx';
import { Badge } from '../shell/badge.tsx';
import { Button } from '../shell/button.tsx';
import { relativeTime } from '../shell/time.ts';
import { toast } from '../shell/toasts.tsx';
import { When } from '../shell/when.tsx';
import { Section } from './account-layout.tsx';
import { browserName } from './browser-name.ts';

/** Where the person is signed in, and how to end that. */
export function SessionList() {
  const queries = useQueryClient();
  const sessions = useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => fetchSessions(signal),
  });
  const shared = {
    onError: (error: Error) => toast(error.message, { tone: 'bad' }),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ['sessions'] });
      void queries.invalidateQueries({ queryKey: ['own-trail'] });
    },
  };
  const end = useMutation({ mutationFn: endSession, ...shared });
  const endOthers = useMutation({ mutationFn: signOutOthers, ...shared });
  const hasOthers = sessions.data?.some(({ isThisOne }) => !isThisOne) ?? false;
  return (
    <Section
      title="Where you are signed in"
      aside={
        hasOthers && (
          <Button size="small" disabled={endOthers.isPending} onClick={() => endOthers.mutate()}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      <AskedList
        query={sessions}
        name="browsers"
        empty="In no browser: you are here by an API token."
      >
        {(all) =>
          all.map((session) => (
            <SessionRow
              key={session.id}
              session={session}
              busy={end.isPending}
              onEnd={() => end.mutate(session.id)}
            />
          ))
        }
      </AskedList>
    </Section>
  );
}

function SessionRow({
  session,
  busy,
  onEnd,
}: {
  session: SignedInBrowser;
  busy: boolean;
  onEnd(): void;
}) {
  const { isThisOne, userAgent, address, since } = session;
  const name = browserName(userAgent);
  return (
    <li className="flex min-h-14 items-center gap-3 px-4 py-2">
      <div className="min-w-0 grow">
        <div className="flex flex-wrap items-center gap-x-2" title={userAgent}>
          <span className="font-medium">{name}</span>
          {isThisOne && <Badge tone="accent">This browser</Badge>}
        </div>
        <div className="truncate text-muted text-xs">
          Signed in <When at={since} />
          {address !== null && ` from ${address}`}
        </div>
      </div>
      {!isThisOne && (
        <Button
          size="small"
          disabled={busy}
          aria-label={`Sign out ${name}, signed in ${relativeTime(Date.parse(since), Date.now())}`}
          onClick={onEnd}
        >
          Sign out
        </Button>
      )}
    </li>
  );
}
