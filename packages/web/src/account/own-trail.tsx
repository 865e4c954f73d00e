import type { AuditEvent } from '@rnb/protocol';
import { useInfiniteQuery } from '@tanstack/react-query';
import { fetchOwnTrail } from '../client/accounts.ts';
import { activityWords } from '../sharing/activity-words.ts';
import { Button } from '../shell/button.tsx';
import { relativeTime } from '../shell/time.ts';
import { AskedList } from './list-states.tsx';

/** What the person did with their account, and what others tried. */
export function OwnTrail() {
  const trail = useInfiniteQuery({
    queryKey: ['own-trail'],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) => fetchOwnTrail(pageParam, signal),
    getNextPageParam: ({ events, hasMore }) => (hasMore ? events.at(-1)?.id : undefined),
  });
  const events = trail.data?.pages.flatMap((page) => page.events);
  return (
    <>
      <AskedList
        query={{ data: events, error: trail.error, refetch: trail.refetch }}
        name="your activity"
        empty="Nothing has happened yet."
      >
        {(all) => all.map((event) => <EventRow key={event.id} event={event} />)}
      </AskedList>
      {trail.hasNextPage && (
        <div className="mt-3 text-center">
          <Button disabled={trail.isFetchingNextPage} onClick={() => void trail.fetchNextPage()}>
            {trail.isFetchingNextPage ? 'Loading…' : 'Show older'}
          </Button>
        </div>
      )}
    </>
  );
}

function EventRow({ event }: { event: AuditEvent }) {
  const at = new Date(event.at);
  return (
    <li className="flex flex-wrap items-baseline gap-x-4 px-4 py-2">
      <span
        className={`min-w-0 grow basis-full [overflow-wrap:anywhere] sm:basis-60 ${event.action === 'sign_in_failed' ? 'text-warn' : ''}`}
      >
        {ownWords(event)}
      </span>
      {event.from !== null && <span className="text-faint text-xs">from {event.from}</span>}
      <time
        dateTime={event.at}
        title={at.toLocaleString()}
        className="shrink-0 text-faint text-xs sm:w-28 sm:text-right"
      >
        {relativeTime(at.getTime(), Date.now())}
      </time>
    </li>
  );
}

/** As one is told what one did oneself. */
function ownWords(event: AuditEvent): string {
  const words = activityWords(event).replace(/\btheir\b/, 'your');
  if (event.action === 'sign_in_failed') return `Somebody ${words}`;
  return words.charAt(0).toUpperCase() + words.slice(1);
}
