/**
 * Sign-in with local accounts. Users, sessions, cookies and the hashing of passwords are better-auth's; none of its
 * routes is open, so that what can be asked over HTTP is what stands in http/routes. The first start makes the account
 * of the administrator, and a one-time link (sign-in-link) signs them in.
 *
 * No mail is sent, so an address that somebody types proves nothing. It counts as proven where the administrator
 * vouches for it: by an invitation that names it, and for their own. Who administers a server could read its database as
 * well, so that they may have what is shared with an address that they vouch for is no more than they have anyway.
 */

import type { SignUp, SignUpPolicy } from '@rnb/protocol';
import { passwordLimits } from '@rnb/protocol';
import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { type BetterAuthOptions, betterAuth } from 'better-auth/minimal';
import { z } from 'zod';
import type { AccountStore } from '../store/account-store.ts';
import type { InvitationStore } from '../store/invitation-store.ts';
import type { Profile } from '../store/people-store.ts';
import { retryWhileAway } from '../store/retry.ts';
import { type SignIn, secretMatcher } from './authenticate.ts';
import { passwordFault } from './password-rules.ts';
import { createLinkToken, findLink, revokeLinks } from './sign-in-link.ts';

/** How better-auth hears of a client's address, which it keeps with the session. */
const clientAddressHeader = 'x-rnb-client-address';

const awayLimitMs = 10_000;
const firstEmail = 'owner@localhost';

/** Who asks, as a session remembers it. */
export interface Browser {
  address: string;
  userAgent: string | undefined;
}

/** Somebody who has just signed in; the cookies are for the answer. */
export interface SignedIn {
  person: Profile;
  cookies: string[];
}

export interface AccountFault {
  field: 'name' | 'email' | 'currentPassword' | 'newPassword' | 'password';
  message: string;
}

export type SignUpRefusal = 'closed' | 'not_invited' | AccountFault;

export interface LocalAccounts extends SignIn {
  readonly signUpPolicy: SignUpPolicy;
  /** The administrator. */
  readonly owner: { userId: string };
  /** Null for a link that was used, has ended, or never was. */
  signInByLink(token: string, browser: Browser): Promise<SignedIn | 'blocked' | null>;
  /** Null for a wrong address or password: which of them, takes no less time to find out. */
  signIn(
    credentials: { email: string; password: string },
    browser: Browser,
  ): Promise<SignedIn | 'blocked' | null>;
  /** `takenFrom`: who had the address and had not proven it. */
  signUp(
    form: SignUp,
    browser: Browser,
  ): Promise<(SignedIn & { takenFrom: string | null }) | { refused: SignUpRefusal }>;
  /** The cookies that take the session's away. */
  signOut(cookie: string): Promise<string[]>;
  /** Whose address this is, signed in or not. */
  personOf(email: string): Promise<Profile | null>;
  hasPassword(userId: string): Promise<boolean>;
  /** Null where it is done. */
  update(
    userId: string,
    change: {
      name?: string | undefined;
      email?: string | undefined;
      currentPassword?: string | undefined;
    },
  ): Promise<AccountFault | null>;
  /** Ends all sessions of the account; whoever is signed in by one gets another. */
  changePassword(
    userId: string,
    passwords: { currentPassword?: string | undefined; newPassword: string },
    browser: Browser | null,
  ): Promise<{ cookies: string[] } | { refused: AccountFault }>;
  /**
   * Takes somebody's password away, ends their sessions, and makes the token of a link that signs them in once, to set a
   * new one. Null where there is no such account.
   */
  passwordLink(userId: string): Promise<{ token: string; expiresAt: Date } | null>;
  /** Ends the links printed before and makes the token of a new one. */
  issueLink(): Promise<string>;
  /** Ends the links that were printed. */
  close(): Promise<void>;
}

