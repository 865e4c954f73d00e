import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Notebook, Role, SignUpPolicy } from '@rnb/protocol';
import { and, desc, eq, isNull } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll } from 'vitest';
import { createAuthenticator } from '../src/auth/authenticate.ts';
import type { LocalAccounts } from '../src/auth/local-accounts.ts';
import type { Principal } from '../src/auth/principal.ts';
import { readConfig } from '../src/config.ts';
import { openFront } from '../src/front.ts';
import type { TypedApp } from '../src/http/app.ts';
import type { RateLimits } from '../src/http/rate-limits.ts';
import { openIdentity } from '../src/identity.ts';
import { createNotebook } from '../src/notebooks.ts';
import type { SessionRegistry } from '../src/sessions/session.ts';
import type { AccountStore } from '../src/store/account-store.ts';
import type { AuditLog } from '../src/store/audit-log.ts';
import type { InvitationStore } from '../src/store/invitation-store.ts';
import type { Heard, Notices } from '../src/store/notices.ts';
import type { PeopleStore } from '../src/store/people-store.ts';
import * as schema from '../src/store/schema.ts';
import { type FoundNotebook, SharingStore } from '../src/store/sharing-store.ts';
import type { Store } from '../src/store/store.ts';
import type { TokenStore } from '../src/store/token-store.ts';
import { FakeSession } from './fake-session.ts';
import { testDatabase } from './postgres.ts';

/** A session that also tells its cells, as HTTP shows them. */
export class HttpFakeSession extends FakeSession {
  override describe(role: Role): Notebook {
    return {
      ...super.describe(role),
      cells: this.document.cells().map(({ id, kind, name, disabled, text }) => ({
        id,
        kind,
        name,
        code: text.toString(),
        disabled,
        edited: false,
        status: 'idle',
        reads: [],
        defines: [],
        stdout: '',
        stderr: '',
        outputs: [],
        error: null,
        reason: null,
        warnings: [],
        run: null,
        live: false,
        startedAt: null,
        durationMs: null,
      })),
    };
  }
}

/** Everybody in a world's notebook, and beside it. `revoked` was an editor. */
export const people = ['owner', 'editor', 'runner', 'viewer', 'stranger', 'revoked'] as const;
export type PersonName = (typeof people)[number];

/** What each of them signs in with; the owner's is `RNB_TOKEN`. */
export const tokens = Object.fromEntries(
  people.map((name) => [name, `token-of-the-${name}-0123456789`]),
) as Record<PersonName, string>;

export interface HttpWorld extends AsyncDisposable {
  app: TypedApp;
  url: string;
  accounts: LocalAccounts;
  /** Belongs to the owner; editor, runner and viewer are its members. */
  notebook: string;
  cell: string;
  /**
   * By their names in paths: of the runner, twice; of a link for viewers; of an API token and a session of the owner's;
   * of an invitation.
   */
  ids: {
    memberId: string;
    personId: string;
    linkId: string;
    tokenId: string;
    sessionId: string;
    invitationId: string;
  };
  session: HttpFakeSession;
  sessions: FakeRegistry;
  store: Store;
  sharing: FailingSharing;
  people: PeopleStore;
  tokenStore: TokenStore;
  accountStore: AccountStore;
  invitations: InvitationStore;
  auditLog: AuditLog;
  notices: Notices;
  /** The folder of the built app. */
  webDist: string;
  /** What servers were told of, the oldest first. */
  heard: Heard[];
  /** Signs out somebody who is not the owner, and tells that it was done. */
  endSignIn(person: PersonName): void;
  /** Takes the notebook from a member, and tells that it was done. */
  putOut(person: PersonName): Promise<void>;
  /** A browser of this person; the session's id. */
  openSession(person: PersonName): Promise<string>;
  /** Lets the time of all invitations be over. */
  expireInvitations(): Promise<void>;
  /** The same of all share links. */
  expireLinks(): Promise<void>;
  /** What was told of failed sign-ins for which there is no account, the latest first. */
  failedSignIns(): Promise<string[]>;
  userId(person: PersonName): string;
  /** What was logged, as JSON lines. */
  logged: string[];
}

/** Its next question for a notebook fails, if that is asked for. */
export class FailingSharing extends SharingStore {
  failure: Error | null = null;

