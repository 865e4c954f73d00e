/** Local accounts: signing up and in by a password, one's own account, and what the administrator sees of all. */
import { z } from 'zod';
import { InvitationId, SignInId, UserId } from './ids.ts';
import { EmailAddress } from './sharing.ts';

/** Who may make an account for themselves. */
export const SignUpPolicy = z.enum(['open', 'invite', 'closed']);
export type SignUpPolicy = z.infer<typeof SignUpPolicy>;

export const passwordLimits = { minLength: 12, maxLength: 256 } as const;

export const PersonName = z
  .string()
  .trim()
  .min(1, 'enter a name')
  .max(100, 'a name has at most 100 characters')
  .regex(/^\P{Cc}*$/u, 'a name is one line');

/** Any text: whether it is good enough as a new one is the server's to say, in words for the person. */
const Password = z.string().min(1, 'enter a password').max(1_000, 'a password is too long');

/** What was typed, however odd: a wrong address is answered as a wrong password is. */
export const PasswordSignIn = z.strictObject({
  email: z.string().trim().min(1, 'enter an email address').max(1_000),
  password: Password,
});
export type PasswordSignIn = z.infer<typeof PasswordSignIn>;

export const SignUp = z.strictObject({
  name: PersonName,
  email: EmailAddress,
  password: Password,
  /** The token of an invitation; needed where the server asks for one. */
  invitation: z.string().min(1).max(200).optional(),
});
export type SignUp = z.infer<typeof SignUp>;

export const InvitationQuery = z.strictObject({ token: z.string().min(1).max(200) });

/** What an invitation is good for, told to whoever has it. */
export const InvitationTerms = z.object({
  /** The only address that may use it; null: any. */
  email: z.string().nullable(),
  /** ISO 8601, UTC. */
  expiresAt: z.string(),
});
export type InvitationTerms = z.infer<typeof InvitationTerms>;

export const Account = z.object({
  id: UserId,
  name: z.string(),
  email: z.string().nullable(),
  /** Whether somebody vouches for the address; what is shared with an address that nobody has proven reaches nobody. */
  emailVerified: z.boolean(),
  /** Null where sign-in is not the server's own. */
  hasPassword: z.boolean().nullable(),
});
export type Account = z.infer<typeof Account>;

export const UpdateAccount = z.strictObject({
  name: PersonName.optional(),
  email: EmailAddress.optional(),
  /** To change the address of an account that has a password. */
  currentPassword: Password.optional(),
});
export type UpdateAccount = z.infer<typeof UpdateAccount>;

export const ChangePassword = z.strictObject({
  /** Left out where the account has none yet. */
  currentPassword: Password.optional(),
  newPassword: Password,
});
export type ChangePassword = z.infer<typeof ChangePassword>;

/** One browser in which somebody is signed in. */
export const SignedInBrowser = z.object({
  id: SignInId,
  /** Whether it is the one that asks. */
  isThisOne: z.boolean(),
  /** As the browser calls itself. */
  userAgent: z.string(),
  address: z.string().nullable(),
  /** ISO 8601, UTC. */
  since: z.string(),
  /** Within a day. */
  lastSeenAt: z.string(),
});
export type SignedInBrowser = z.infer<typeof SignedInBrowser>;

export const PersonRecord = z.object({
  id: UserId,
  name: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  isAdministrator: z.boolean(),
  /** May not sign in, and no token of theirs counts. */
  isBlocked: z.boolean(),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  lastSeenAt: z.string(),
  /** Browsers in which they are signed in. */
  sessionCount: z.number().int(),
});
export type PersonRecord = z.infer<typeof PersonRecord>;

export const UpdatePerson = z.strictObject({ isBlocked: z.boolean() });

/** Signs somebody in once, to set a new password; for the fragment of a link, as `/sign-in#token=…`. */
export const PasswordLink = z.object({
  token: z.string(),
  /** ISO 8601, UTC. */
  expiresAt: z.string(),
});
export type PasswordLink = z.infer<typeof PasswordLink>;

export const Invitation = z.object({
  id: InvitationId,
  email: z.string().nullable(),
  createdAt: z.string(),
  /** ISO 8601, UTC. */
  expiresAt: z.string(),
});
export type Invitation = z.infer<typeof Invitation>;

export const CreateInvitation = z
  .strictObject({ email: EmailAddress.nullable().default(null) })
  .default({ email: null });

/** `token` is told this once, for the fragment of a link, as `/sign-in#invitation=…`; the server keeps only its digest. */
export const CreatedInvitation = Invitation.extend({ token: z.string() });
export type CreatedInvitation = z.infer<typeof CreatedInvitation>;