export async function openLocalAccounts(options: {
  /** better-auth's adapter of the database. */
  database: NonNullable<BetterAuthOptions['database']>;
  accounts: AccountStore;
  invitations: InvitationStore;
  secret: string;
  signUp: SignUpPolicy;
  /** `RNB_TOKEN`. */
  token: string | null;
  /** Whether browsers reach the server by https alone. */
  https: boolean;
  /** Called for whoever signs in, and when what is known of them has changed. */
  welcome(person: Profile): Promise<void>;
  log: { warn(message: string): void; error(message: string): void };
}): Promise<LocalAccounts> {
  const { accounts, invitations, welcome } = options;
  const auth = betterAuth({
    appName: 'Reactive Notebook',
    // Only for links in mails, of which there are none.
    baseURL: 'http://localhost',
    secret: options.secret,
    database: options.database,
    user: { additionalFields: { isAdministrator: { type: 'boolean', input: false } } },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: passwordLimits.minLength,
      maxPasswordLength: passwordLimits.maxLength,
    },
    plugins: [sessionPlugin()],
    session: { expiresIn: 30 * 24 * 60 * 60, updateAge: 24 * 60 * 60 },
    // How often one may try is limited by the routes.
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: 'rnb',
      useSecureCookies: options.https,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
      // Requests come here only after http/ has checked their host and origin.
      disableOriginCheck: true,
      disableCSRFCheck: true,
    },
    telemetry: { enabled: false },
    logger: {
      level: 'error',
      // Messages alone: what comes with them may hold an address or a token.
      log: (_, message) => options.log.error(message),
    },
  });
  const { internalAdapter, adapter, password: hashing } = await auth.$context;

  const administrator = (await accounts.administrator()) ?? (await makeAdministrator());
  const owner = { userId: administrator.id };
  await welcome({ ...administrator, emailVerified: true });

  async function makeAdministrator() {
    const profile = { email: firstEmail, name: 'Owner', emailVerified: true };
    try {
      return await internalAdapter.createUser(
        { ...profile, isAdministrator: true },
        { method: 'admin' },
      );
    } catch (error) {
      // Another server of the same database was faster.
      const made = await accounts.administrator();
      if (!made) throw error;
      return made;
    }
  }

  /** A session and its cookies; `blocked` for whoever may not have one. */
  async function startSession(person: Profile, browser: Browser): Promise<SignedIn | 'blocked'> {
    return admit(person, (await newSession(person.id, browser)).cookies);
  }

  async function newSession(userId: string, browser: Browser) {
    const { headers, response } = await auth.api.startSession({
      body: { userId },
      headers: headersOf(browser),
      returnHeaders: true,
    });
    return { cookies: headers.getSetCookie(), sessionToken: response.token };
  }

  async function admit(person: Profile, cookies: string[]): Promise<SignedIn | 'blocked'> {
    await welcome(person);
    // Asked when the session is there: to block somebody ends the sessions that are.
    if (await accounts.isBlocked(person.id)) {
      await accounts.endSessions(person.id);
      return 'blocked';
    }
    return { person, cookies };
  }

  async function hasThisPassword(userId: string, password: string): Promise<boolean> {
    const hash = (await internalAdapter.findCredentialAccount(userId))?.password;
    return hash ? hashing.verify({ hash, password }) : false;
  }

  /** Of what somebody types as the password they have; null where it is right. */
  async function currentPasswordFault(
    userId: string,
    given: string | undefined,
  ): Promise<AccountFault | null> {
    const field = 'currentPassword';
    const account = await internalAdapter.findCredentialAccount(userId);
    const hash = account?.password;
    if (!hash) return null;
    if (given === undefined) return { field, message: 'Enter your present password.' };
    const isRight =
      given.length <= passwordLimits.maxLength && (await hashing.verify({ hash, password: given }));
    return isRight ? null : { field, message: 'This is not your present password.' };
  }

  const isOwnersToken = secretMatcher(options.token);

  return {
    owner,
    signUpPolicy: options.signUp,
    async principalOfCookie(cookie) {
      const headers = new Headers({ cookie });
      const found = await retryWhileAway(awayLimitMs, () => auth.api.getSession({ headers }));
      if (!found) return null;
      const { id: userId, name, email, emailVerified, isAdministrator } = found.user;
      return {
        userId,
        name,
        email,
        emailVerified,
        via: 'session',
        means: 'page',
        scope: 'full',
        isAdministrator: isAdministrator === true,
        signInId: `session:${found.session.id}`,
        expiresAt: null,
      };
    },
    async principalOfToken(token) {
      if (!isOwnersToken(token)) return null;
      // As they are called now; another server may have been told.
      const found = await accounts.administrator();
      if (!found) return null;
      const { id: userId, ...profile } = found;
      return {
        userId,
        ...profile,
        via: 'token',
        means: 'RNB_TOKEN',
        scope: 'full',
        isAdministrator: true,
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

    signInByLink: (token, browser) =>
      once(async () => {
        const link = await findLink(internalAdapter, token);
        const user = link && (await internalAdapter.findUserById(link.userId));
        if (!user) return null;
        const { cookies, sessionToken } = await newSession(user.id, browser);
        // Last, so that whoever ends links and then sessions ends this one too.
        if (!(await link.claim())) {
          await internalAdapter.deleteSession(sessionToken);
          return null;
        }
        return admit(profileOf(user), cookies);
      }),

    signIn: ({ email, password }, browser) =>
      once(async () => {
        try {
          const { headers, response } = await auth.api.signInEmail({
            body: { email, password },
            headers: headersOf(browser),
            returnHeaders: true,
          });
          // The password may have been taken away while it was checked; that ended the sessions that were there.
          if (!(await hasThisPassword(response.user.id, password))) {
            await internalAdapter.deleteSession(response.token);
            return null;
          }
          return await admit(profileOf(response.user), headers.getSetCookie());
        } catch (error) {
          if (error instanceof APIError && error.statusCode < 500) return null;
          throw error;
        }
      }),

    signUp: ({ name, email, password, invitation }, browser) =>
      once(async () => {
        if (options.signUp === 'closed') return { refused: 'closed' };
        const terms = invitation === undefined ? null : await invitations.find(invitation);
        if (!terms && (options.signUp === 'invite' || invitation !== undefined)) {
          return { refused: 'not_invited' };
        }
        if (terms && terms.email !== null && terms.email !== email) {
          const message = `This invitation is for ${terms.email}. Use that address, or ask for another invitation.`;
          return { refused: { field: 'email', message } };
        }
        const fault = passwordFault(password, { name, email });
        if (fault !== null) return { refused: { field: 'password', message: fault } };

        const passwordHash = await hashing.hash(password);
        const made = await accounts.create({ name, email, passwordHash }, invitation ?? null);
        if (made === 'not_invited') return { refused: 'not_invited' };
        if (made === 'taken') return { refused: taken };
        const { person, takenFrom } = made;
        const signedIn = await startSession(person, browser);
        if (signedIn === 'blocked') throw new Error('A new account is blocked');
        return { ...signedIn, takenFrom };
      }),

    signOut: (cookie) =>
      once(async () => {
        const headers = new Headers({ cookie });
        const found = await auth.api.getSession({ headers });
        if (found) await accounts.endSession(found.user.id, found.session.id);
        const answer = await auth.api.signOut({ headers, returnHeaders: true });
        return answer.headers.getSetCookie();
      }),

    personOf: (email) =>
      once(async () => {
        const found = await internalAdapter.findUserByEmail(email.toLowerCase());
        return found && profileOf(found.user);
      }),

    hasPassword: (userId) =>
      once(async () => Boolean((await internalAdapter.findCredentialAccount(userId))?.password)),

    update: (userId, { name, email, currentPassword }) =>
      once(async () => {
        const before = await internalAdapter.findUserById(userId);
        if (!before) throw new Error('An account that signed in is gone');
        const moves = email !== undefined && email !== before.email;
        if (moves) {
          const fault = await currentPasswordFault(userId, currentPassword);
          if (fault) return fault;
          if (await internalAdapter.findUserByEmail(email)) return taken;
        }
        const emailVerified = userId === owner.userId;
        const user = await internalAdapter.updateUser(userId, {
          ...(name !== undefined && { name }),
          ...(moves && { email, emailVerified }),
        });
        await welcome(profileOf({ ...before, ...user }));
        return null;
      }),

    changePassword: (userId, { currentPassword, newPassword }, browser) =>
      once(async () => {
        const user = await internalAdapter.findUserById(userId);
        if (!user) throw new Error('An account that signed in is gone');
        const refused = await currentPasswordFault(userId, currentPassword);
        if (refused) return { refused };
        const fault = passwordFault(newPassword, user);
        if (fault !== null) return { refused: { field: 'newPassword', message: fault } };
        const hash = await hashing.hash(newPassword);
        const account = await internalAdapter.findCredentialAccount(userId);
        if (account) await internalAdapter.updateAccount(account.id, { password: hash });
        else await setFirstPassword(userId, hash);
        // This one too: who has a copy of its cookie is to be out.
        await accounts.endSessions(userId);
        const signedIn = browser && (await startSession(profileOf(user), browser));
        return { cookies: signedIn === null || signedIn === 'blocked' ? [] : signedIn.cookies };
      }),

    async issueLink() {
      await revokeLinks(adapter, 'start');
      return (await createLinkToken(internalAdapter, 'start', owner.userId)).token;
    },
    passwordLink: (userId) =>
      once(async () => {
        if (!(await internalAdapter.findUserById(userId))) return null;
        const account = await internalAdapter.findCredentialAccount(userId);
        if (account) await internalAdapter.updateAccount(account.id, { password: null });
        await revokeLinks(adapter, 'password', userId);
        await accounts.endSessions(userId);
        return createLinkToken(internalAdapter, 'password', userId);
      }),
    close: () => revokeLinks(adapter, 'start'),
  };

  async function setFirstPassword(userId: string, hash: string): Promise<void> {
    await internalAdapter.linkAccount({
      userId,
      providerId: 'credential',
      accountId: userId,
      password: hash,
    });
  }
}

const taken: AccountFault = {
  field: 'email',
  message: 'There is an account with this address. Sign in with it, or use another address.',
};

/** Makes a session for whoever has proven who they are, with better-auth's cookie. Never a route. */
function sessionPlugin() {
  return {
    id: 'sessions',
    endpoints: {
      startSession: createAuthEndpoint.serverOnly(
        { method: 'POST', body: z.object({ userId: z.string() }) },
        async (ctx) => {
          const { internalAdapter } = ctx.context;
          const user = await internalAdapter.findUserById(ctx.body.userId);
          if (!user) throw new APIError('NOT_FOUND');
          const session = await internalAdapter.createSession(user.id);
          await setSessionCookie(ctx, { session, user });
          return { token: session.token };
        },
      ),
    },
  } satisfies BetterAuthPlugin;
}

function headersOf({ address, userAgent = '' }: Browser): Headers {
  return new Headers({
    [clientAddressHeader]: address,
    'user-agent': userAgent.slice(0, 300),
  });
}

function profileOf({ id, name, email, emailVerified }: Profile & { email: string }): Profile {
  return { id, name, email, emailVerified };
}

/** What must not be done twice is not tried again; that the database is away is told as it is everywhere. */
function once<T>(attempt: () => Promise<T>): Promise<T> {
  return retryWhileAway(0, attempt);
}
