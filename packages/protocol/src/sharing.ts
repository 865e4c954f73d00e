/** Who has a notebook besides its owner, as the owner sees and changes it. */
import { z } from 'zod';
import { MemberId, ShareLinkId, UserId } from './ids.ts';
import { GrantedRole } from './role.ts';

export const Person = z.object({
  id: UserId,
  name: z.string(),
  email: z.string().nullable(),
});
export type Person = z.infer<typeof Person>;

/** As somebody types it: without regard to case, as mail servers treat it in practice. */
export const EmailAddress = z
  .string()
  .trim()
  .max(254)
  .toLowerCase()
  .pipe(z.email('not an email address'));

export const Member = z.object({
  id: MemberId,
  role: GrantedRole,
  /** Null while nobody with that address has signed in yet. */
  person: Person.nullable(),
  /** The address that was invited; null where a user id was. */
  invited: z.string().nullable(),
  /** Whether they may use the notebook's database connections. */
  mayUseConnections: z.boolean(),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
});
export type Member = z.infer<typeof Member>;

export const ShareLink = z.object({
  id: ShareLinkId,
  role: GrantedRole,
  mayUseConnections: z.boolean(),
  /** Goes into the fragment of the notebook's address, as `#join=…`, which browsers send to nobody. */
  secret: z.string(),
  createdAt: z.string(),
  /** ISO 8601, UTC; null: until it is revoked. */
  expiresAt: z.string().nullable(),
  /** Who has come by it. */
  people: z.array(Person),
});
export type ShareLink = z.infer<typeof ShareLink>;

export const Sharing = z.object({
  owner: Person,
  members: z.array(Member),
  /** Those that still open the notebook. */
  links: z.array(ShareLink),
});
export type Sharing = z.infer<typeof Sharing>;

export const InviteMember = z
  .strictObject({
    email: EmailAddress.optional(),
    userId: UserId.optional(),
    role: GrantedRole,
    mayUseConnections: z.boolean().default(false),
  })
  .refine(({ email, userId }) => (email === undefined) !== (userId === undefined), {
    message: 'give either email or userId',
    path: ['email'],
  });
export type InviteMember = z.infer<typeof InviteMember>;

export const ChangeMember = z.strictObject({
  role: GrantedRole.optional(),
  mayUseConnections: z.boolean().optional(),
});
export type ChangeMember = z.infer<typeof ChangeMember>;

export const CreateShareLink = z.strictObject({
  role: GrantedRole,
  mayUseConnections: z.boolean().default(false),
  /** From now; null: until it is revoked. */
  expiresInDays: z.number().int().min(1).max(366).nullable().default(7),
});
export type CreateShareLink = z.infer<typeof CreateShareLink>;

export const JoinNotebook = z.strictObject({ secret: z.string().min(1).max(200) });

export const TransferNotebook = z.strictObject({ to: UserId });
