import { useEffect } from 'react';
import { fetchMeIfSignedIn } from '../client/accounts.ts';
import { auth } from '../client/auth.ts';
import { type NotebookClient, notAccepted } from '../client/index.ts';
import { Button } from '../shell/button.tsx';
import { Notice } from '../shell/notice.tsx';
import { toast } from '../shell/toasts.tsx';

/** In place of a notebook whose reader the server does not know any more. What was written is not lost by signing in. */
export function SignedOut({ client, reason }: { client: NotebookClient; reason: string }) {
  useReturn(client);
  const tryAgain = <Button onClick={() => client.reconnect()}>Try again</Button>;
  if (auth().isSignedIn()) {
    return (
      <Notice title={notAccepted.title} actions={tryAgain}>
        {notAccepted.detail}
      </Notice>
    );
  }
  const signIn = () => {
    if (client.keepUnsaved()) auth().signIn();
    else {
      toast(
        'There is too much to keep while this tab signs in. Sign in in another tab, then press “Try again” here.',
        { tone: 'bad' },
      );
    }
  };
  return (
    <Notice
      title="You are signed out"
      actions={
        <>
          <Button look="primary" onClick={signIn}>
            Sign in
          </Button>
          {tryAgain}
        </>
      }
    >
      <p>{reason}</p>
      {client.status.get().saved !== 'saved' && (
        <p className="mt-2">
          What you wrote last is not saved yet. It is kept in this tab, and saved once you have
          signed in.
        </p>
      )}
    </Notice>
  );
}

/** Goes on by itself where somebody has signed in in another tab meanwhile, once they come back to this one. */
function useReturn(client: NotebookClient): void {
  useEffect(() => {
    if (auth().provider !== 'local') return;
    const stop = new AbortController();
    const check = async () => {
      if (document.visibilityState !== 'visible') return;
      try {
        if (await fetchMeIfSignedIn(stop.signal)) client.reconnect();
      } catch {
        // Out of reach; the buttons are still there.
      }
    };
    const onReturn = () => void check();
    addEventListener('focus', onReturn, { signal: stop.signal });
    document.addEventListener('visibilitychange', onReturn, { signal: stop.signal });
    return () => stop.abort();
  }, [client]);
}
