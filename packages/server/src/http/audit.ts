import type { AuditAction, RunTarget } from '@rnb/protocol';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../auth/principal.ts';
import type { AuditLog } from '../store/audit-log.ts';

/** Notes what the caller of a route has done; `detail` says to people whom or what it was done to. */
export type Audit = (
  request: Pick<FastifyRequest, 'principal' | 'ip'>,
  action: AuditAction,
  what?: { notebook?: string; detail?: string },
) => void;

export function auditOf(log: Pick<AuditLog, 'tell'>): Audit {
  return ({ principal, ip }, action, { notebook, detail = '' } = {}) =>
    log.tell({ ...actorOf(principal), address: ip, action, notebook: notebook ?? null, detail });
}

/** The cells of a run, as the trail has them. */
export function whichCells(cells: RunTarget): string {
  return typeof cells === 'string' ? cells : `${cells.length} by name`;
}

/** Somebody as the trail names them. */
export function actorOf(principal: Principal | null): {
  actorId: string | null;
  actorName: string;
  via: string;
} {
  if (!principal) return { actorId: null, actorName: 'nobody', via: '' };
  const { userId, name, email, means } = principal;
  return { actorId: userId, actorName: email ? `${name} (${email})` : name, via: means };
}
