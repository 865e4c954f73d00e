/** Who people are and what they have: the one way of signing in that the settings choose, and the stores beside it. */
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Logger } from 'pino';
import { type Authenticator, createAuthenticator } from './auth/authenticate.ts';
import { type LinkSecrets, linkSecrets } from './auth/link-secret.ts';
import { type OpenSignIn, openSignIn } from './auth/open-sign-in.ts';
import type { Config } from './config.ts';
import { createFirstNotebooks } from './notebooks.ts';
import { AuditLog } from './store/audit-log.ts';
import type { Notices } from './store/notices.ts';
import { PeopleStore } from './store/people-store.ts';
import { SharingStore } from './store/sharing-store.ts';
import type { Store } from './store/store.ts';
import { TokenStore } from './store/token-store.ts';

export interface Identity extends OpenSignIn {
  people: PeopleStore;
  sharing: SharingStore;
  tokens: TokenStore;
  auditLog: AuditLog;
  links: LinkSecrets;
  authenticator: Authenticator;
}

export async function openIdentity(deps: {
  config: Pick<Config, 'host' | 'allowedOrigins' | 'clerk' | 'signUp' | 'token'>;
  db: NodePgDatabase;
  store: Store;
  notices: Notices;
  secret: string;
  log: Logger;
}): Promise<Identity> {
  const { config, db, store, notices, secret, log } = deps;
  const people = new PeopleStore(db);
  const tokens = new TokenStore(db);
  const auditLog = new AuditLog(db, log);
  auditLog.forgetInTime();
  const opened = await openSignIn(config, {
    db,
    people,
    notices,
    auditLog,
    secret,
    async welcome(person) {
      if (!(await people.welcome(person))) return;
      await createFirstNotebooks(store, person.id);
      await people.keepFirstNotebooks(person.id);
    },
    log,
  });
  return {
    ...opened,
    people,
    sharing: new SharingStore(db),
    tokens,
    auditLog,
    links: linkSecrets(secret),
    authenticator: createAuthenticator({ signIn: opened.signIn, tokens }),
    async close() {
      await opened.close();
      await auditLog.close();
    },
  };
}
