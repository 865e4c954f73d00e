/** Personal API tokens. */
import { z } from 'zod';
import { TokenId } from './ids.ts';

/** The most that a token may do with the notebooks of its person: `edit` includes `run`, which includes `read`. */
export const TokenScope = z.enum(['read', 'run', 'edit']);
export type TokenScope = z.infer<typeof TokenScope>;

export const ApiToken = z.object({
  id: TokenId,
  name: z.string(),
  scope: TokenScope,
  /** Its last four characters, to tell it from others. */
  hint: z.string(),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  expiresAt: z.string(),
  lastUsedAt: z.string().nullable(),
  lastUsedFrom: z.string().nullable(),
});
export type ApiToken = z.infer<typeof ApiToken>;

export const CreateApiToken = z.strictObject({
  name: z.string().trim().min(1, 'a token needs a name').max(100),
  scope: TokenScope,
  expiresInDays: z.number().int().min(1).max(366).default(90),
});
export type CreateApiToken = z.infer<typeof CreateApiToken>;

/** `token` is told this once; the server keeps only its digest. */
export const CreatedApiToken = ApiToken.extend({ token: z.string() });
export type CreatedApiToken = z.infer<typeof CreatedApiToken>;
