/**
 * Whether a session token is one, of this instance, for this server, now. The signature and the claims are verified by
 * Clerk's SDK; beside it, each rule is checked here on its own, for the SDK leaves some open: other algorithms, an
 * absent `azp` or `iss`, `crit`, a session that is pending. A token is refused before its signature is looked at where
 * its text already tells, so that a stranger's tokens never lead to a fetch of keys.
 */
import { verifyJwt } from '@clerk/backend/jwt';
import { z } from 'zod';
import type { ClerkKeys } from './clerk-keys.ts';
import { parseObject } from './strict-json.ts';

export const maxTokenLength = 16_384;
/** How far clocks may differ. */
export const skewMs = 5_000;
/** Sign-ins that ended are remembered for a day (store/ended-sign-ins): no token may outlive that. */
const maxLifetimeSeconds = 24 * 60 * 60;
const maxSeconds = 2 ** 40;

const Seconds = z.number().min(0).max(maxSeconds);
/** An id of Clerk's: printable, of one word. */
const Id = z.string().regex(/^[\w-]{1,100}$/);

/** Names that are not here are left alone: keys that a token brings along, or points to, are never looked at. */
const Header = z.object({
  alg: z.literal('RS256'),
  typ: z.literal('JWT'),
  kid: z.string().min(1).max(256),
  /** What must be understood: we know of nothing that might stand there. */
  crit: z.never().optional(),
});

const Claims = z.object({
  iss: z.string(),
  azp: z.string(),
  /** Session tokens have none; what a template makes for another service is no sign-in here. */
  aud: z.never().optional(),
  sub: Id,
  sid: Id,
  exp: Seconds,
  iat: Seconds,
  nbf: Seconds,
  sts: z.literal('active').optional(),
  /** Who acts as the user: an operator by Clerk's impersonation. */
  act: z.object({ sub: z.string().min(1).max(200) }).optional(),
  /** The active organisation, in either version of the claims. Nothing is decided by it. */
  org_id: Id.optional(),
  o: z.object({ id: Id }).optional(),
  // Where an operator has put them into the session token.
  name: z.string().nullish().catch(null),
  email: z.string().nullish().catch(null),
  email_verified: z.boolean().nullish().catch(null),
});

export interface SessionToken {
  userId: string;
  sessionId: string;
  /** In milliseconds since 1970. */
  expiresAt: number;
  /** Who impersonates the user; null where it is they themselves. */
  actor: string | null;
  claims: { name: string | null; email: string | null; emailVerified: boolean };
}

/** `reason` is for the operator; it has nothing of the token that could be used. */
export type Verdict = { ok: true; token: SessionToken } | { ok: false; reason: string };

/** `parties`: the origins of which one has to be the token's `azp`. */
export async function verifySessionToken(
  text: string,
  expected: { issuer: string; parties: readonly string[]; keys: ClerkKeys },
): Promise<Verdict> {
  const read = readToken(text);
  if (typeof read === 'string') return refused(read);
  const { header, claims } = read;
  if (claims.iss !== expected.issuer) {
    return refused(`its iss is ${shown(claims.iss)} and not ${expected.issuer}`);
  }
  if (!expected.parties.includes(claims.azp)) {
    return refused(`its azp is ${shown(claims.azp)}, which is no origin of this server`);
  }
  const late = faultOfTimes(claims);
  if (late !== null) return refused(late);

  const key = await expected.keys.keyOf(header.kid);
  if (!key) return refused('the instance has no key of that kid');
  try {
    await verifyJwt(text, {
      key,
      issuer: expected.issuer,
      authorizedParties: [...expected.parties],
      clockSkewInMs: skewMs,
      headerType: 'JWT',
    });
  } catch (error) {
    return refused(error instanceof Error ? error.message.slice(0, 200) : 'the SDK refuses it');
  }
  const { sub, sid, exp, act, name, email, email_verified } = claims;
  return {
    ok: true,
    token: {
      userId: sub,
      sessionId: sid,
      expiresAt: exp * 1000,
      actor: act?.sub ?? null,
      claims: { name: name ?? null, email: email ?? null, emailVerified: email_verified === true },
    },
  };
}

/** What a token says of itself, unverified; a sentence where that cannot be read. */
function readToken(
  text: string,
): { header: z.infer<typeof Header>; claims: z.infer<typeof Claims> } | string {
  if (text.length > maxTokenLength) return 'it is too long';
  const parts = text.split('.');
  const [header, claims] = parts.map(decodePart);
  if (parts.length !== 3 || !header || !claims || !decodeBytes(parts[2])?.length) {
    return 'it is no JWT of three parts, each of strict base64url, two of JSON';
  }
  const parsedHeader = Header.safeParse(header);
  if (!parsedHeader.success) return faultOf('header', parsedHeader.error);
  const parsedClaims = Claims.safeParse(claims);
  if (!parsedClaims.success) return faultOf('claims', parsedClaims.error);
  return { header: parsedHeader.data, claims: parsedClaims.data };
}

function decodePart(part: string): object | null {
  const bytes = decodeBytes(part);
  if (bytes === null) return null;
  try {
    return parseObject(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return null;
  }
}

/** Node reads over what is no base64url; only what it would write itself counts. */
function decodeBytes(part = ''): Buffer | null {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : null;
}

function faultOfTimes({ exp, iat, nbf }: z.infer<typeof Claims>): string | null {
  const now = Date.now();
  if (exp * 1000 <= now - skewMs) return 'it has expired';
  if (nbf * 1000 > now + skewMs) return 'its nbf is in the future: do the clocks agree?';
  if (iat * 1000 > now + skewMs) return 'its iat is in the future: do the clocks agree?';
  if (exp - iat > maxLifetimeSeconds) return 'it is good for more than a day';
  return null;
}

function faultOf(part: string, { issues: [issue] }: z.ZodError): string {
  return `its ${[part, ...(issue?.path ?? [])].join('.')} is wrong: ${issue?.message}`;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}

function refused(reason: string): Verdict {
  return { ok: false, reason };
}
