/**
 * Links that sign somebody in once: the one that every start prints for the administrator, and those that the
 * administrator gives to people who forgot their password. The token stands in the link's fragment, which browsers send
 * to nobody; the database has only its digest. A link is gone after its use and after a day; that of a start also when
 * the server stops or starts anew.
 */
import { createHash, randomBytes } from 'node:crypto';

const lifetimeMs = 24 * 60 * 60 * 1000;
const prefixes = { start: 'sign-in-link:', password: 'password-link:' } as const;
type LinkKind = keyof typeof prefixes;

/** The part of better-auth's own storage that links need. */
interface Verifications {
  createVerificationValue(value: {
    identifier: string;
    value: string;
    expiresAt: Date;
  }): Promise<unknown>;
  findVerificationValue(identifier: string): Promise<{ value: string; expiresAt: Date } | null>;
  consumeVerificationValue(identifier: string): Promise<{ value: string } | null>;
}

interface Rows {
  deleteMany(query: {
    model: string;
    where: { field: string; operator: 'starts_with' | 'eq'; value: string }[];
  }): Promise<number>;
}

/** Makes a link's token; only its digest is kept. */
export async function createLinkToken(
  store: Verifications,
  kind: LinkKind,
  userId: string,
): Promise<{ token: string; expiresAt: Date }> {
  const token = randomBytes(32).toString('base64url');
  const expiresAt = new Date(Date.now() + lifetimeMs);
  await store.createVerificationValue({
    identifier: identify(kind, token),
    value: userId,
    expiresAt,
  });
  return { token, expiresAt };
}

/** Whom the link signs in, if it is claimed; of two who claim it at once, one gets it. */
export async function findLink(
  store: Verifications,
  token: string,
): Promise<{ userId: string; claim(): Promise<boolean> } | null> {
  for (const kind of ['start', 'password'] as const) {
    const identifier = identify(kind, token);
    const found = await store.findVerificationValue(identifier);
    if (!found || found.expiresAt.getTime() <= Date.now()) continue;
    return {
      userId: found.value,
      claim: async () => (await store.consumeVerificationValue(identifier)) !== null,
    };
  }
  return null;
}

/** Ends every link of this kind, or those of one person. */
export async function revokeLinks(rows: Rows, kind: LinkKind, userId?: string): Promise<void> {
  await rows.deleteMany({
    model: 'verification',
    where: [
      { field: 'identifier', operator: 'starts_with', value: prefixes[kind] },
      ...(userId === undefined ? [] : [{ field: 'value', operator: 'eq' as const, value: userId }]),
    ],
  });
}

function identify(kind: LinkKind, token: string): string {
  return prefixes[kind] + createHash('sha256').update(token).digest('hex');
}
