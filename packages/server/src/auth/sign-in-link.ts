/**
 * The one-time link that every start prints for the administrator. The token stands in the link's fragment, which
 * browsers send to nobody; the database has only its digest. It is gone after its use, after a day, and when the server
 * stops or starts anew.
 */
import { createHash, randomBytes } from 'node:crypto';

const lifetimeMs = 24 * 60 * 60 * 1000;
const prefix = 'sign-in-link:';

/** The part of better-auth's own storage that links need. */
interface Verifications {
  createVerificationValue(value: {
    identifier: string;
    value: string;
    expiresAt: Date;
  }): Promise<unknown>;
  consumeVerificationValue(identifier: string): Promise<{ value: string } | null>;
}

interface Rows {
  deleteMany(query: {
    model: string;
    where: { field: string; operator: 'starts_with'; value: string }[];
  }): Promise<number>;
}

/** Makes a link's token; only its digest is kept. */
export async function createLinkToken(store: Verifications, userId: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await store.createVerificationValue({
    identifier: identify(token),
    value: userId,
    expiresAt: new Date(Date.now() + lifetimeMs),
  });
  return token;
}

/** Whom the link signs in. Deleting is the claim: of two with one token, one gets it. */
export async function claimLink(store: Verifications, token: string): Promise<string | null> {
  return (await store.consumeVerificationValue(identify(token)))?.value ?? null;
}

/** Ends every link that was printed so far. */
export async function revokeLinks(rows: Rows): Promise<void> {
  await rows.deleteMany({
    model: 'verification',
    where: [{ field: 'identifier', operator: 'starts_with', value: prefix }],
  });
}

function identify(token: string): string {
  return prefix + createHash('sha256').update(token).digest('hex');
}
