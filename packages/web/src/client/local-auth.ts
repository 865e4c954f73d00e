import type { Auth } from './auth.ts';
import { onOtherTab } from './other-tabs.ts';
import { signInFragment } from './own-path.ts';

/** Sign-in by a cookie of our server. `toSignIn` shows the page for it, with that in its address. */
export function localAuth(toSignIn: (fragment: string) => Promise<void>): Auth {
  return {
    provider: 'local',
    keepsAccounts: true,
    getToken: () => Promise.resolve(null),
    isSignedIn: () => false,
    signIn: () => toSignIn(signInFragment(location)),
    // Sockets and requests find out.
    onChange: () => () => undefined,
    onReturn(listener) {
      const stop = new AbortController();
      const { signal } = stop;
      const look = async () => {
        try {
          if ((await fetch('/api/me', { signal })).ok) listener();
        } catch {
          // Out of reach, or stopped.
        }
      };
      const onLook = () => void look();
      addEventListener('focus', onLook, { signal });
      signal.addEventListener('abort', onOtherTab(onLook));
      return () => stop.abort();
    },
  };
}
