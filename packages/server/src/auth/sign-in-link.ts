/**
 * The one-time link that every start prints for the owner, as a better-auth plugin, so that the session and its
 * cookie are better-auth's. The token stands in the link's fragment, which browsers send to nobody; the database has
 * only its digest. It is gone after its use, after a day, and when the server stops or starts anew.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { z } from 'zod';

const lifetimeMs = 24 * 60 * 60 * 1000;
const prefix = 'sign-in-link:';

/** The part of better-auth's own storage that links need. */
interface Verifications {
  createVerificationValue(value: {
    identifier: string;
    value: string;
    expiresAt: Date;
  }): Promise<unknown>;
}

interface Rows {
  deleteMany(query: {
    model: string;
    where: { field: string; operator: 'starts_with'; value: string }[];
  }): Promise<number>;
}

/** Answers `POST /link {token}` with a session cookie. */
export function signInLinkPlugin() {
  return {
    id: 'sign-in-link',
    endpoints: {
      signInByLink: createAuthEndpoint(
        '/link',
        { method: 'POST', body: z.object({ token: z.string().min(1).max(512) }) },
        async (ctx) => {
          const { internalAdapter } = ctx.context;
          // Deleting is the claim: of two requests with one token, one gets the row.
          const claimed = await internalAdapter.consumeVerificationValue(identify(ctx.body.token));
          const user = claimed && (await internalAdapter.findUserById(claimed.value));
          if (!user) throw new APIError('UNAUTHORIZED');
          const session = await internalAdapter.createSession(user.id);
          await setSessionCookie(ctx, { session, user });
          return ctx.json({ ok: true });
        },
      ),
    },
    rateLimit: [{ pathMatcher: (path: string) => path === '/link', window: 60, max: 10 }],
  } satisfies BetterAuthPlugin;
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