  override async find(notebook: string, user: string): Promise<FoundNotebook | null> {
    const { failure } = this;
    this.failure = null;
    if (failure) throw failure;
    return super.find(notebook, user);
  }
}

let database: ReturnType<typeof testDatabase> | null = null;
afterAll(async () => (await database)?.close());

let worlds = 0;

/** The real HTTP side on a real port, over a real database and sessions in memory. */
export async function openHttpWorld(
  options: {
    built?: boolean;
    trustedProxies?: string[];
    limits?: RateLimits;
    signUp?: SignUpPolicy;
    https?: boolean;
  } = {},
): Promise<HttpWorld> {
  database ??= testDatabase();
  const { db, store, notices } = await database;
  const logged: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const secret = 'a secret of at least thirty-two characters';
  const heard: Heard[] = [];
  const stopHearing = notices.subscribe((notice) => void heard.push(notice));
  const read = readConfig({
    ALLOWED_ORIGINS: `https://notebooks.example.org${options.https ? '' : ',http://notebooks.internal'}`,
    TRUSTED_PROXIES: options.trustedProxies?.join(),
    SIGN_UP: options.signUp,
    RNB_TOKEN: tokens.owner,
  });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const { config } = read;
  const identity = await openIdentity({ config, db, store, notices, secret, log });
  const { people: peopleStore, tokens: tokenStore, auditLog, local, signIn } = identity;
  if (!local) throw new Error('No local accounts');
  const { accounts, accountStore, invitations } = local;
  const sharing = new FailingSharing(db);
  worlds += 1;
  const userId = (person: PersonName) =>
    person === 'owner' ? accounts.owner.userId : `${person}-${worlds}`;
  const principals = new Map<string, Principal>();
  const ended = new Set<string | null>();
  for (const person of people) {
    if (person === 'owner') continue;
    const profile = {
      id: userId(person),
      name: person,
      email: `${userId(person)}@example.org`,
      emailVerified: true,
    };
    await db.insert(schema.user).values(profile);
    await peopleStore.welcome(profile);
    principals.set(tokens[person], {
      userId: profile.id,
      name: person,
      email: profile.email,
      emailVerified: true,
      via: 'session',
      means: 'page',
      scope: 'full',
      isAdministrator: false,
      signInId: `session:${profile.id}`,
      expiresAt: null,
    });
  }
  const { id } = await createNotebook(store, accounts.owner.userId, { template: 'blank' });
  let memberId = '';
  for (const person of ['editor', 'viewer', 'runner'] as const) {
    const who = { userId: userId(person), email: null };
    const terms = { role: person, mayUseConnections: false };
    memberId = await sharing.addMember(id, accounts.owner.userId, who, terms);
  }
  const terms = { role: 'viewer', mayUseConnections: false, expiresAt: null } as const;
  const { id: linkId } = await sharing.createLink(id, accounts.owner.userId, terms);
  const tokenId = await createToken(tokenStore, accounts.owner.userId);
  const invitationId = (await invitations.create(null))?.record.id ?? '';
  let opened = 0;
  async function openSession(person: PersonName): Promise<string> {
    opened += 1;
    const sessionId = `session-${worlds}-${opened}`;
    const expiresAt = new Date(Date.now() + 60_000);
    const row = { id: sessionId, token: sessionId, userId: userId(person), expiresAt };
    await db.insert(schema.session).values(row);
    return sessionId;
  }
  const sessionId = await openSession('owner');
  const sessions = new FakeRegistry();
  const session = sessions.of(id);
  const webDist = await mkdtemp(join(tmpdir(), 'rnb-web-'));
  if (options.built ?? true) {
    await writeFile(join(webDist, 'index.html'), '<title>app</title>');
    await writeFile(join(webDist, 'output-frame.html'), '<title>frame</title>');
    await writeFile(join(webDist, 'index-abcdef12.js'), 'app()');
  }
  // Besides those of the accounts, the tokens of the world's people count.
  const authenticator = createAuthenticator({
    tokens: tokenStore,
    signIn: {
      principalOfCookie: (cookie) => signIn.principalOfCookie(cookie),
      async principalOfToken(token, from) {
        const known = principals.get(token);
        if (!known) return signIn.principalOfToken(token, from);
        return ended.has(known.signInId) ? null : known;
      },
      holds: async (principal) =>
        [...principals.values()].includes(principal)
          ? !ended.has(principal.signInId)
          : signIn.holds(principal),
    },
  });
  const { app, ...front } = await openFront({
    ...identity,
    ...(options.limits && { limits: options.limits }),
    config,
    store,
    sharing,
    notices,
    sessions,
    authenticator,
    version: '0.0.0-test',
    webDist,
    log,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const cell = session.document.cells()[0]?.id ?? '';
  return {
    app,
    url,
    accounts,
    notebook: id,
    cell,
    ids: { memberId, personId: userId('runner'), linkId, tokenId, sessionId, invitationId },
    session,
    sessions,
    store,
    sharing,
    people: peopleStore,
    tokenStore,
    accountStore,
    invitations,
    auditLog,
    notices,
    webDist,
    heard,
    openSession,
    endSignIn(person) {
      const subject = `session:${userId(person)}`;
      ended.add(subject);
      notices.publish({ type: 'sign_in_ended', subject });
    },
    async putOut(person) {
      const members = await sharing.members(id);
      const member = members.find((one) => one.person?.id === userId(person));
      await sharing.removeMember(id, accounts.owner.userId, member?.id ?? '');
      notices.publish({ type: 'access_changed', notebook: id });
    },
    async expireInvitations() {
      await db.update(schema.invitations).set({ expiresAt: new Date(0) });
    },
    async expireLinks() {
      await db.update(schema.shareLinks).set({ expiresAt: new Date(0) });
    },
    async failedSignIns() {
      await auditLog.flush();
      const { action, actorId, about, detail, id: number } = schema.auditEvents;
      const failed = and(eq(action, 'sign_in_failed'), isNull(actorId), isNull(about));
      const rows = db.select({ detail }).from(schema.auditEvents).where(failed);
      return (await rows.orderBy(desc(number))).map((row) => row.detail);
    },
    userId,
    logged,
    async [Symbol.asyncDispose]() {
      stopHearing();
      await front.close();
      // The owner is the same in all worlds of a database, and may have only so many.
      await tokenStore.revoke(accounts.owner.userId, tokenId);
      await invitations.revoke(invitationId);
      await identity.close();
      await rm(webDist, { recursive: true });
    },
  };
}

/** An API token's id. */
export async function createToken(store: TokenStore, userId: string): Promise<string> {
  const expiresAt = new Date(Date.now() + 60_000);
  const made = await store.create(userId, { name: 'test', scope: 'read', expiresAt });
  if (!made) throw new Error('Too many tokens');
  return made.record.id;
}

export interface Called {
  status: number;
  headers: Headers;
  /** Empty for an endless answer. */
  text: string;
}

/** Calls a route; `{id}` and the like in its path stand for what the world has. */
export async function callRoute(
  world: HttpWorld,
  method: string,
  path: string,
  options: { token?: string; headers?: Record<string, string>; body?: string | object } = {},
): Promise<Called> {
  const address = path
    .replace('{id}', world.notebook)
    .replace('{cellId}', world.cell)
    .replace('{n}', '0')
    .replace(
      /\{(memberId|personId|linkId|tokenId|sessionId|invitationId)\}/,
      (_, name: keyof HttpWorld['ids']) => world.ids[name],
    )
    .replace(/\/completions$/, '$&?name=x');
  const headers = new Headers(options.headers);
  if (options.token) headers.set('authorization', `Bearer ${options.token}`);
  const init: RequestInit = { method, headers };
  if (options.body !== undefined) {
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
    init.body = typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
  }
  const stop = new AbortController();
  const response = await fetch(world.url + address, { ...init, signal: stop.signal });
  const endless = response.headers.get('content-type') === 'text/event-stream';
  const text = endless ? '' : await response.text();
  if (endless) stop.abort();
  return { status: response.status, headers: response.headers, text };
}

export class FakeRegistry implements SessionRegistry {
  readonly #sessions = new Map<string, HttpFakeSession>();

  of(id: string): HttpFakeSession {
    const session = this.#sessions.get(id) ?? new HttpFakeSession(id);
    this.#sessions.set(id, session);
    return session;
  }
  async open(id: string) {
    return this.of(id);
  }
  find(id: string) {
    return this.#sessions.get(id);
  }
  async close(id: string, reason: 'deleted') {
    await this.#sessions.get(id)?.close(reason);
    this.#sessions.delete(id);
  }
  async closeAll() {
    this.#sessions.clear();
  }
}
