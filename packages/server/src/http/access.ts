/**
 * Who may call a route. Each route declares it in `config.access`, or the server does not start; what was declared is
 * enforced here, before the route's handler, by the table in auth/authorize.
 */
import { NotebookId, type Role } from '@rnb/protocol';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { Authenticator } from '../auth/authenticate.ts';
import { type Action, authorize } from '../auth/authorize.ts';
import { isOwnOrigin } from '../auth/origin.ts';
import type { Principal } from '../auth/principal.ts';
import type { Config } from '../config.ts';
import type { NotebookRecord, Store } from '../store/store.ts';
import { Refusal } from './problem.ts';

export type Access = 'public' | 'signed-in' | { notebook: Action };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    principal: Principal | null;
    /** The role in the notebook of the address. */
    role: Role | null;
    notebook: NotebookRecord | null;
  }
}

export interface AccessDeps {
  config: Pick<Config, 'host' | 'allowedOrigins'>;
  authenticator: Authenticator;
  store: Pick<Store, 'findNotebook'>;
}

export function enforceAccess(app: FastifyInstance, deps: AccessDeps): void {
  app.decorateRequest('principal', null);
  app.decorateRequest('role', null);
  app.decorateRequest('notebook', null);

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
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    // An unknown address has no route; its handler shows the app's page or answers 404.
    if (access === 'public' || request.is404) return;
    if (access === undefined) throw refuse('forbidden');
    request.principal = await authenticate(request, deps);
    if (!request.principal) throw refuse('unauthenticated');
    if (access === 'signed-in') return;

    const id = NotebookId.safeParse(idOf(request));
    if (!id.success) throw refuse('not_found');
    request.notebook = await deps.store.findNotebook(id.data);
    const decision = authorize(request.principal, request.notebook, access.notebook);
    if (!decision.allowed) throw refuse(decision.code);
    request.role = decision.role;
  });
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
  return deps.authenticator.authenticate({ cookie, authorization });
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

/** The signed-in caller of a route that is not public. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw refuse('unauthenticated');
  return request.principal;
}

/** The caller's role, in a route of a notebook. */
export function roleOf(request: FastifyRequest): Role {
  if (!request.role) throw refuse('forbidden');
  return request.role;
}

function idOf(request: FastifyRequest): unknown {
  const { params } = request;
  return typeof params === 'object' && params !== null && 'id' in params ? params.id : undefined;
}

function refuse(code: 'unauthenticated' | 'forbidden' | 'not_found'): Refusal {
  switch (code) {
    case 'unauthenticated':
      return new Refusal(
        code,
        'Sign in first: open the link that the server printed, or send an API token.',
      );
    case 'forbidden':
      return new Refusal(code, 'This notebook belongs to somebody else.');
    case 'not_found':
      return new Refusal(code, 'There is no such notebook; it may have been deleted.');
  }
}
