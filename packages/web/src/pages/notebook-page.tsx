import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import {
  type ReactNode,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { z } from 'zod';
import { useMe } from '../account/use-me.ts';
import {
  ApiProblem,
  api,
  type Connection,
  fetchPlan,
  findUnsent,
  forgetUnsent,
  type NotebookClient,
  notebookPath,
  openNotebook,
} from '../client/index.ts';
import { CellList } from '../notebook/cell-list.tsx';
import { ConnectionBanner } from '../notebook/connection-state.tsx';
import { KernelNotices } from '../notebook/kernel-state.tsx';
import { NotebookActions } from '../notebook/notebook-actions.ts';
import {
  NotebookProvider,
  type NotebookScope,
  RightsProvider,
  rightsOf,
  useMeta,
  useNotebook,
  useStatus,
} from '../notebook/notebook-context.ts';
import { NotebookHeader } from '../notebook/notebook-header.tsx';
import { PlanPreview } from '../notebook/plan-preview.ts';
import { PlanAnnouncement } from '../notebook/run-preview.tsx';
import { Selection } from '../notebook/selection.ts';
import { passSelectionOn } from '../notebook/selection-heir.ts';
import { ShortcutsDialog } from '../notebook/shortcuts-dialog.tsx';
import { SignedOut } from '../notebook/signed-out.tsx';
import { useCellClipboard } from '../notebook/use-cell-clipboard.ts';
import { useShortcuts } from '../notebook/use-shortcuts.ts';
import { ByInvitation } from '../sharing/by-invitation.tsx';
import { KeptTexts, KeptTextsBanner } from '../sharing/kept-texts.tsx';
import { useRoleNews } from '../sharing/use-role-news.ts';
import { Button } from '../shell/button.tsx';
import { useDocumentTitle } from '../shell/document-title.ts';
import { Notice } from '../shell/notice.tsx';
import { ToNotebooks } from '../shell/to-notebooks.tsx';
import { toast } from '../shell/toasts.tsx';
import { NotFoundPage } from './not-found-page.tsx';

const route = getRouteApi('/notebooks/$id');

export function NotebookPage() {
  const { id } = route.useParams();
  return (
    <ByInvitation key={id} notebook={id}>
      <OneNotebook id={id} />
    </ByInvitation>
  );
}

/** Holds the notebook open as long as the page is shown. */
function OneNotebook({ id }: { id: string }) {
  const [opening, setOpening] = useState(0);
  const [open, setOpen] = useState<{ client: NotebookClient; opening: number } | null>(null);
  // What is here alone is kept apart, and the notebook is shown as everybody has it.
  const startAfresh = useCallback(() => setOpening((count) => count + 1), []);
  const last = useRef<NotebookClient>(null);
  useEffect(() => () => void (last.current && tellWhatIsKept(last.current)), []);
  useEffect(() => {
    const opened = openNotebook(id);
    setOpen({ client: opened, opening });
    last.current = opened;
    const onPageHide = () => opened.leave();
    // Not after the first load, when nothing was left.
    const onPageShow = () => opened.comeBack();
    addEventListener('pagehide', onPageHide);
    addEventListener('pageshow', onPageShow);
    return () => {
      removeEventListener('pagehide', onPageHide);
      removeEventListener('pageshow', onPageShow);
      opened.close();
    };
  }, [id, opening]);
  return open && <OpenNotebook key={open.opening} client={open.client} onRefused={startAfresh} />;
}

/** Whoever turns to another page while there is no connection is to know where their text is. */
function tellWhatIsKept(client: NotebookClient): void {
  const { connection } = client.status.get();
  if (!waitsForServer(connection) || !client.hasUnsaved()) return;
  toast(
    `What you wrote last in “${client.document.title}” is not saved yet. It is kept in this tab: open the notebook again to have it saved.`,
  );
}

function OpenNotebook({ client, onRefused }: { client: NotebookClient; onRefused(): void }) {
  useRoleNews(client, onRefused);
  const scope = useMemo<NotebookScope>(() => {
    const selection = new Selection();
    const actions = new NotebookActions(client, selection);
    return { client, selection, actions, preview: previewOf(client) };
  }, [client]);
  useEffect(() => passSelectionOn(client.structure, scope.selection), [client, scope]);
  const role = useSyncExternalStore(client.status.subscribe, () => client.status.get().role);
  const rights = useMemo(() => rightsOf(role), [role]);
  return (
    <NotebookProvider value={scope}>
      <RightsProvider value={rights}>
        <NotebookStates scope={scope} />
      </RightsProvider>
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
        await api(notebookPath(client.id), z.unknown());
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
        return loaded ? (
          <Gone title="This notebook was deleted">Its owner can bring it back.</Gone>
        ) : (
          <NotFoundPage>
            <KeptHere />
          </NotFoundPage>
        );
      case 'forbidden':
        return loaded ? (
          <Gone title="You no longer have this notebook">
            Its owner took your access away, or the link that you came by has ended.
          </Gone>
        ) : (
          <Gone title="No access">
            There is no such notebook, or it is not shared with you. If it should be, ask its owner.
          </Gone>
        );
      case 'unauthenticated':
        return <SignedOut client={client} reason={connection.reason} />;
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

/** In the place of a notebook that one does not have, or no more. */
function Gone({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Notice title={title} actions={<ToNotebooks />}>
      <p>{children}</p>
      <KeptHere />
    </Notice>
  );
}

/** What was written in the notebook and did not get into it, now or before. */
function KeptHere() {
  const { client } = useNotebook();
  const me = useMe();
  const user = useStatus('user') ?? me;
  const [isThrownAway, setThrownAway] = useState(false);
  const kept = user && !isThrownAway ? findUnsent(client.id, user.id) : null;
  if (!kept || kept.cells.length === 0) return null;
  return (
    <>
      <p className="mt-2 mb-4">
        What you wrote last did not get into it. It is in this tab alone: copy what you want to
        keep.
      </p>
      <KeptTexts cells={kept.cells} />
      <Button
        className="mt-4"
        onClick={() => {
          if (user) forgetUnsent(client.id, user.id, kept);
          setThrownAway(true);
        }}
      >
        Throw it away
      </Button>
    </>
  );
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
        <KeptTextsBanner />
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
