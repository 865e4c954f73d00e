import { auth } from '../client/auth.ts';
import { type NotebookClient, notAccepted } from '../client/index.ts';
import { Button } from '../shell/button.tsx';
import { Notice } from '../shell/notice.tsx';
import { toast } from '../shell/toasts.tsx';

/** In place of a notebook whose reader the server does not know any more. What was written is not lost by signing in. */
export function SignedOut({ client, reason }: { client: NotebookClient; reason: string }) {
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
