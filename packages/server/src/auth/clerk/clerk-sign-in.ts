/**
 * Sign-in with Clerk. Who somebody is stands in a session token, good for a minute, which a browser sends along with
 * every request and socket; cookies play no part. What the token does not say, the name and the address, is asked of
 * Clerk when somebody is first seen, and now and then. A sign-in that ended before its token expires is told by a
 * webhook (clerk-webhooks) and refused at every use.
 */
import type { Config } from '../../config.ts';
import type { AuditEntry } from '../../store/audit-log.ts';
import type { EndedSignIns } from '../../store/ended-sign-ins.ts';
import type { PeopleStore, Profile } from '../../store/people-store.ts';
import { actorOf } from '../actor.ts';
import type { SignIn } from '../authenticate.ts';
import { ownOrigins } from '../origin.ts';
import type { Principal } from '../principal.ts';
import { SignInUnavailable } from '../sign-in-unavailable.ts';
import type { ClerkApi } from './clerk-api.ts';
import type { ClerkKeys } from './clerk-keys.ts';
import { fetchUser, profileOfToken } from './clerk-profiles.ts';
import { type SessionToken, verifySessionToken } from './clerk-tokens.ts';

/** After so long a profile is read anew. Webhooks tell changes sooner. */
export const profileFreshMs = 6 * 60 * 60_000;
/** When Clerk could not be asked. */
const profileRetryMs = 60_000;
/** API tokens, of which Clerk knows nothing, count for whoever Clerk still had so short a time ago. */
export const standingTrustMs = 5 * 60_000;
/** After so long it is asked again, while nobody waits. */
export const standingFreshMs = 2 * 60_000;
const maxKnown = 10_000;

export interface ClerkSignInDeps {
  names: Pick<Config, 'host' | 'allowedOrigins'>;
  issuer: string;
  keys: ClerkKeys;
  /** Null without a secret key: then the token has to tell name and address. */
  api: ClerkApi | null;
  ended: Pick<EndedSignIns, 'whatIsOver' | 'tellUser'>;
  people: Pick<PeopleStore, 'find'>;
  /** Called for whoever is seen first, or has another profile than before. */
  welcome(person: Profile): Promise<void>;
  audit(entry: AuditEntry): void;
  log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

/** Somebody who was seen since the server started. */
interface Known {
  /** Null for whoever is out. */
  profile: Profile | null;
  readAgainAt: number;
  /** When Clerk was last asked, and had them. */
  foundAt: number;
}

/** Somebody as Clerk has them now; `out` is whom it has not, or has banned, `unknown` when it does not answer. */
type Standing = Profile | 'out' | 'unknown';

export class ClerkSignIn implements SignIn {
  readonly #deps: ClerkSignInDeps;
  /** By their ids; the longest unseen are forgotten first. */
  readonly #known = new Map<string, Known>();
  readonly #meeting = new Map<string, Promise<Profile | null>>();
  readonly #asking = new Map<string, Promise<Standing>>();
  readonly #sessions = new Set<string>();

  constructor(deps: ClerkSignInDeps) {
    this.#deps = deps;
  }

  async principalOfCookie(): Promise<null> {
    return null;
  }

  async principalOfToken(
    text: string,
    from: { host: string | undefined; address: string | null },
  ): Promise<Principal | null> {
    const { issuer, keys, names, ended, log } = this.#deps;
    const parties = ownOrigins(from.host, names);
    const verdict = await verifySessionToken(text, { issuer, parties, keys });
    if (!verdict.ok) {
      log.info({ reason: verdict.reason }, 'A session token was refused');
      return null;
    }
    const { token } = verdict;
    const over = await ended.whatIsOver(token.userId, signInIdOf(token));
    if (over === 'sign_in') return null;
    const profile = await this.#profileOf(token, over === 'user');
    if (!profile) return null;
    const principal = principalOf(token, profile);
    this.#noteSignIn(token, principal, from.address);
    return principal;
  }

