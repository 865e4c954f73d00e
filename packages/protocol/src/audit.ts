/** The trail of who did what. */
import { z } from 'zod';

export const AuditAction = z.enum([
  'signed_up',
  'signed_in',
  'signed_out',
  'sign_in_failed',
  'password_changed',
  'account_changed',
  'address_taken',
  'sign_ins_ended',
  'invitation_created',
  'invitation_revoked',
  'person_blocked',
  'person_unblocked',
  'password_reset',
  'token_created',
  'token_revoked',
  'notebook_created',
  'notebook_deleted',
  'notebook_restored',
  'notebook_transferred',
  'exported',
  'notebook_renamed',
  'mode_changed',
  'cells_run',
  'run_interrupted',
  'kernel_restarted',
  'member_added',
  'member_changed',
  'member_removed',
  'member_left',
  'link_created',
  'link_revoked',
  'link_joined',
  'connection_changed',
]);
export type AuditAction = z.infer<typeof AuditAction>;

export const AuditEvent = z.object({
  id: z.number().int(),
  /** ISO 8601, UTC. */
  at: z.string(),
  action: AuditAction,
  actor: z.object({ id: z.string().nullable(), name: z.string() }),
  /** How they were signed in: in the page, or by an API token and which. */
  via: z.string(),
  /** The address they came from; null where it is not known. */
  from: z.string().nullable(),
  /** For people: whom or what it was done to. Never code, a value or a secret. */
  detail: z.string(),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

export const AuditQuery = z.object({
  /** Only what is older than the event with this id. */
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const AuditPage = z.object({
  /** The latest first. */
  events: z.array(AuditEvent),
  hasMore: z.boolean(),
});
export type AuditPage = z.infer<typeof AuditPage>;
