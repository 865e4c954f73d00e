import { nameOf } from './person-name.ts';
import type { Principal } from './principal.ts';

/** Somebody as the trail has them. */
export interface Actor {
  /** Null where nobody signed in. */
  actorId: string | null;
  actorName: string;
  /** In the page, or by which API token. */
  via: string;
  /** The address they came from. */
  address: string | null;
}

export type Acted = Pick<Principal, 'userId' | 'name' | 'email' | 'emailVerified' | 'means'>;

export function actorOf(who: Acted | null, address: string | null): Actor {
  if (!who) return { actorId: null, actorName: 'somebody', via: '', address };
  return { actorId: who.userId, actorName: nameOf(who), via: who.means, address };
}
