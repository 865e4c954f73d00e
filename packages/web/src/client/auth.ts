import { localAuth } from './local-auth.ts';

/**
 * Who the browser says it is. Requests and sockets ask here for a token, pages ask here to sign in, and none of them
 * knows how people do: with local accounts by a cookie, which no script sees; with Clerk by tokens that last a minute.
 */
export interface Auth {
  readonly provider: 'local' | 'clerk';
  /** Whether accounts are this server's own, which then has pages for them. */
  readonly keepsAccounts: boolean;
  /**
   * What proves who is asking; null where a cookie does, or nobody is signed in. A `fresh` one is not older than the
   * question. Throws `SignInUnreachable`.
   */
  getToken(options?: { fresh?: boolean }): Promise<string | null>;
  /** Whether somebody is known to be signed in; a cookie tells nothing. */
  isSignedIn(): boolean;
  /** Turns to where people sign in; who has signed in comes back to where they were. Throws `SignInUnreachable`. */
  signIn(): Promise<void>;
  /** Ends the sign-in, where that is not the server's own to do. */
  signOut?(): Promise<void>;
  /** Called with the person who is signed in from now on, or null; returns how to stop. */
  onChange(listener: (user: string | null) => void): () => void;
  /** For whoever is signed out: called once somebody may have signed in elsewhere in this browser; returns how to stop. */
  onReturn(listener: () => void): () => void;
}

/** It cannot be told whether somebody is signed in. The message says why, and what to do. */
export class SignInUnreachable extends Error {
  override name = 'SignInUnreachable';
}

let current = localAuth(async (fragment) => location.assign(`/sign-in#${fragment}`));

/** How people sign in here. */
export const auth = (): Auth => current;

/** Before anything that needs a sign-in is asked of the server. */
export function setAuth(chosen: Auth): void {
  current = chosen;
}
