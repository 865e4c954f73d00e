import type { AuditAction, AuditPage } from '@rnb/protocol';
import type { FastifyRequest } from 'fastify';
import { type Acted, type Actor, actorOf } from '../auth/actor.ts';
import type { AuditLog, AuditRecord } from '../store/audit-log.ts';
import type { Profile } from '../store/people-store.ts';

/** Notes what the caller of a route has done; `detail` says to people whom or what it was done to. */
export type Audit = (
  request: Pick<FastifyRequest, 'principal' | 'ip'>,
  action: AuditAction,
  what?: {
    notebook?: string;
    detail?: string;
    /** Whose account it was done to; they have it in their trail too. */
    about?: string;
    /** Who has just signed in, and is no caller yet. */
    by?: Profile;
  },
) => void;

export function auditOf(log: Pick<AuditLog, 'tell'>): Audit {
  return ({ principal, ip }, action, { notebook = null, detail = '', about, by } = {}) => {
    const who: Acted | null = by ? { ...by, userId: by.id, means: 'page' } : principal;
    log.tell({
      ...actorOf(who, ip),
      action,
      notebook,
      detail,
      ...(about !== undefined && { about }),
    });
  };
}

/** The caller of a route, for what they have a notebook do. */
export function callerOf({ principal, ip }: Pick<FastifyRequest, 'principal' | 'ip'>): Actor {
  return actorOf(principal, ip);
}

/** `limit` of the records; one more tells that there are more. */
export function auditPage(records: AuditRecord[], limit: number): AuditPage {
  return {
    events: records
      .slice(0, limit)
      .map(({ id, at, action, actorId, actorName, via, address, detail }) => ({
        id,
        at: at.toISOString(),
        action,
        actor: { id: actorId, name: actorName },
        via,
        from: address,
        detail,
      })),
    hasMore: records.length > limit,
  };
}
