import type { AuditEvent } from '@rnb/protocol';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { auth } from '../client/auth.ts';
import { ApiProblem, listNotebooks } from '../client/index.ts';
import { fetchActivity } from '../client/sharing.ts';
import { activityWords, byDay } from '../sharing/activity-words.ts';
import { Button } from '../shell/button.tsx';
import { useDocumentTitle } from '../shell/document-title.ts';
import { Logo } from '../shell/logo.tsx';
import { Notice } from '../shell/notice.tsx';
import { ThemeMenu } from '../shell/theme-menu.tsx';
import { ToNotebooks } from '../shell/to-notebooks.tsx';

const route = getRouteApi('/notebooks/$id/activity');

/** Who did what to a notebook, for its owner. */
export function ActivityPage() {
  const { id } = route.useParams();
  const activity = useInfiniteQuery({
    queryKey: ['activity', id],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) => fetchActivity(id, pageParam, signal),
    getNextPageParam: ({ events, hasMore }) => (hasMore ? events.at(-1)?.id : undefined),
  });
  const notebooks = useQuery({
    queryKey: ['notebooks'],
    queryFn: ({ signal }) => listNotebooks(signal),
  });
  const title = notebooks.data?.find((notebook) => notebook.id === id)?.title;
  useDocumentTitle(title === undefined ? 'Activity' : `Activity · ${title}`);

  if (activity.error instanceof ApiProblem && activity.error.code === 'forbidden') {
    return (
      <Notice title="Only the owner sees this" actions={<ToNotebooks />}>
        What was done to a notebook is told to its owner alone.
      </Notice>
    );
  }
  if (activity.error instanceof ApiProblem && activity.error.code === 'unauthenticated') {
    return (
      <Notice
        title="You are signed out"
        actions={
          <Button look="primary" onClick={() => auth().signIn()}>
            Sign in
          </Button>
        }
      >
        Sign in as the owner of the notebook to see what was done to it.
      </Notice>
    );
  }
  const events = activity.data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <div className="mx-auto flex min-h-dvh max-w-4xl flex-col px-4 sm:px-6">
      <header className="flex h-14 items-center gap-3">
        <Link to="/" aria-label="All notebooks" className="shrink-0 rounded-md">
          <Logo />
        </Link>
        <Link
          to="/notebooks/$id"
          params={{ id }}
          className="flex min-w-0 items-center gap-1.5 rounded-md py-1 pr-2 font-semibold hover:underline"
        >
          <ArrowLeft className="size-4 shrink-0 text-muted" aria-hidden="true" />
          <span className="truncate">{title ?? 'Back to the notebook'}</span>
        </Link>
        <span className="grow" />
        <span className="-mr-1.5">
          <ThemeMenu />
        </span>
      </header>
      <main className="grow pt-6 pb-16">
        <h1 className="font-semibold text-xl tracking-tight">Activity</h1>
        <p className="mt-1 mb-5 text-muted">
          Who shared, ran or changed this notebook, and from where. What was written is not in here.
        </p>
        {activity.isPending ? (
          <ActivitySkeleton />
        ) : activity.isError && events.length === 0 ? (
          <div role="alert" className="rounded-lg border bg-surface p-8 text-center">
            <p className="mb-4 text-muted">{activity.error.message}</p>
            <Button onClick={() => void activity.refetch()}>Try again</Button>
          </div>
        ) : events.length === 0 ? (
          <p className="rounded-lg border border-dashed p-12 text-center text-muted">
            Nothing has happened yet.
          </p>
        ) : (
          <>
            {byDay(events, new Date()).map(({ label, events: ofDay }) => (
              <section key={label} aria-label={label} className="mb-6">
                <h2 className="mb-2 font-medium text-muted">{label}</h2>
                <ol className="divide-y overflow-hidden rounded-lg border bg-surface">
                  {ofDay.map((event) => (
                    <EventRow key={event.id} event={event} />
                  ))}
                </ol>
              </section>
            ))}
            {activity.isError && (
              <p role="alert" className="mb-2 text-center text-bad">
                {activity.error.message}
              </p>
            )}
            {activity.hasNextPage && (
              <div className="text-center">
                <Button
                  disabled={activity.isFetchingNextPage}
                  onClick={() => void activity.fetchNextPage()}
                >
                  {activity.isFetchingNextPage ? 'Loading…' : 'Show older'}
                </Button>
              </div>
            )}
          </>
        )}
      </main>
    </div>
  );
}

const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

function EventRow({ event }: { event: AuditEvent }) {
  const at = new Date(event.at);
  return (
    <li className="flex flex-wrap items-baseline gap-x-4 px-4 py-2">
      <time
        dateTime={event.at}
        title={at.toLocaleString()}
        className="w-10 shrink-0 text-faint tabular-nums"
      >
        {timeOfDay.format(at)}
      </time>
      <span className="min-w-0 grow basis-60 [overflow-wrap:anywhere]">
        <span className="font-medium">{event.actor.name}</span> {activityWords(event)}
      </span>
      <span className="text-faint text-xs max-sm:ml-14">{whence(event)}</span>
    </li>
  );
}

function whence({ via, from }: AuditEvent): string {
  const by = via === 'page' ? 'in the page' : via === '' ? '' : `by ${via}`;
  return [by, from === null ? '' : `from ${from}`].filter((part) => part !== '').join(', ');
}

function ActivitySkeleton() {
  return (
    <div role="status" aria-label="Loading the activity" className="divide-y rounded-lg border">
      {['w-64', 'w-48', 'w-72', 'w-56'].map((width) => (
        <div key={width} className="flex h-10 items-center px-4">
          <div className={`h-3 rounded bg-sunken motion-safe:animate-pulse ${width}`} />
        </div>
      ))}
    </div>
  );
}
