import { type Auth, SignInUnreachable } from './auth.ts';
import { keepInvitation } from './join-link.ts';
import { leaveAndComeBack } from './leaving.ts';

/** What is used of Clerk's own object in the page. */
export interface Clerk {
  readonly session?: {
    getToken(options?: { skipCache?: boolean }): Promise<string | null>;
  } | null;
  readonly user?: { readonly id: string } | null;
  readonly client?: {
    readonly lastActiveSessionId: string | null;
    reload(): Promise<unknown>;
  };
  setActive(params: { session: string }): Promise<void>;
  signOut(): Promise<unknown>;
  redirectToSignIn(options: { redirectUrl: string }): Promise<unknown>;
  addListener(listener: (resources: { user?: { readonly id: string } | null }) => void): () => void;
}

const unreachable =
  'Clerk, which signs you in here, could not be reached. Check the connection and try again.';

/** Clerk itself goes on trying for minutes. */
const patienceMs = 10_000;

/** Sign-in with Clerk. `clerk` is loaded. */
export function clerkAuth(clerk: Clerk): Auth {
  return {
    provider: 'clerk',
    keepsAccounts: false,
    async getToken({ fresh = false } = {}) {
      try {
        // Somebody may have signed in in another tab.
        if (fresh && !clerk.session) await inTime(findSession(clerk));
        return (await inTime(clerk.session?.getToken({ skipCache: fresh }))) ?? null;
      } catch {
        // Asked for a token, Clerk may have said that the session is over.
        if (!clerk.session) return null;
        throw new SignInUnreachable(unreachable);
      }
    },
    isSignedIn: () => Boolean(clerk.session),
    async signIn() {
      keepInvitation();
      // Made of where the page is, so that nobody comes back to another origin; a fragment may have a secret.
      const { origin, pathname, search } = location;
      try {
        await leaveAndComeBack(() =>
          clerk.redirectToSignIn({ redirectUrl: origin + pathname + search }),
        );
      } catch {
        throw new SignInUnreachable(unreachable);
      }
    },
    async signOut() {
      await clerk.signOut();
    },
    onChange(listener) {
      let last = clerk.user?.id ?? null;
      return clerk.addListener(({ user }) => {
        // While Clerk changes from one session to another, nobody knows.
        if (user === undefined || (user?.id ?? null) === last) return;
        last = user?.id ?? null;
        listener(last);
      });
    },
    // It tells of that as of any change.
    onReturn: () => () => undefined,
  };
}

async function findSession(clerk: Clerk): Promise<void> {
  await clerk.client?.reload();
  const session = clerk.client?.lastActiveSessionId;
  if (session) await clerk.setActive({ session });
}

async function inTime<T>(answer: Promise<T> | undefined): Promise<T | undefined> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer in time')), patienceMs);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
