/**
 * Stands before the app where people sign in with Clerk: finds out which application of Clerk it is, has its script
 * loaded, and lets nobody through who is not signed in. The app behind it knows nothing of Clerk but what client/auth
 * says. Local accounts never load this file, unless somebody else than our server gave the page.
 */
import { ClerkProvider, useAuth, useClerk } from '@clerk/react';
import { clerkHostOf } from '@rnb/protocol';
import { QueryClient, useQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { auth, setAuth } from '../client/auth.ts';
import { dropEarlySocket } from '../client/browser-socket.ts';
import { clerkAuth } from '../client/clerk-auth.ts';
import { fetchConfig, tellSignedOut } from '../client/http.ts';
import { startOver } from '../client/leaving.ts';
import { belongTo } from '../client/one-person.ts';
import { Button } from '../shell/button.tsx';
import { Notice } from '../shell/notice.tsx';
import { clerkAppearance } from './clerk-appearance.ts';

/** The server says so, or whoever built the page. */
const builtInKey: string | undefined = import.meta.env.VITE_CLERK_PUBLISHABLE_KEY;

/** Of its own: signing out empties the app's. */
const queries = new QueryClient({ defaultOptions: { queries: { retry: 2, gcTime: Infinity } } });

/** A script that takes longer is not likely to come. */
const patienceMs = 10_000;

export function SignInGate({ children }: { children: ReactNode }) {
  const config = useQuery(
    { queryKey: ['config'], queryFn: ({ signal }) => fetchConfig(signal), staleTime: Infinity },
    queries,
  );
  if (config.isPending) return <Waiting />;
  if (config.isError) {
    return (
      <Notice
        title="The server does not answer"
        actions={<Button onClick={() => void config.refetch()}>Try again</Button>}
      >
        {config.error.message}
      </Notice>
    );
  }
  if (config.data.authProvider === 'local') return children;
  const key = config.data.clerkPublishableKey ?? builtInKey ?? null;
  const host = key === null ? null : clerkHostOf(key);
  if (key === null || host === null) {
    return <KeyMissing wrong={key !== null} retry={() => void config.refetch()} />;
  }
  return (
    <ClerkProvider
      publishableKey={key}
      afterSignOutUrl="/"
      allowedRedirectOrigins={[location.origin]}
      appearance={clerkAppearance}
      telemetry={false}
    >
      <Gate host={host}>{children}</Gate>
    </ClerkProvider>
  );
}

function Gate({ host, children }: { host: string; children: ReactNode }) {
  const clerk = useClerk();
  const { isLoaded, userId } = useAuth();
  const unreachable = useScriptFailure();
  /** Whose page this is. */
  const [entered, setEntered] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const signIn = useCallback(() => {
    setRefused(null);
    auth()
      .signIn()
      .catch((error: Error) => setRefused(error.message));
  }, []);

  useEffect(() => {
    if (!isLoaded || entered !== null) return;
    dropEarlySocket();
    setAuth(clerkAuth(clerk));
    if (userId) setEntered(userId);
    else signIn();
  }, [clerk, isLoaded, userId, entered, signIn]);

  useEffect(() => {
    if (entered === null) return;
    return belongTo(entered, auth(), { onSignedOut: tellSignedOut, onSomebodyElse: startOver });
  }, [entered]);

  if (entered !== null) return children;
  if (refused !== null) {
    return (
      <Notice
        title="Nobody can sign in right now"
        actions={<Button onClick={signIn}>Try again</Button>}
      >
        {refused}
      </Notice>
    );
  }
  if (isLoaded) {
    return userId ? null : (
      <Notice title="Sign in">
        <span role="status">You are taken to the sign-in page.</span>
      </Notice>
    );
  }
  if (!unreachable && clerk.status !== 'error') return <Waiting />;
  return (
    <Notice
      title="Nobody can sign in right now"
      actions={<Button onClick={() => location.reload()}>Try again</Button>}
    >
      <p>
        This server signs people in with Clerk, whose script did not load from{' '}
        <span className="wrap-anywhere">{host}</span>. Check your connection, and whether a content
        blocker or a firewall keeps it away.
      </p>
      <p className="mt-2">Your notebooks are safe on the server.</p>
    </Notice>
  );
}

function KeyMissing({ wrong, retry }: { wrong: boolean; retry(): void }) {
  return (
    <Notice title="Sign-in is not set up yet" actions={<Button onClick={retry}>Try again</Button>}>
      <p>
        {wrong
          ? 'This server signs people in with Clerk, but its publishable key is none of Clerk’s.'
          : 'This server signs people in with Clerk, but has no publishable key for the page.'}
      </p>
      <p className="mt-2">
        Whoever runs it sets <code className="font-mono text-sm">CLERK_PUBLISHABLE_KEY</code>, which
        Clerk’s dashboard shows under “API keys” and which begins with{' '}
        <code className="font-mono text-sm">pk_</code>, and starts the server again.
      </p>
    </Notice>
  );
}

/** Mostly gone before it is seen. */
function Waiting() {
  return (
    <div className="animate-late">
      <Notice title="Signing in">
        <span role="status">One moment.</span>
      </Notice>
    </div>
  );
}

/** Whether Clerk's script failed to load, or is late; it may come all the same. */
function useScriptFailure(): boolean {
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const fail = () => setFailed(true);
    const onError = ({ target }: Event) => {
      if (target instanceof HTMLScriptElement && target.dataset.clerkPublishableKey) fail();
    };
    const timer = setTimeout(fail, patienceMs);
    addEventListener('error', onError, true);
    return () => {
      clearTimeout(timer);
      removeEventListener('error', onError, true);
    };
  }, []);
  return failed;
}
