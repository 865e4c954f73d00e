import { Check, CloudOff, LoaderCircle } from 'lucide-react';
import { useNotebook, useStatus } from './notebook-context.ts';

/** Whether what was typed is safe. */
export function SavedMark() {
  const saved = useStatus('saved');
  const connection = useStatus('connection');
  const loaded = useStatus('loaded');
  const { actions } = useNotebook();
  if (!loaded) return null;
  const [Icon, word] =
    saved === 'saving'
      ? [LoaderCircle, 'Saving']
      : saved === 'unsaved'
        ? [CloudOff, 'Not saved']
        : connection.state === 'connected'
          ? [Check, 'Saved']
          : [CloudOff, 'Offline'];
  return (
    <button
      type="button"
      onClick={() => actions.showSaved()}
      className={`flex h-7 items-center gap-1 rounded-md px-1.5 text-xs hover:bg-sunken ${saved === 'unsaved' ? 'text-warn' : 'text-faint'}`}
    >
      <Icon
        className={`size-3.5 ${saved === 'saving' ? 'motion-safe:animate-spin' : ''}`}
        aria-hidden="true"
      />
      <span className="max-lg:sr-only" role="status">
        {word}
      </span>
    </button>
  );
}

/** Shown while there is no connection: what that means, and the one thing to do. */
export function ConnectionBanner() {
  const connection = useStatus('connection');
  const saved = useStatus('saved');
  const loaded = useStatus('loaded');
  const { client } = useNotebook();
  const { state } = connection;
  if (state === 'connecting' || state === 'connected' || state === 'closed') return null;
  // Until the notebook has been here, its place says that the server does not answer.
  if (!loaded && state !== 'refused') return null;
  const mismatch = state === 'refused' && connection.code === 'mismatch';
  return (
    <div
      role="alert"
      className="flex items-center justify-center gap-3 border-b bg-warn-soft px-4 py-1.5 text-sm"
    >
      <CloudOff className="size-4 shrink-0 text-warn" aria-hidden="true" />
      <span>
        {state === 'offline' && 'You are offline.'}
        {state === 'reconnecting' && 'The connection to the server was lost; trying again.'}
        {state === 'refused' && connection.reason}{' '}
        {saved === 'saved'
          ? state !== 'refused' && 'You can go on writing.'
          : 'What you write is kept in this tab and sent later: keep it open.'}
      </span>
      <button
        type="button"
        onClick={() => (mismatch ? location.reload() : client.reconnect())}
        className="shrink-0 rounded font-medium text-accent hover:underline"
      >
        {mismatch ? 'Reload' : 'Try now'}
      </button>
    </div>
  );
}
