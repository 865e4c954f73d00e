/** What clients meet: the HTTP side and the notebooks' sockets, over the same parts and by the same rules. */
import proxyAddress from '@fastify/proxy-addr';
import type { Logger } from 'pino';
import { Acting } from './acting.ts';
import { ownOrigins } from './auth/origin.ts';
import { type AppDeps, buildApp, type TypedApp } from './http/app.ts';
import { toProblem } from './http/problem.ts';
import { createRateLimits, type RateLimits } from './http/rate-limits.ts';
import { OpenPerPerson } from './open-per-person.ts';
import { attachSocket } from './socket/attach-socket.ts';

export interface FrontDeps extends Omit<AppDeps, 'acting' | 'open' | 'limits'> {
  /** Left out: the usual ones. */
  limits?: RateLimits;
  log: Logger;
}

export interface Front {
  /** Not listening yet. */
  app: TypedApp;
  /** Sends everybody away and resolves when they are gone. */
  close(): Promise<void>;
}

export async function openFront(deps: FrontDeps): Promise<Front> {
  const { config, authenticator, auditLog, sessions, log } = deps;
  const { limits = createRateLimits() } = deps;
  const acting = new Acting(auditLog);
  const open = new OpenPerPerson();
  const app = await buildApp({ ...deps, acting, open, limits });
  const socket = attachSocket(app.server, {
    registry: sessions,
    allowedOrigins: (host) => ownOrigins(host, config),
    addressOf: (request) => proxyAddress(request, config.trustedProxies),
    authenticate: ({ cookie, authorization }, from) =>
      authenticator.authenticate({ cookie, authorization }, from),
    authenticateToken: authenticator.authenticateToken,
    countFailure: (network) => limits.failures.take(network),
    rights: deps,
    open,
    acting,
    problemOf(error) {
      const problem = toProblem(error);
      return problem.code === 'internal' ? null : problem;
    },
    log,
  });
  return {
    app,
    async close() {
      await socket.close();
      await app.close();
    },
  };
}
