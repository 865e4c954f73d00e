/** Who may do what: one table, pure, for routes and socket alike. What is not allowed here is refused. */
import type { Role } from '@rnb/protocol';
import type { NotebookRecord } from '../store/store.ts';
import type { Principal } from './principal.ts';

/** What one can want of a notebook; each includes those before it. */
export type Action = 'view' | 'run' | 'edit' | 'own';

export type Decision =
  | { allowed: true; role: Role }
  | { allowed: false; code: 'unauthenticated' | 'forbidden' | 'not_found' };

const actionsOf: Record<Role, readonly Action[]> = {
  viewer: ['view'],
  runner: ['view', 'run'],
  editor: ['view', 'run', 'edit'],
  owner: ['view', 'run', 'edit', 'own'],
};

/** `notebook` is null where none has that id, or it was deleted. */
export function authorize(
  principal: Principal | null,
  notebook: Pick<NotebookRecord, 'ownerId'> | null,
  action: Action,
): Decision {
  if (!principal) return { allowed: false, code: 'unauthenticated' };
  if (!notebook) return { allowed: false, code: 'not_found' };
  const role = roleOf(principal, notebook);
  if (!role || !actionsOf[role].includes(action)) return { allowed: false, code: 'forbidden' };
  return { allowed: true, role };
}

function roleOf(principal: Principal, notebook: Pick<NotebookRecord, 'ownerId'>): Role | null {
  return notebook.ownerId === principal.userId ? 'owner' : null;
}