  async holds({ userId, signInId }: Principal): Promise<boolean> {
    return (await this.#deps.ended.whatIsOver(userId, signInId)) === null;
  }

  /** A webhook tells sooner, where there are any. */
  async stillCounts(userId: string): Promise<boolean> {
    const { api, log } = this.#deps;
    if (api === null) return true;
    const foundAt = this.#known.get(userId)?.foundAt ?? Number.NEGATIVE_INFINITY;
    const ageMs = Date.now() - foundAt;
    if (ageMs < standingFreshMs) return true;
    const asking = this.#ask(api, userId);
    if (ageMs < standingTrustMs) {
      asking.catch((error) => log.warn({ error: String(error) }, 'A user could not be looked up'));
      return true;
    }
    const standing = await asking;
    if (standing === 'unknown') {
      throw new SignInUnavailable(
        'Clerk, which tells whether you still have an account, cannot be reached. Try again shortly.',
      );
    }
    return standing !== 'out';
  }

  /** Takes over what a webhook tells of somebody who was here before. */
  async update(profile: Profile): Promise<void> {
    if (!(await this.#deps.people.find(profile.id))) return;
    await this.#deps.welcome(profile);
    this.#remember(profile.id, profile, profileFreshMs);
  }

  /** `isOut`: as was told last. With a good token they may have been let in again: Clerk knows. */
  async #profileOf(token: SessionToken, isOut: boolean): Promise<Profile | null> {
    const { userId } = token;
    const known = this.#known.get(userId);
    if (
      known &&
      Date.now() < known.readAgainAt &&
      (known.profile === null) === isOut &&
      !this.#tellsOtherwise(token, known.profile)
    ) {
      return known.profile;
    }
    // Of many requests at once, by which a page starts, one asks.
    const meeting =
      this.#meeting.get(userId) ??
      this.#meet(token, isOut).finally(() => this.#meeting.delete(userId));
    this.#meeting.set(userId, meeting);
    return meeting;
  }

  /** Null for a user whom Clerk does not have, or has banned. */
  async #meet(token: SessionToken, isOut: boolean): Promise<Profile | null> {
    const { api, people } = this.#deps;
    if (api === null) {
      return isOut ? null : this.#welcome(profileOfToken(token), profileFreshMs);
    }
    const standing = await this.#ask(api, token.userId);
    if (standing !== 'out' && standing !== 'unknown') return standing;
    if (standing === 'out' || isOut) return null;
    const before = await people.find(token.userId);
    return this.#welcome(before ?? profileOfToken(token), profileRetryMs);
  }

  /** Of many who ask at once, one does. */
  #ask(api: ClerkApi, userId: string): Promise<Standing> {
    const asking =
      this.#asking.get(userId) ??
      this.#askOnce(api, userId).finally(() => this.#asking.delete(userId));
    this.#asking.set(userId, asking);
    return asking;
  }

  async #askOnce(api: ClerkApi, userId: string): Promise<Standing> {
    const { ended, log } = this.#deps;
    const askedAt = Date.now();
    const user = await fetchUser(api, userId).catch((error: unknown) => {
      log.warn({ error: String(error) }, "A user's profile could not be read from Clerk");
      return 'unknown' as const;
    });
    if (user === 'unknown') return user;
    // What a webhook should have told may not have come; what it told meanwhile is later than this.
    const { isOut } = await ended.tellUser(userId, {
      isOut: !user || user.banned,
      at: user?.updatedAt ?? Number.NEGATIVE_INFINITY,
    });
    if (user && !isOut) return this.#welcome(user.profile, profileFreshMs, askedAt);
    this.#remember(userId, null, profileRetryMs);
    return 'out';
  }

  async #welcome(profile: Profile, freshMs: number, foundAt?: number): Promise<Profile> {
    await this.#deps.welcome(profile);
    this.#remember(profile.id, profile, freshMs, foundAt);
    return profile;
  }

  #remember(userId: string, profile: Profile | null, freshMs: number, foundAt?: number): void {
    const before = profile && this.#known.get(userId);
    this.#known.delete(userId);
    this.#known.set(userId, {
      profile,
      readAgainAt: Date.now() + freshMs,
      foundAt: foundAt ?? before?.foundAt ?? Number.NEGATIVE_INFINITY,
    });
    forgetOldest(this.#known);
  }

  #tellsOtherwise(token: SessionToken, known: Profile | null): boolean {
    if (this.#deps.api !== null || known === null) return false;
    const { name, email, emailVerified } = profileOfToken(token);
    return name !== known.name || email !== known.email || emailVerified !== known.emailVerified;
  }

  #noteSignIn(token: SessionToken, principal: Principal, address: string | null): void {
    const sign = `${token.userId} ${token.sessionId}`;
    if (this.#sessions.has(sign)) return;
    this.#sessions.add(sign);
    forgetOldest(this.#sessions);
    this.#deps.audit({
      action: 'signed_in',
      // Another server, or this one before it was restarted, may have told it.
      once: `signed_in ${sign}`,
      ...actorOf(principal, address),
      notebook: null,
      detail: 'with Clerk',
    });
  }
}

/** What ends when a webhook says so. */
function signInIdOf({ sessionId }: SessionToken): string {
  return `session:${sessionId}`;
}

function principalOf(token: SessionToken, profile: Profile): Principal {
  return {
    userId: token.userId,
    name: profile.name,
    email: profile.email,
    emailVerified: profile.emailVerified,
    via: 'session',
    means: token.actor === null ? 'page' : `page, impersonated by ${token.actor}`,
    // Whoever looks in on somebody leaves nothing behind: no API token, nobody with whom a notebook is shared.
    scope: token.actor === null ? 'full' : 'edit',
    // Users are looked after at Clerk.
    isAdministrator: false,
    signInId: signInIdOf(token),
    expiresAt: token.expiresAt,
  };
}

function forgetOldest(known: Map<string, unknown> | Set<string>): void {
  const [oldest] = known.keys();
  if (known.size > maxKnown && oldest !== undefined) known.delete(oldest);
}
