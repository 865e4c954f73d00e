import { z } from 'zod';

/** 128 random bits as 32 hex digits, made by the server. */
export const NotebookId = z.string().regex(/^[0-9a-f]{32}$/, 'not a notebook id');
export type NotebookId = z.infer<typeof NotebookId>;

/** Made by whoever adds the cell; unique within its notebook. */
export const CellId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'not a cell id');
export type CellId = z.infer<typeof CellId>;

export const UserId = z.string().min(1).max(128);
export type UserId = z.infer<typeof UserId>;

/** Counts the runs of one notebook upwards, over restarts too; every output belongs to one run of one cell. */
export const RunNumber = z.number().int().nonnegative();
export type RunNumber = z.infer<typeof RunNumber>;

/** Made by the server: 128 random bits as 32 hex digits. */
const randomId = (what: string) => z.string().regex(/^[0-9a-f]{32}$/, `not the id of a ${what}`);
export const MemberId = randomId('member');
export const ShareLinkId = randomId('link');
export const TokenId = randomId('token');
export const InvitationId = randomId('invitation');

/** Made by the sign-in library. */
export const SignInId = z.string().regex(/^[\w-]{1,128}$/, 'not the id of a sign-in');
