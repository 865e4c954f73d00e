/**
 * Sign-in with Clerk. Who somebody is stands in a session token, good for a minute, which a browser sends along with
 * every request and socket; cookies play no part. What the token does not say, the name and the address, is asked of
 * Clerk when somebody is first seen, and now and then. A sign-in that ended before its token expires is told by a
 * webhook (clerk-webhooks) and refused at every use.
 */
import type { Config } from '../../config.ts';
import type { AccountStore } from '../../store/account-store.ts';
import type { AuditEntry } from '../../store/audit-log.ts';
import type { EndedSignIns } from '../../store/ended-sign-ins.ts';
import type { PeopleStore, Profile } from '../../store/people-store.ts';
import type { SignIn } from '../authenticate.ts';
import { ownOrigins } from '../origin.ts';
import type { Principal } from '../principal.ts';
import type { ClerkApi } from './clerk-api.ts';
import type { ClerkKeys } from './clerk-keys.ts';
import { fetchUser, profileOfToken } from './clerk-profiles.ts';
import { type SessionToken, verifySessionToken } from './clerk-tokens.ts';

/** After so long a profile is read anew. Webhooks tell changes sooner. */
export const profileFreshMs = 6 * 60 * 60_000;
/** When Clerk could not be asked. */
const profileRetryMs = 60_000;
const maxKnown = 10_000;

export interface ClerkSignInDeps {
  names: Pick<Config, 'host' | 'allowedOrigins'>;
  issuer: string;
  keys: ClerkKeys;
  /** Null without a secret key: then the token has to tell name and address. */
  api: ClerkApi | null;
  ended: Pick<EndedSignIns, 'includesAny'>;
  people: Pick<PeopleStore, 'find'>;
  accounts: Pick<AccountStore, 'setBlocked'>;
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
  profile: Profile;
  readAgainAt: number;
}

export class ClerkSignIn implements SignIn {
  readonly #deps: ClerkSignInDeps;
  /** By their ids; the longest unseen are forgotten first. */
  readonly #known = new Map<string, Known>();
  readonly #meeting = new Map<string, Promise<Profile | null>>();
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
    if (await ended.includesAny(subjectsOf(token))) return null;
    const profile = await this.#profileOf(token);
    if (!profile) return null;
    const principal = principalOf(token, profile);
    this.#noteSignIn(token, principal, from.address);
    return principal;
  }

  async holds({ userId, signInId }: Principal): Promise<boolean> {
    const subjects = [`user:${userId}`, ...(signInId === null ? [] : [signInId])];
    return !(await this.#deps.ended.includesAny(subjects));
  }

  /** Takes over what a webhook tells of somebody who was here before. */
  async update(profile: Profile): Promise<void> {
    if (!(await this.#deps.people.find(profile.id))) return;
    await this.#deps.welcome(profile);
    this.#remember(profile, profileFreshMs);
  }

  async #profileOf(token: SessionToken): Promise<Profile | null> {
    const { userId } = token;
    const known = this.#known.get(userId);
    if (known && Date.now() < known.readAgainAt && !this.#tellsOtherwise(token, known.profile)) {
      return known.profile;
    }
    // Of many requests at once, by which a page starts, one asks.
    const meeting =
      this.#meeting.get(userId) ?? this.#meet(token).finally(() => this.#meeting.delete(userId));
    this.#meeting.set(userId, meeting);
    return meeting;
  }

  /** Null for a user whom Clerk does not have, or has banned. */
  async #meet(token: SessionToken): Promise<Profile | null> {
    const { api, people, accounts, log } = this.#deps;
    if (api === null) return this.#welcome(profileOfToken(token), profileFreshMs);
    const user = await fetchUser(api, token.userId).catch((error: unknown) => {
      log.warn({ error: String(error) }, "A user's profile could not be read from Clerk");
      return 'unknown' as const;
    });
    if (user === 'unknown') {
      const before = await people.find(token.userId);
      return this.#welcome(before ?? profileOfToken(token), profileRetryMs);
    }
    const isOut = !user || user.banned;
    // What a webhook should have told may not have come.
    await accounts.setBlocked(token.userId, isOut);
    return isOut ? null : this.#welcome(user.profile, profileFreshMs);
  }

  async #welcome(profile: Profile, freshMs: number): Promise<Profile> {
    await this.#deps.welcome(profile);
    this.#remember(profile, freshMs);
    return profile;
  }

  #remember(profile: Profile, freshMs: number): void {
    this.#known.delete(profile.id);
    this.#known.set(profile.id, { profile, readAgainAt: Date.now() + freshMs });
    forgetOldest(this.#known);
  }

  #tellsOtherwise(token: SessionToken, known: Profile): boolean {
    if (this.#deps.api !== null) return false;
    const { name, email, emailVerified } = profileOfToken(token);
    return name !== known.name || email !== known.email || emailVerified !== known.emailVerified;
  }

  #noteSignIn(token: SessionToken, principal: Principal, address: string | null): void {
    const sign = `${token.userId} ${token.sessionId}`;
    if (this.#sessions.has(sign)) return;
    this.#sessions.add(sign);
    forgetOldest(this.#sessions);
    const { userId, name, email, means } = principal;
    this.#deps.audit({
      action: 'signed_in',
      // Another server, or this one before it was restarted, may have told it.
      once: `signed_in ${sign}`,
      actorId: userId,
      actorName: email ? `${name} (${email})` : name,
      via: means,
      address,
      notebook: null,
      detail: 'with Clerk',
    });
  }
}

/** What ends when a webhook says so. */
function subjectsOf({ userId, sessionId }: SessionToken): string[] {
  return [`session:${sessionId}`, `user:${userId}`];
}

function principalOf(token: SessionToken, profile: Profile): Principal {
  return {
    userId: token.userId,
    name: profile.name,
    email: profile.email,
    emailVerified: profile.emailVerified,
    via: 'session',
    means: token.actor === null ? 'page' : `page, impersonated by ${token.actor}`,
    scope: 'full',
    // Users are looked after at Clerk.
    isAdministrator: false,
    signInId: `session:${token.sessionId}`,
    expiresAt: token.expiresAt,
  };
}

function forgetOldest(known: Map<string, unknown> | Set<string>): void {
  const [oldest] = known.keys();
  if (known.size > maxKnown && oldest !== undefined) known.delete(oldest);
}
