import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { z } from 'zod';
import {
  ApiProblem,
  api,
  type Connection,
  fetchPlan,
  type NotebookClient,
  openNotebook,
} from '../client/index.ts';
import { CellList } from '../notebook/cell-list.tsx';
import { ConnectionBanner } from '../notebook/connection-state.tsx';
import { KernelNotices } from '../notebook/kernel-state.tsx';
import { NotebookActions } from '../notebook/notebook-actions.ts';
import {
  NotebookProvider,
  type NotebookScope,
  useMeta,
  useStatus,
} from '../notebook/notebook-context.ts';
import { NotebookHeader } from '../notebook/notebook-header.tsx';
import { PlanPreview } from '../notebook/plan-preview.ts';
import { PlanAnnouncement } from '../notebook/run-preview.tsx';
import { Selection } from '../notebook/selection.ts';
import { passSelectionOn } from '../notebook/selection-heir.ts';
import { ShortcutsDialog } from '../notebook/shortcuts-dialog.tsx';
import { useCellClipboard } from '../notebook/use-cell-clipboard.ts';
import { useShortcuts } from '../notebook/use-shortcuts.ts';
import { Button } from '../shell/button.tsx';
import { useDocumentTitle } from '../shell/document-title.ts';
import { Notice } from '../shell/notice.tsx';
import { ToNotebooks } from '../shell/to-notebooks.tsx';
import { NotFoundPage } from './not-found-page.tsx';

const route = getRouteApi('/notebooks/$id');

export function NotebookPage() {
  const { id } = route.useParams();
  return <OneNotebook key={id} id={id} />;
}

/** Holds the notebook open as long as the page is shown. */
function OneNotebook({ id }: { id: string }) {
  const [client, setClient] = useState<NotebookClient | null>(null);
  useEffect(() => {
    const opened = openNotebook(id);
    setClient(opened);
    const onBeforeUnload = (event: BeforeUnloadEvent) => {
      if (opened.hasUnsaved()) event.preventDefault();
    };
    const onPageHide = () => opened.leave();
    // Not after the first load, when nothing was left.
    const onPageShow = () => opened.comeBack();
    addEventListener('beforeunload', onBeforeUnload);
    addEventListener('pagehide', onPageHide);
    addEventListener('pageshow', onPageShow);
    return () => {
      removeEventListener('beforeunload', onBeforeUnload);
      removeEventListener('pagehide', onPageHide);
      removeEventListener('pageshow', onPageShow);
      opened.close();
    };
  }, [id]);
  return client ? <OpenNotebook client={client} /> : null;
}

function OpenNotebook({ client }: { client: NotebookClient }) {
  const scope = useMemo<NotebookScope>(() => {
    const selection = new Selection();
    const actions = new NotebookActions(client, selection);
    return { client, selection, actions, preview: previewOf(client) };
  }, [client]);
  useEffect(() => passSelectionOn(client.structure, scope.selection), [client, scope]);
  return (
    <NotebookProvider value={scope}>
      <NotebookStates scope={scope} />
    </NotebookProvider>
  );
}

function previewOf({ id, runState, structure }: NotebookClient): PlanPreview {
  return new PlanPreview({
    plan: (target, signal) => fetchPlan(id, target, signal),
    subscribe: (listener) => {
      const stops = [runState.subscribeNotebook(listener), structure.subscribeOrder(listener)];
      return () => {
        for (const stop of stops) stop();
      };
    },
  });
}

function NotebookStates({ scope }: { scope: NotebookScope }) {
  const { client } = scope;
  const connection = useStatus('connection');
  const loaded = useStatus('loaded');
  useDocumentTitle(useMeta().title);

  // A socket only says that it closed; why a notebook does not open is told over HTTP.
  const reason = useQuery({
    queryKey: ['why-not-open', client.id],
    enabled: !loaded && connection.state === 'reconnecting',
    retry: false,
    queryFn: async () => {
      try {
        await api(`/api/notebooks/${encodeURIComponent(client.id)}`, z.unknown());
        return null;
      } catch (error) {
        if (error instanceof ApiProblem) return error.problem;
        throw error;
      }
    },
  });

  if (connection.state === 'refused') {
    switch (connection.code) {
      case 'not_found':
        return <NotFoundPage />;
      case 'forbidden':
        return (
          <Notice title="No access" actions={<ToNotebooks />}>
            This notebook belongs to somebody else. Ask its owner to share it with you.
          </Notice>
        );
      case 'unauthenticated':
        return (
          <Notice
            title="You are signed out"
            actions={<Button onClick={() => client.reconnect()}>Try again</Button>}
          >
            Open the sign-in link that the server printed, then try again. What you wrote is kept as
            long as this tab stays open.
          </Notice>
        );
    }
  }
  if (!loaded && reason.data && reason.data.code !== 'unavailable') {
    const damaged = reason.data.code === 'notebook_damaged';
    return (
      <Notice
        title={damaged ? 'This notebook is damaged' : 'This notebook does not open'}
        actions={
          <>
            <Button
              onClick={() => {
                void reason.refetch();
                client.reconnect();
              }}
            >
              Try again
            </Button>
            <ToNotebooks />
          </>
        }
      >
        <p>{reason.data.detail}</p>
        {damaged && <p className="mt-2">Nothing was changed or thrown away.</p>}
        {reason.data.id && <p className="mt-2 text-faint text-sm">Error id {reason.data.id}</p>}
      </Notice>
    );
  }
  return <Notebook scope={scope} />;
}

function waitsForServer({ state }: Connection): boolean {
  return state === 'reconnecting' || state === 'offline';
}

function Notebook({ scope }: { scope: NotebookScope }) {
  const loaded = useStatus('loaded');
  const connection = useStatus('connection');
  const [showsShortcuts, setShowsShortcuts] = useState(false);
  const showShortcuts = useCallback(() => setShowsShortcuts(true), []);
  useShortcuts(scope, showShortcuts);
  useCellClipboard(scope);
  return (
    <div className="min-h-dvh">
      <header className="sticky top-0 z-30 border-b bg-page">
        <NotebookHeader onShowShortcuts={showShortcuts} />
        <ConnectionBanner />
        <KernelNotices />
      </header>
      <main className="mx-auto max-w-5xl px-2 pt-4 pb-[40vh] sm:px-6">
        {loaded ? (
          <CellList />
        ) : (
          connection.state !== 'refused' && <Skeleton waiting={waitsForServer(connection)} />
        )}
      </main>
      <PlanAnnouncement />
      <ShortcutsDialog open={showsShortcuts} onOpenChange={setShowsShortcuts} />
    </div>
  );
}

function Skeleton({ waiting }: { waiting: boolean }) {
  return (
    <div role="status" aria-label="Opening the notebook" className="flex flex-col gap-4 pl-9">
      {waiting && <p className="text-muted">The server does not answer yet; trying again.</p>}
      {['h-24', 'h-40', 'h-24', 'h-64'].map((height, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list
          key={index}
          className={`rounded-lg border bg-surface motion-safe:animate-pulse ${height}`}
        />
      ))}
    </div>
  );
}
