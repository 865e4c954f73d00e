import { useEffect } from 'react';
import { SignInButton } from '../account/sign-in-button.tsx';
import { auth } from '../client/auth.ts';
import { type NotebookClient, notAccepted } from '../client/index.ts';
import { Button } from '../shell/button.tsx';
import { Notice } from '../shell/notice.tsx';
import { toast } from '../shell/toasts.tsx';

/** In place of a notebook whose reader the server does not know any more. What was written is not lost by signing in. */
export function SignedOut({ client, reason }: { client: NotebookClient; reason: string }) {
  useEffect(() => auth().onReturn(() => client.reconnect()), [client]);
  const tryAgain = <Button onClick={() => client.reconnect()}>Try again</Button>;
  if (auth().isSignedIn()) {
    return (
      <Notice title={notAccepted.title} actions={tryAgain}>
        {notAccepted.detail}
      </Notice>
    );
  }
  const mayLeave = () => {
    const isKept = client.keepUnsaved();
    if (!isKept) {
      toast(
        'There is too much to keep while this tab signs in. Sign in in another tab, then press “Try again” here.',
        { tone: 'bad' },
      );
    }
    return isKept;
  };
  return (
    <Notice
      title="You are signed out"
      actions={
        <>
          <SignInButton mayLeave={mayLeave} />
          {tryAgain}
        </>
      }
    >
      <p>{reason}</p>
      {client.status.get().saved !== 'saved' && (
        <p className="mt-2">
          What you wrote last is not saved yet. It is kept in this tab, and saved once you have
          signed in, if you may still edit this notebook then.
        </p>
      )}
    </Notice>
  );
}
