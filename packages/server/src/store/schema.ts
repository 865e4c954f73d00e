import type { AuditAction, GrantedRole, TokenScope } from '@rnb/protocol';
import {
  bigserial,
  boolean,
  customType,
  doublePrecision,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

/** The tables as queries see them; `migrations/` makes them. */

const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const instant = (name: string) => timestamp(name, { withTimezone: true });
const createdAt = () => instant('created_at').notNull().defaultNow();
const updatedAt = () => instant('updated_at').notNull().defaultNow();

export const notebooks = pgTable('notebooks', {
  id: text('id').primaryKey(),
  ownerId: text('owner_id').notNull(),
  title: text('title').notNull(),
  cellCount: integer('cell_count').notNull(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
  deletedAt: instant('deleted_at'),
});

export const documentUpdates = pgTable('document_updates', {
  seq: bigserial('seq', { mode: 'number' }).primaryKey(),
  id: uuid('id').notNull().unique(),
  notebookId: text('notebook_id').notNull(),
  isSnapshot: boolean('is_snapshot').notNull().default(false),
  data: bytes('data').notNull(),
});

export const cellRuns = pgTable(
  'cell_runs',
  {
    notebookId: text('notebook_id').notNull(),
    cell: text('cell').notNull(),
    kind: text('kind').notNull(),
    code: text('code').notNull(),
    engine: text('engine').notNull(),
    result: text('result').notNull(),
    startedAt: instant('started_at'),
    durationMs: doublePrecision('duration_ms'),
  },
  (table) => [primaryKey({ columns: [table.notebookId, table.cell] })],
);

/** Everybody who has signed in, whichever way. */
export const people = pgTable('people', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  email: text('email'),
  emailVerified: boolean('email_verified').notNull().default(false),
  firstSeenAt: instant('first_seen_at').notNull().defaultNow(),
  lastSeenAt: instant('last_seen_at').notNull().defaultNow(),
  blockedAt: instant('blocked_at'),
  hasFirstNotebooks: boolean('has_first_notebooks').notNull().default(false),
  firstNotebooksSince: instant('first_notebooks_since'),
});

export const notebookMembers = pgTable('notebook_members', {
  id: text('id').primaryKey(),
  notebookId: text('notebook_id').notNull(),
  userId: text('user_id'),
  email: text('email'),
  role: text('role').$type<GrantedRole>().notNull(),
  mayUseConnections: boolean('may_use_connections').notNull().default(false),
  createdAt: createdAt(),
});

export const shareLinks = pgTable('share_links', {
  id: text('id').primaryKey(),
  notebookId: text('notebook_id').notNull(),
  role: text('role').$type<GrantedRole>().notNull(),
  mayUseConnections: boolean('may_use_connections').notNull().default(false),
  createdAt: createdAt(),
  expiresAt: instant('expires_at'),
  revokedAt: instant('revoked_at'),
});

export const shareLinkUsers = pgTable(
  'share_link_users',
  {
    linkId: text('link_id').notNull(),
    userId: text('user_id').notNull(),
    joinedAt: instant('joined_at').notNull().defaultNow(),
    removedAt: instant('removed_at'),
  },
  (table) => [primaryKey({ columns: [table.linkId, table.userId] })],
);

export const apiTokens = pgTable('api_tokens', {
  id: text('id').primaryKey(),
  userId: text('user_id').notNull(),
  name: text('name').notNull(),
  scope: text('scope').$type<TokenScope>().notNull(),
  digest: bytes('digest').notNull(),
  hint: text('hint').notNull(),
  createdAt: createdAt(),
  expiresAt: instant('expires_at').notNull(),
  lastUsedAt: instant('last_used_at'),
  lastUsedFrom: text('last_used_from'),
});

export const endedSignIns = pgTable('ended_sign_ins', {
  subject: text('subject').primaryKey(),
  until: instant('until').notNull(),
});

/** Users as the sign-in service last told them. */
export const toldUsers = pgTable('told_users', {
  id: text('id').primaryKey(),
  isOut: boolean('is_out').notNull(),
  toldAt: instant('told_at').notNull(),
});

export const webhookDeliveries = pgTable('webhook_deliveries', {
  id: text('id').primaryKey(),
  receivedAt: instant('received_at').notNull().defaultNow(),
});

export const auditEvents = pgTable('audit_events', {
  id: bigserial('id', { mode: 'number' }).primaryKey(),
  key: uuid('key').notNull(),
  at: instant('at').notNull().defaultNow(),
  action: text('action').$type<AuditAction>().notNull(),
  actorId: text('actor_id'),
  actorName: text('actor_name').notNull(),
  via: text('via').notNull(),
  address: text('address'),
  notebookId: text('notebook_id'),
  about: text('about'),
  detail: text('detail').notNull(),
});

/** What the servers of one database have to agree on. */
export const settings = pgTable('settings', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});

export const user = pgTable('user', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  email: text('email').notNull().unique(),
  emailVerified: boolean('email_verified').notNull().default(false),
  image: text('image'),
  isAdministrator: boolean('is_administrator').notNull().default(false),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const session = pgTable('session', {
  id: text('id').primaryKey(),
  expiresAt: instant('expires_at').notNull(),
  token: text('token').notNull().unique(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
  ipAddress: text('ip_address'),
  userAgent: text('user_agent'),
  userId: text('user_id').notNull(),
});

export const account = pgTable('account', {
  id: text('id').primaryKey(),
  accountId: text('account_id').notNull(),
  providerId: text('provider_id').notNull(),
  userId: text('user_id').notNull(),
  accessToken: text('access_token'),
  refreshToken: text('refresh_token'),
  idToken: text('id_token'),
  accessTokenExpiresAt: instant('access_token_expires_at'),
  refreshTokenExpiresAt: instant('refresh_token_expires_at'),
  scope: text('scope'),
  password: text('password'),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const invitations = pgTable('invitations', {
  id: text('id').primaryKey(),
  digest: bytes('digest').notNull(),
  email: text('email'),
  createdAt: createdAt(),
  expiresAt: instant('expires_at').notNull(),
});

export const verification = pgTable('verification', {
  id: text('id').primaryKey(),
  identifier: text('identifier').notNull(),
  value: text('value').notNull(),
  expiresAt: instant('expires_at').notNull(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});
