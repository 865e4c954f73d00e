import type { Role } from '@rnb/protocol';
import { authorize } from '../auth/authorize.ts';
import type { Principal } from '../auth/principal.ts';
import type { SharingStore } from '../store/sharing-store.ts';

/** What somebody may do in a notebook that they may see. */
export interface Entry {
  role: Role;
  /** Their token may be for less than their role is. */
  mayRun: boolean;
  mayEdit: boolean;
  /** When it may be less by itself; null: never. */
  until: Date | null;
}

/** `not_found`: it was deleted, and they had it. */
export type Admission = Entry | { code: 'forbidden' | 'not_found' };

/** Asks the one table (auth/authorize) for all that a socket needs to know. */
export async function admit(
  principal: Principal,
  notebook: string,
  sharing: Pick<SharingStore, 'find'>,
): Promise<Admission> {
  const found = await sharing.find(notebook, principal.userId);
  const decision = authorize(principal, found, 'view');
  if (!decision.allowed) {
    return { code: decision.code === 'not_found' ? 'not_found' : 'forbidden' };
  }
  return {
    role: decision.role,
    mayRun: authorize(principal, found, 'run').allowed,
    mayEdit: authorize(principal, found, 'edit').allowed,
    until: found?.grant?.until ?? null,
  };
}
