import type { AuditEvent } from '@rnb/protocol';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { AccountMenu } from '../account/account-menu.tsx';
import { activityWords } from '../activity/activity-words.ts';
import { Trail, useTrail } from '../activity/trail.tsx';
import { ApiProblem, listNotebooks } from '../client/index.ts';
import { fetchActivity } from '../client/sharing.ts';
import { useDocumentTitle } from '../shell/document-title.ts';
import { Logo } from '../shell/logo.tsx';
import { Notice } from '../shell/notice.tsx';
import { ThemeMenu } from '../shell/theme-menu.tsx';
import { ToNotebooks } from '../shell/to-notebooks.tsx';

const route = getRouteApi('/notebooks/$id/activity');

/** Who did what to a notebook, for its owner. */
export function ActivityPage() {
  const { id } = route.useParams();
  const activity = useTrail(['activity', id], (before, signal) =>
    fetchActivity(id, before, signal),
  );
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
        <AccountMenu />
      </header>
      <main className="grow pt-6 pb-16">
        <h1 className="font-semibold text-xl tracking-tight">Activity</h1>
        <p className="mt-1 mb-5 text-muted">
          Who shared, ran or changed this notebook, and from where. What was written is not in here.
        </p>
        <Trail trail={activity} heading="h2">
          {(event) => ({
            words: (
              <>
                <span className="font-medium">{event.actor.name}</span> {activityWords(event)}
              </>
            ),
            whence: whence(event),
          })}
        </Trail>
      </main>
    </div>
  );
}

function whence({ via, from }: AuditEvent): string {
  const by = via === 'page' ? 'in the page' : via === '' ? '' : `by ${via}`;
  return [by, from === null ? '' : `from ${from}`].filter((part) => part !== '').join(', ');
}
