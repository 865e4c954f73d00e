import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApiProblem, signInByLink } from '../client/http.ts';
import { Button } from '../shell/button.tsx';
import { Notice } from '../shell/notice.tsx';

type State = 'no-link' | 'signing-in' | 'link-used' | { failed: string };

/** `#token=…`, or the bare token. */
function tokenOf(hash: string): string | null {
  const fragment = hash.replace(/^#/, '');
  return new URLSearchParams(fragment).get('token') ?? (fragment === '' ? null : fragment);
}

// Read once, when the page loads, and taken out of the address so that it stays in no history and no screenshot.
const token = location.pathname === '/sign-in' ? tokenOf(location.hash) : null;
if (token !== null) history.replaceState(history.state, '', location.pathname);
let attempt: Promise<void> | null = null;

export function SignInPage() {
  const [state, setState] = useState<State>(token === null ? 'no-link' : 'signing-in');
  const navigate = useNavigate();

  useEffect(() => {
    if (token === null || state !== 'signing-in') return;
    // One attempt however often the effect runs: the token works only once.
    attempt ??= signInByLink(token);
    let left = false;
    attempt.then(
      () => {
        if (!left) void navigate({ to: '/', replace: true });
      },
      (error: unknown) => {
        if (left) return;
        const known = error instanceof ApiProblem ? error : null;
        if (known?.code === 'unavailable') setState({ failed: known.detail });
        else if (known?.code === 'too_many_requests') setState({ failed: known.detail });
        else setState('link-used');
      },
    );
    return () => {
      left = true;
    };
  }, [state, navigate]);

  if (state === 'signing-in') {
    return (
      <Notice title="Signing in…">
        <span role="status">One moment.</span>
      </Notice>
    );
  }
  if (state === 'no-link') {
    return (
      <Notice title="Sign in">
        Open the sign-in link that the server printed in its terminal when it started.
      </Notice>
    );
  }
  if (state === 'link-used') {
    return (
      <Notice title="This link no longer works">
        A sign-in link works once, and only for a while. Restart the server and open the link it
        prints.
      </Notice>
    );
  }
  return (
    <Notice
      title="Signing in did not work"
      actions={
        <Button
          look="primary"
          onClick={() => {
            attempt = null;
            setState('signing-in');
          }}
        >
          Try again
        </Button>
      }
    >
      {state.failed}
    </Notice>
  );
}
