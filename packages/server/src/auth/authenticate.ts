/** What the rest of the server needs of sign-in, whichever way people do. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type TokenStore, tokenPrefix } from '../store/token-store.ts';
import type { Principal } from './principal.ts';

/** Where a credential came from. */
export interface Origin {
  /** The `Host` header, which was found to be ours. */
  host: string | undefined;
  /** The client's address. */
  address: string | null;
}

export interface Authenticator {
  /**
   * A request's or an upgrade's headers. A token that is given decides alone: a wrong one does not fall back to the
   * cookie. Whoever accepts a cookie checks the origin first (auth/origin).
   */
  authenticate(
    headers: { cookie?: string | undefined; authorization?: string | undefined },
    from: Origin,
  ): Promise<Principal | null>;
  /** An API token or a sign-in's own token, as a socket's `hello` carries it. */
  authenticateToken(token: string, from: Origin): Promise<Principal | null>;
  /** Whether a sign-in that was good still counts: nobody has signed out or revoked it. Expiry is not looked at. */
  holds(principal: Principal): Promise<boolean>;
}

/** One way of signing in; a server has one. */
export interface SignIn {
  /** The principal of a session cookie; null when it is not, or no longer, one. */
  principalOfCookie(cookie: string): Promise<Principal | null>;
  /** The principal of a token that is none of ours. */
  principalOfToken(token: string, from: Origin): Promise<Principal | null>;
  /** Whether a sign-in of this kind still counts. */
  holds(principal: Principal): Promise<boolean>;
  /**
   * Whether somebody who comes by an API token of ours still has an account; known as of a few minutes ago, else
   * rejects. Left out where accounts are in our own database, which is asked in any case.
   */
  stillCounts?(userId: string): Promise<boolean>;
}

export function createAuthenticator(deps: {
  signIn: SignIn;
  tokens: Pick<TokenStore, 'use' | 'exists'>;
}): Authenticator {
  const { signIn, tokens } = deps;
  const stillCounts = async (userId: string) => (await signIn.stillCounts?.(userId)) ?? true;

  async function authenticateToken(token: string, from: Origin): Promise<Principal | null> {
    const use = token.startsWith(tokenPrefix) ? await tokens.use(token, from.address) : null;
    // Which may look like one of ours: an operator chooses RNB_TOKEN freely.
    if (use === null) return signIn.principalOfToken(token, from);
    const { id: userId, name, email, emailVerified } = use.person;
    if (!(await stillCounts(userId))) return null;
    return {
      userId,
      name,
      email,
      emailVerified,
      via: 'token',
      means: `token “${use.name}”`,
      scope: use.scope,
      isAdministrator: false,
      signInId: `token:${use.id}`,
      expiresAt: use.expiresAt.getTime(),
    };
  }

  return {
    authenticateToken,
    async holds(principal) {
      const [, token] = /^token:(.+)$/.exec(principal.signInId ?? '') ?? [];
      if (token === undefined) return signIn.holds(principal);
      return (await tokens.exists(token)) && stillCounts(principal.userId);
    },
    async authenticate({ cookie, authorization }, from) {
      if (authorization !== undefined) {
        const token = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1];
        return token === undefined ? null : authenticateToken(token, from);
      }
      return cookie ? signIn.principalOfCookie(cookie) : null;
    },
  };
}

/** Compares digests, which have one length, so that the time it takes says nothing of the secret. */
export function secretMatcher(secret: string | null): (given: string) => boolean {
  const expected = secret === null ? null : digest(secret);
  return (given) => expected !== null && timingSafeEqual(digest(given), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
