/**
 * Who may call a route. Each route declares it in `config.access`, or the server does not start; what was declared is
 * enforced here, before the route's handler, by the table in auth/authorize.
 */
import { NotebookId, type Role } from '@rnb/protocol';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { Authenticator, Origin } from '../auth/authenticate.ts';
import { type AccountAction, type Action, authorize, authorizeAccount } from '../auth/authorize.ts';
import { LastingAccess, type LastingAccessDeps, type Lost } from '../auth/lasting-access.ts';
import { networkOf } from '../auth/network.ts';
import { isOwnOrigin } from '../auth/origin.ts';
import type { Principal } from '../auth/principal.ts';
import type { Config } from '../config.ts';
import { Refusal } from './problem.ts';
import type { RateLimits } from './rate-limits.ts';

/**
 * `public`: whoever asks. `account`: what somebody does with what is theirs. `notebook`: of the notebook in the
 * address, which the caller must have.
 */
export type Access = 'public' | { account: AccountAction } | { notebook: Action };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    principal: Principal | null;
    /** What the caller has of the notebook in the address, or of what is theirs; null where the route is public. */
    rights: LastingAccess | null;
  }
}

export interface AccessDeps extends LastingAccessDeps {
  config: Pick<Config, 'host' | 'allowedOrigins'>;
  authenticator: Authenticator;
  limits: RateLimits;
}

export function enforceAccess(app: FastifyInstance, deps: AccessDeps): void {
  app.decorateRequest('principal', null);
  app.decorateRequest('rights', null);

  // Looked at when all is registered, so that a scope of library routes can be declared as a whole.
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => void routes.push(route));
  app.addHook('onReady', async () => {
    for (const route of routes) {
      if (route.config?.access !== undefined) continue;
      throw new Error(
        `${route.method} ${route.url} does not declare who may call it (config.access)`,
      );
    }
  });

  // Before the body is read: a stranger's bytes are not worth parsing.
  app.addHook('onRequest', async (request, reply) => {
    const { access, limited } = request.routeOptions.config;
    // An unknown address has no route; its handler shows the app's page or answers 404.
    if (access === 'public' || request.is404) return;
    if (access === undefined) throw noAccess();
    request.principal = await authenticate(request, deps);
    if (!request.principal) {
      const { cookie, authorization } = request.headers;
      // Who has nothing to show has not tried anything.
      if (cookie || authorization) await deps.limits.failures.take(networkOf(request.ip));
      throw signedOut();
    }
    const { userId } = request.principal;
    await deps.limits.requests.take(userId);
    if (limited) await deps.limits[limited].take(userId);
    if ('account' in access) requireAccount(request.principal, access.account);
    const wanted = 'account' in access ? null : wantedOf(request, access.notebook);
    const rights = new LastingAccess(request.principal, wanted, deps);
    request.rights = rights;
    reply.raw.once('close', () => rights.stop());
    await letIn(request);
  });
  // Once more when the body is there: whoever sends it may take a minute.
  app.addHook('preHandler', letIn);
}

/**
 * Throws the Refusal of a caller who may not, or no longer, have what the route gives. To be called again after
 * whatever takes time; it costs nothing as long as nothing was heard and no second has passed.
 */
export async function letIn(request: FastifyRequest): Promise<void> {
  const { rights } = request;
  if (!rights || rights.isFresh) return;
  const lost = await rights.look();
  if (lost !== null) throw refusalOf(lost, rights);
}

/** Rejects as soon as the caller is found to have it no longer. */
export function untilLost(request: FastifyRequest): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const { rights } = request;
  rights?.watch((lost) => {
    if (lost !== null) reject(refusalOf(lost, rights));
  });
  return promise;
}

/** Declares every route that a library registers in this scope as public. */
export function declarePublic(scope: Pick<FastifyInstance, 'addHook'>): void {
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, access: 'public' };
  });
}

async function authenticate(request: FastifyRequest, deps: AccessDeps): Promise<Principal | null> {
  const { cookie, authorization } = request.headers;
  if (authorization === undefined) requireOwnPage(request, deps.config);
  return deps.authenticator.authenticate({ cookie, authorization }, originOf(request));
}

/** A browser sends its cookie along with whatever any page asks of it: what changes something must come from ours. */
export function requireOwnPage(
  request: FastifyRequest,
  config: Pick<Config, 'host' | 'allowedOrigins'>,
): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { origin, host } = request.headers;
  const own =
    origin === undefined
      ? request.headers['sec-fetch-site'] === 'same-origin'
      : isOwnOrigin(origin, host, config);
  // Without a cookie nobody is signed in anyway, which is the better thing to say.
  if (!own && request.headers.cookie !== undefined) {
    throw new Refusal(
      'forbidden',
      'This request does not come from the page of this server. Programs send an API token instead of a cookie.',
    );
  }
}

/** Where a request's credential came from. */
export function originOf(request: FastifyRequest): Origin {
  return { host: request.headers.host, address: request.ip };
}

/** The signed-in caller of a route that is not public. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw signedOut();
  return request.principal;
}

/** The caller's role, in a route of a notebook. */
export function roleOf(request: FastifyRequest): Role {
  const role = rightsOf(request).role;
  if (!role) throw noAccess();
  return role;
}

/** What the caller has, in a route that is not public. */
export function rightsOf(request: FastifyRequest): LastingAccess {
  if (!request.rights) throw signedOut();
  return request.rights;
}

function requireAccount(principal: Principal, action: AccountAction): void {
  if (authorizeAccount(principal, action).allowed) return;
  const { scope, isAdministrator } = principal;
  throw action === 'administer' && scope === 'full' && !isAdministrator
    ? new Refusal('forbidden', 'Only the administrator of this server may do this.')
    : beyondToken(principal);
}

function wantedOf({ params }: FastifyRequest, action: Action) {
  const id = typeof params === 'object' && params !== null && 'id' in params ? params.id : null;
  const notebook = NotebookId.safeParse(id);
  if (!notebook.success) throw noAccess();
  return { notebook: notebook.data, action };
}

function refusalOf(lost: Lost, { wanted, principal, found, role }: LastingAccess): Refusal {
  switch (lost) {
    case 'expired':
    case 'unauthenticated':
      return signedOut();
    case 'not_found':
      return new Refusal(lost, 'This notebook was deleted.');
    case 'forbidden':
      break;
  }
  if (!wanted || role === null) return noAccess();
  // What they may do themselves, only their token may not.
  const themselves = authorize({ ...principal, scope: 'full' }, found, wanted.action);
  if (themselves.allowed) return beyondToken(principal);
  return new Refusal(
    lost,
    `You are a ${role} of this notebook and may not do this. Ask its owner for more.`,
  );
}

function signedOut(): Refusal {
  return new Refusal('unauthenticated', 'Sign in first, or send an API token.');
}

/** The same whether there is such a notebook or not. */
export function noAccess(): Refusal {
  return new Refusal('forbidden', 'There is no such notebook, or it is not shared with you.');
}

function beyondToken({ scope }: Principal): Refusal {
  return new Refusal(
    'forbidden',
    scope === 'edit'
      ? 'No API token may do this: sign in in the page.'
      : `This API token is for "${scope}" alone. Make one that may do more.`,
  );
}
