/** What the rest of the server needs of sign-in. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from './principal.ts';

export interface Authenticator {
  /**
   * A request's or an upgrade's headers. A token that is given decides alone: a wrong one does not fall back to the
   * cookie. Whoever accepts a cookie checks the origin first (auth/origin).
   */
  authenticate(headers: {
    cookie?: string | undefined;
    authorization?: string | undefined;
  }): Promise<Principal | null>;
  /** An API token, as a socket's `hello` carries it. */
  authenticateToken(token: string): Promise<Principal | null>;
}

/** Cookies are the browser's, the one API token is the owner's. */
export function createAuthenticator(deps: {
  /** The principal of a session cookie; null when it is not, or no longer, one. */
  principalOfCookie(cookie: string): Promise<Principal | null>;
  /** `RNB_TOKEN`. */
  token: string | null;
  owner: Omit<Principal, 'via'>;
}): Authenticator {
  const expected = deps.token === null ? null : digest(deps.token);

  async function authenticateToken(token: string): Promise<Principal | null> {
    // Digests have one length, so that the comparison's time says nothing of the token.
    if (!expected || !timingSafeEqual(digest(token), expected)) return null;
    return { ...deps.owner, via: 'token' };
  }

  return {
    authenticateToken,
    async authenticate({ cookie, authorization }) {
      if (authorization !== undefined) {
        const token = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1];
        return token === undefined ? null : authenticateToken(token);
      }
      return cookie ? deps.principalOfCookie(cookie) : null;
    },
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
