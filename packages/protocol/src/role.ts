import { z } from 'zod';

/** What somebody is to a notebook; each may do what those before it may. */
export const Role = z.enum(['viewer', 'runner', 'editor', 'owner']);
export type Role = z.infer<typeof Role>;

/** What an owner can give to others; ownership itself is transferred. */
export const GrantedRole = z.enum(['viewer', 'runner', 'editor']);
export type GrantedRole = z.infer<typeof GrantedRole>;

/** Nobody may before the server has said what they are. */
export const mayEditAs = (role: Role | null): boolean => role === 'owner' || role === 'editor';
