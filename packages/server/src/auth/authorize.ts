/** Who may do what: one table, pure, for routes and socket alike. What is not allowed here is refused. */
import type { Role } from '@rnb/protocol';
import type { Principal } from './principal.ts';

/**
 * What one can want of a notebook. `connect`: use its database connections. `leave`: give up what one has of it; an owner
 * gives it to somebody instead. `own`: share it and give it away.
 */
export type Action = 'view' | 'run' | 'edit' | 'connect' | 'leave' | 'delete' | 'own';

/**
 * What one can want without a notebook. `manage`: what only the person does, never a token of theirs. `administer`: look
 * after the accounts of others.
 */
export type AccountAction = 'view' | 'edit' | 'manage' | 'administer';

/** What a notebook gives somebody. */
export interface Grant {
  role: Role;
  mayUseConnections: boolean;
  /** When less may be left of it by itself; null: never. */
  until: Date | null;
}

/** A notebook as somebody finds it; `grant` is null for a stranger. */
export interface Found {
  grant: Grant | null;
  deleted: boolean;
}

export type Decision =
  | { allowed: true; role: Role }
  | { allowed: false; code: 'unauthenticated' | 'forbidden' | 'not_found' };

const actionsOf: Record<Role, readonly Action[]> = {
  viewer: ['view', 'leave'],
  runner: ['view', 'run', 'connect', 'leave'],
  editor: ['view', 'run', 'connect', 'edit', 'leave'],
  owner: ['view', 'run', 'connect', 'edit', 'leave', 'delete', 'own'],
};

const actionsInScope: Record<Principal['scope'], readonly Action[]> = {
  read: ['view'],
  run: ['view', 'run', 'connect'],
  edit: ['view', 'run', 'connect', 'edit', 'delete'],
  full: ['view', 'run', 'connect', 'edit', 'leave', 'delete', 'own'],
};

const accountActionsInScope: Record<Principal['scope'], readonly AccountAction[]> = {
  read: ['view'],
  run: ['view'],
  edit: ['view', 'edit'],
  full: ['view', 'edit', 'manage', 'administer'],
};

/**
 * `found` is null where there is no such notebook, which is no other answer than for somebody else's: whether a
 * notebook exists is nobody's business. Who has had it hears that it was deleted.
 */
export function authorize(
  principal: Principal | null,
  found: Found | null,
  action: Action,
): Decision {
  if (!principal) return { allowed: false, code: 'unauthenticated' };
  const grant = found?.grant ?? null;
  if (!found || !grant) return { allowed: false, code: 'forbidden' };
  if (found.deleted) return { allowed: false, code: 'not_found' };
  const allowed =
    actionsOf[grant.role].includes(action) &&
    actionsInScope[principal.scope].includes(action) &&
    (action !== 'connect' || grant.role === 'owner' || grant.mayUseConnections);
  return allowed ? { allowed, role: grant.role } : { allowed, code: 'forbidden' };
}

export function authorizeAccount(
  principal: Principal | null,
  action: AccountAction,
): { allowed: true } | { allowed: false; code: 'unauthenticated' | 'forbidden' } {
  if (!principal) return { allowed: false, code: 'unauthenticated' };
  const allowed =
    accountActionsInScope[principal.scope].includes(action) &&
    (action !== 'administer' || principal.isAdministrator);
  if (allowed) return { allowed };
  return { allowed: false, code: 'forbidden' };
}
