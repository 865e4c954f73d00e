import type { AuditEvent, AuditPage } from '@rnb/protocol';
import { type QueryFunctionContext, type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from '../shell/button.tsx';
import { Failed } from '../shell/failed.tsx';
import { SkeletonRows } from '../shell/skeleton-rows.tsx';
import { When } from '../shell/when.tsx';
import { byDay } from './activity-words.ts';

/** What is asked for a page at a time; `fetchPage`: what is older than that event, null for the latest. */
export function useTrail(
  queryKey: QueryKey,
  fetchPage: (before: number | null, signal: AbortSignal) => Promise<AuditPage>,
) {
  return useInfiniteQuery({
    queryKey,
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }: QueryFunctionContext<QueryKey, number | null>) =>
      fetchPage(pageParam, signal),
    getNextPageParam: ({ events, hasMore }) => (hasMore ? events.at(-1)?.id : undefined),
  });
}

/** What was done, the latest first and day by day; older pages when asked. */
export function Trail({
  trail,
  heading: Heading,
  children,
}: {
  trail: ReturnType<typeof useTrail>;
  /** Of a day, below the page's own. */
  heading: 'h2' | 'h3';
  /** What an event says. */
  children(event: AuditEvent): { words: ReactNode; whence: string };
}) {
  if (!trail.data) {
    return trail.error ? <Failed query={trail} /> : <SkeletonRows name="the activity" row="h-10" />;
  }
  const events = trail.data.pages.flatMap((page) => page.events);
  if (events.length === 0) {
    return (
      <p className="rounded-lg border border-dashed p-8 text-center text-muted">
        Nothing has happened yet.
      </p>
    );
  }
  return (
    <>
      {byDay(events, new Date()).map(({ label, events: ofDay }) => (
        <section key={label} aria-label={label} className="mb-6">
          <Heading className="mb-2 font-medium text-muted">{label}</Heading>
          <ol className="divide-y overflow-hidden rounded-lg border bg-surface">
            {ofDay.map((event) => (
              <EventRow key={event.id} at={event.at} {...children(event)} />
            ))}
          </ol>
        </section>
      ))}
      {trail.error && (
        <p role="alert" className="mb-2 text-center text-bad">
          {trail.error.message}
        </p>
      )}
      {trail.hasNextPage && (
        <div className="text-center">
          <Button disabled={trail.isFetchingNextPage} onClick={() => void trail.fetchNextPage()}>
            {trail.isFetchingNextPage ? 'Loading…' : 'Show older'}
          </Button>
        </div>
      )}
    </>
  );
}

const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

function EventRow({ at, words, whence }: { at: string; words: ReactNode; whence: string }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-4 px-4 py-2">
      <When at={at} className="w-10 shrink-0 text-faint tabular-nums">
        {timeOfDay.format(new Date(at))}
      </When>
      <span className="min-w-0 grow basis-52 [overflow-wrap:anywhere]">{words}</span>
      <span className="text-faint text-xs max-sm:ml-14">{whence}</span>
    </li>
  );
}
