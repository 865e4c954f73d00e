/** What Clerk says of a user: by its Backend API and webhooks, or in the session token, if an operator put it there. */
import { z } from 'zod';
import type { Profile } from '../../store/people-store.ts';
import type { ClerkApi } from './clerk-api.ts';
import type { SessionToken } from './clerk-tokens.ts';

const maxNameLength = 200;

const ClerkUser = z.object({
  id: z.string(),
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  username: z.string().nullish(),
  primary_email_address_id: z.string().nullish(),
  email_addresses: z
    .array(
      z.object({
        id: z.string(),
        email_address: z.string(),
        verification: z.object({ status: z.string().nullish() }).nullish(),
      }),
    )
    .nullish(),
  banned: z.boolean().nullish(),
  updated_at: z.number(),
});

export interface ClerkUserState {
  profile: Profile;
  banned: boolean;
  /** In milliseconds since 1970. */
  updatedAt: number;
}

/** Null where Clerk has no such user. */
export async function fetchUser(api: ClerkApi, userId: string): Promise<ClerkUserState | null> {
  const answer = await api.get(`/users/${encodeURIComponent(userId)}`);
  return answer === null ? null : readUser(answer);
}

/** Throws for what is no user of Clerk's. */
export function readUser(json: unknown): ClerkUserState {
  const user = ClerkUser.parse(json);
  const address = user.email_addresses?.find(({ id }) => id === user.primary_email_address_id);
  return {
    profile: profileOf(user.id, {
      name: [user.first_name, user.last_name].filter(Boolean).join(' ') || (user.username ?? null),
      email: address?.email_address ?? null,
      emailVerified: address?.verification?.status === 'verified',
    }),
    banned: user.banned === true,
    updatedAt: user.updated_at,
  };
}

export function profileOfToken({ userId, claims }: SessionToken): Profile {
  return profileOf(userId, claims);
}

/** Whoever has told no name is called by their address, or by the end of their id. */
function profileOf(
  id: string,
  told: { name: string | null; email: string | null; emailVerified: boolean },
): Profile {
  const email =
    told.email !== null && /^[^\s@]{1,64}@[^\s@]{1,255}$/.test(told.email) ? told.email : null;
  const name = told.name
    ?.replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .toWellFormed()
    .trim();
  return {
    id,
    name: name?.slice(0, maxNameLength) || email || `User ${id.slice(-6)}`,
    email,
    emailVerified: email !== null && told.emailVerified,
  };
}
