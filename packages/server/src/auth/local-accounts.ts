/**
 * Sign-in with local accounts, by better-auth: users, sessions, cookies. Nobody can sign up by themselves; the first
 * start makes the owner's account, and a one-time link (sign-in-link) signs them in.
 *
 * Requests reach better-auth only after http/ has checked their host and origin, so its own checks, which need to
 * know the address in advance, are off.
 */
import { type BetterAuthOptions, betterAuth } from 'better-auth/minimal';
import type { Profile } from '../store/people-store.ts';
import { retryWhileAway } from '../store/retry.ts';
import { type SignIn, secretMatcher } from './authenticate.ts';
import { createLinkToken, revokeLinks, signInLinkPlugin } from './sign-in-link.ts';

/** How the mount tells better-auth the socket's address, for its rate limits; a client's own is overwritten. */
export const clientAddressHeader = 'x-rnb-client-address';

const awayLimitMs = 10_000;
const ownerEmail = 'owner@localhost';

export interface LocalAccounts extends SignIn {
  readonly owner: { userId: string; name: string; email: string };
  /** Everything under /api/auth. */
  handle(request: Request): Promise<Response>;
  /** Ends the links printed before and makes the token of a new one. */
  issueLink(): Promise<string>;
  /** Ends the links that were printed. */
  close(): Promise<void>;
}

export async function openLocalAccounts(options: {
  /** better-auth's adapter of the database. */
  database: NonNullable<BetterAuthOptions['database']>;
  secret: string;
  /** `RNB_TOKEN`. */
  token: string | null;
  /** Whether browsers reach the server by https alone. */
  https: boolean;
  /** Called for whoever signs in. */
  welcome(person: Profile): Promise<void>;
  log: { warn(message: string): void; error(message: string): void };
}): Promise<LocalAccounts> {
  const auth = betterAuth({
    appName: 'Reactive Notebook',
    // Only for links in mails, of which there are none; requests carry their own address.
    baseURL: 'http://localhost',
    basePath: '/api/auth',
    secret: options.secret,
    database: options.database,
    emailAndPassword: { enabled: true, disableSignUp: true },
    plugins: [signInLinkPlugin()],
    session: { expiresIn: 30 * 24 * 60 * 60, updateAge: 24 * 60 * 60 },
    rateLimit: { enabled: true, storage: 'memory', window: 60, max: 300 },
    advanced: {
      cookiePrefix: 'rnb',
      useSecureCookies: options.https,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
      disableOriginCheck: true,
      disableCSRFCheck: true,
    },
    telemetry: { enabled: false },
    logger: {
      level: 'warn',
      // Messages alone: what comes with them may hold an address or a token.
      log: (level, message) =>
        level === 'error' ? options.log.error(message) : options.log.warn(message),
    },
  });
  const { internalAdapter, adapter } = await auth.$context;

  const known = await internalAdapter.findUserByEmail(ownerEmail);
  const user =
    known?.user ??
    (await internalAdapter.createUser(
      { email: ownerEmail, name: 'Owner', emailVerified: true },
      { method: 'admin' },
    ));
  const owner = { userId: user.id, name: user.name, email: user.email };
  await options.welcome({
    id: owner.userId,
    name: owner.name,
    email: owner.email,
    emailVerified: true,
  });

  const isOwnersToken = secretMatcher(options.token);

  return {
    owner,
    async principalOfCookie(cookie) {
      const headers = new Headers({ cookie });
      const found = await retryWhileAway(awayLimitMs, () => auth.api.getSession({ headers }));
      if (!found) return null;
      const { id: userId, name, email, emailVerified } = found.user;
      return {
        userId,
        name,
        email,
        emailVerified,
        via: 'session',
        means: 'page',
        scope: 'full',
        signInId: `session:${found.session.id}`,
        expiresAt: null,
      };
    },
    async principalOfToken(token) {
      if (!isOwnersToken(token)) return null;
      return {
        ...owner,
        emailVerified: true,
        via: 'token',
        means: 'RNB_TOKEN',
        scope: 'full',
        signInId: null,
        expiresAt: null,
      };
    },
    async holds({ signInId }) {
      const [, id] = /^session:(.+)$/.exec(signInId ?? '') ?? [];
      if (id === undefined) return true;
      const where = [{ field: 'id', value: id }];
      const found = await retryWhileAway(awayLimitMs, () =>
        adapter.findOne<{ expiresAt: Date }>({ model: 'session', where }),
      );
      return found !== null && found.expiresAt.getTime() > Date.now();
    },
    handle: (request) => auth.handler(request),
    async issueLink() {
      await revokeLinks(adapter);
      return createLinkToken(internalAdapter, owner.userId);
    },
    close: () => revokeLinks(adapter),
  };
}
