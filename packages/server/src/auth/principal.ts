import type { TokenScope } from '@rnb/protocol';

/** Who is asking. Made by sign-in alone; routes, messages and logs know people only as this. */
export interface Principal {
  userId: string;
  name: string;
  email: string | null;
  /** Where nobody has proven the address, nothing is shared by it. */
  emailVerified: boolean;
  /** In the page, or by an API token. */
  via: 'session' | 'token';
  /** The same for the audit trail: `page`, or `token “name”`. */
  means: string;
  /** The most that may be done; `full` is the person themselves. */
  scope: TokenScope | 'full';
  /** Whether they look after the accounts of this server. */
  isAdministrator: boolean;
  /** What ends when they sign out, or when the token is revoked; null where nothing can. */
  signInId: string | null;
  /** When they have to prove anew who they are, in milliseconds since 1970; null where they need not. */
  expiresAt: number | null;
}
