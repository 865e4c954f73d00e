/** A route's notebook, open, for whoever still has it: to open one and to wait for one takes time. */
import type { FastifyRequest } from 'fastify';
import type { Session, SessionRegistry } from '../sessions/session.ts';
import { letIn, noAccess, rightsOf, untilLost } from './access.ts';

export async function openSession(
  request: FastifyRequest,
  sessions: Pick<SessionRegistry, 'open'>,
): Promise<Session> {
  const { wanted } = rightsOf(request);
  if (!wanted) throw noAccess();
  const session = await sessions.open(wanted.notebook);
  await letIn(request);
  return session;
}

/** Until the notebook is at rest or the time is over; ends at once for whoever is put out meanwhile. */
export async function waitForRest(
  request: FastifyRequest,
  session: Session,
  timeoutMs: number,
): Promise<void> {
  await Promise.race([session.whenAtRest(timeoutMs), untilLost(request)]);
  await letIn(request);
}
