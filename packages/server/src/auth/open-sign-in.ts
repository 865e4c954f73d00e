/**
 * The one way of signing in that the settings choose: Clerk where its keys are set, local accounts otherwise. Of the
 * other's library nothing is loaded.
 */
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { AccountStore } from '../store/account-store.ts';
import type { AuditLog } from '../store/audit-log.ts';
import { EndedSignIns } from '../store/ended-sign-ins.ts';
import { InvitationStore } from '../store/invitation-store.ts';
import type { Notices } from '../store/notices.ts';
import type { PeopleStore, Profile } from '../store/people-store.ts';
import * as schema from '../store/schema.ts';
import type { SignIn } from './authenticate.ts';
import type { ClerkSettings } from './clerk/clerk-settings.ts';
import type { ClerkWebhooks } from './clerk/clerk-webhooks.ts';
import type { LocalAccounts } from './local-accounts.ts';

/** What HTTP needs of Clerk. */
export interface ClerkFront {
  publishableKey: string;
  /** Where browsers find Clerk, as `https://clerk.example.org`. */
  origin: string;
  /** Null where none can be signed. */
  webhooks: Pick<ClerkWebhooks, 'receive'> | null;
}

export interface LocalFront {
  accounts: LocalAccounts;
  accountStore: AccountStore;
  invitations: InvitationStore;
}

export interface OpenSignIn {
  signIn: SignIn;
  /** One of the two is there. */
  local: LocalFront | null;
  clerk: ClerkFront | null;
  close(): Promise<void>;
}

export interface OpenSignInDeps {
  db: NodePgDatabase;
  people: PeopleStore;
  notices: Notices;
  auditLog: AuditLog;
  /** Of this server alone. */
  secret: string;
  /** Called for whoever signs in, and when what is known of them has changed. */
  welcome(person: Profile): Promise<void>;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

export async function openSignIn(
  config: Pick<Config, 'host' | 'allowedOrigins' | 'clerk' | 'signUp' | 'token'>,
  deps: OpenSignInDeps,
): Promise<OpenSignIn> {
  return config.clerk ? openClerk(config, config.clerk, deps) : openLocal(config, deps);
}

async function openClerk(
  names: Pick<Config, 'host' | 'allowedOrigins'>,
  settings: ClerkSettings,
  { db, people, notices, auditLog, welcome, log }: OpenSignInDeps,
): Promise<OpenSignIn> {
  const [{ clerkApi }, { FetchedKeys, fixedKey }, { ClerkSignIn }, { ClerkWebhooks }] =
    await Promise.all([
      import('./clerk/clerk-api.ts'),
      import('./clerk/clerk-keys.ts'),
      import('./clerk/clerk-sign-in.ts'),
      import('./clerk/clerk-webhooks.ts'),
    ]);
  const { apiUrl, secretKey, jwtKey, issuer, webhookSecret, publishableKey } = settings;
  const ended = new EndedSignIns(db, notices);
  const api = secretKey === null ? null : clerkApi({ apiUrl, secretKey });
  const audit = auditLog.tell.bind(auditLog);
  const keys = jwtKey !== null ? fixedKey(jwtKey) : api && new FetchedKeys(api, log);
  if (!keys) throw new Error('Clerk needs CLERK_SECRET_KEY or CLERK_JWT_KEY');
  const signIn = new ClerkSignIn({
    names,
    issuer,
    keys,
    api,
    ended,
    people,
    welcome,
    audit,
    log,
  });
  if (webhookSecret === null) {
    const tokensToo =
      api === null ? 'and their API tokens go on' : 'and their API tokens for up to five';
    log.warn(
      {},
      `CLERK_WEBHOOK_SECRET is not set: whoever signs out at Clerk, or is banned or deleted there, stays in for up to a minute, ${tokensToo}`,
    );
  }
  const webhooks =
    webhookSecret === null
      ? null
      : new ClerkWebhooks({
          secret: webhookSecret,
          api,
          ended,
          people,
          signIn,
          audit,
          log,
        });
  return {
    signIn,
    local: null,
    clerk: { publishableKey, origin: issuer, webhooks },
    close: async () => {},
  };
}

async function openLocal(
  config: Pick<Config, 'allowedOrigins' | 'signUp' | 'token'>,
  { db, notices, secret, welcome, log }: OpenSignInDeps,
): Promise<OpenSignIn> {
  const [{ openLocalAccounts }, { drizzleAdapter }] = await Promise.all([
    import('./local-accounts.ts'),
    import('better-auth/adapters/drizzle'),
  ]);
  const accountStore = new AccountStore(db, notices);
  const invitations = new InvitationStore(db);
  const accounts = await openLocalAccounts({
    database: drizzleAdapter(db, { provider: 'pg', schema }),
    accounts: accountStore,
    invitations,
    secret,
    signUp: config.signUp,
    token: config.token,
    https: config.allowedOrigins.length > 0 && config.allowedOrigins.every(isHttps),
    welcome,
    log: {
      warn: (message) => log.warn({ part: 'accounts' }, message),
      error: (message) => log.error({ part: 'accounts' }, message),
    },
  });
  return {
    signIn: accounts,
    local: { accounts, accountStore, invitations },
    clerk: null,
    close: () => accounts.close(),
  };
}

function isHttps(origin: string): boolean {
  return origin.startsWith('https:');
}
