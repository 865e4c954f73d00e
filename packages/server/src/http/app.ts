/**
 * The HTTP side of the server, put together: what every request passes (host, headers, access, errors) and the
 * routes. Routes parse, ask a session or the store, and answer; they hold no rule of their own. The same zod schemas
 * check what comes in, shape what goes out, and make the OpenAPI document.
 */
import cors from '@fastify/cors';
import swagger from '@fastify/swagger';
import { limits } from '@rnb/protocol';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { Acting } from '../acting.ts';
import type { Authenticator } from '../auth/authenticate.ts';
import type { LinkSecrets } from '../auth/link-secret.ts';
import type { ClerkFront, LocalFront } from '../auth/open-sign-in.ts';
import { isOwnHost } from '../auth/origin.ts';
import type { Config } from '../config.ts';
import type { OpenPerPerson } from '../open-per-person.ts';
import type { SessionRegistry } from '../sessions/session.ts';
import type { AuditLog } from '../store/audit-log.ts';
import type { Notices } from '../store/notices.ts';
import type { PeopleStore } from '../store/people-store.ts';
import type { SharingStore } from '../store/sharing-store.ts';
import type { Store } from '../store/store.ts';
import type { TokenStore } from '../store/token-store.ts';
import { enforceAccess } from './access.ts';
import { auditOf } from './audit.ts';
import { createMetrics } from './metrics.ts';
import { Refusal, toProblem } from './problem.ts';
import type { RateLimits } from './rate-limits.ts';
import { accountRoutes } from './routes/account-routes.ts';
import { authRoutes } from './routes/auth-routes.ts';
import { cellRoutes } from './routes/cell-routes.ts';
import { clerkRoutes } from './routes/clerk-routes.ts';
import { docsRoutes } from './routes/docs-routes.ts';
import { notebookRoutes } from './routes/notebook-routes.ts';
import { ownAccountRoutes } from './routes/own-account-routes.ts';
import { peopleRoutes } from './routes/people-routes.ts';
import { runRoutes } from './routes/run-routes.ts';
import { sharingRoutes } from './routes/sharing-routes.ts';
import { systemRoutes } from './routes/system-routes.ts';
import { webRoutes } from './routes/web-routes.ts';
import { addSecurityHeaders, bareHeaders } from './security-headers.ts';

export type TypedApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface AppDeps {
  config: Pick<Config, 'host' | 'allowedOrigins' | 'trustedProxies'>;
  store: Store;
  people: PeopleStore;
  sharing: SharingStore;
  tokens: TokenStore;
  auditLog: AuditLog;
  notices: Notices;
  links: LinkSecrets;
  sessions: SessionRegistry;
  authenticator: Authenticator;
  /** Null where people sign in elsewhere. */
  local: LocalFront | null;
  /** Null where people have local accounts. */
  clerk: ClerkFront | null;
  acting: Acting;
  /** What people hold open, by whichever way. */
  open: OpenPerPerson;
  limits: RateLimits;
  version: string;
  /** The folder of the built web app. */
  webDist: string;
  log: FastifyBaseLogger;
}

export async function buildApp(deps: AppDeps): Promise<TypedApp> {
  const shared = { ...deps, audit: auditOf(deps.auditLog) };
  const app: TypedApp = fastify({
    loggerInstance: deps.log,
    // Addresses hold ids; the metrics say what there is to say of ordinary requests.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.maxRequestBytes,
    // Whoever else says so in a header does not come from another address (C16).
    trustProxy: deps.config.trustedProxies.length > 0 && deps.config.trustedProxies,
    // A request must be there in time; answers (event streams) may last.
    requestTimeout: 60_000,
    connectionTimeout: 0,
    forceCloseConnections: true,
    // Their twins would run handlers whose answers nobody reads.
    exposeHeadRoutes: false,
    // Addresses that the router cannot read.
    frameworkErrors: (error, request, reply) =>
      answerProblem(error, request, reply.headers(bareHeaders)),
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // JSON alone: a page of a stranger can send forms and text without asking, but not JSON.
  app.removeContentTypeParser('text/plain');
  acceptEmptyJson(app);

  app.setErrorHandler(answerProblem);

  addSecurityHeaders(
    app,
    (request) => {
      const https = deps.config.allowedOrigins.includes(`https://${request.headers.host}`);
      return `${https ? 'https' : 'http'}://${request.headers.host}`;
    },
    deps.clerk?.origin,
  );
  app.addHook('onRequest', async (request) => {
    if (!isOwnHost(request.headers.host, deps.config)) {
      throw new Refusal(
        'forbidden',
        'This server does not go by that name. If it should, add its address to ALLOWED_ORIGINS.',
        { status: 421 },
      );
    }
  });
  await allowOtherOrigins(app, deps.config.allowedOrigins);
  const metrics = createMetrics(app);
  enforceAccess(app, deps);

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Reactive Notebook',
        version: deps.version,
        description:
          'Every call but the public ones needs an API token, `Authorization: Bearer …`: one that you made in the page under API tokens, or the one that the server was given as `RNB_TOKEN`. Refusals are problems as RFC 9457 has them.',
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      },
      security: [{ token: [] }],
    },
    transform: (input) => {
      const { schema, url } = jsonSchemaTransform(input);
      const isPublic = input.route.config?.access === 'public';
      return { schema: isPublic ? { ...schema, security: [] } : schema, url };
    },
  });

  systemRoutes(app, {
    version: deps.version,
    signUp: deps.local?.accounts.signUpPolicy ?? null,
    clerkPublishableKey: deps.clerk?.publishableKey ?? null,
    metrics,
    checkReady: () => deps.store.ping(),
  });
  notebookRoutes(app, shared);
  sharingRoutes(app, shared);
  cellRoutes(app, shared);
  runRoutes(app, shared);
  accountRoutes(app, shared);
  if (deps.local) {
    const local = { ...shared, ...deps.local };
    authRoutes(app, local);
    ownAccountRoutes(app, local);
    peopleRoutes(app, local);
  }
  clerkRoutes(app, deps);
  docsRoutes(app);
  webRoutes(app, deps);
  return app;
}

/**
 * A page at another of our addresses may call the API, with a token: cookies do not travel there. What only the own
 * page may do with its cookie is checked by access.
 */
async function allowOtherOrigins(app: TypedApp, origins: string[]): Promise<void> {
  if (origins.length === 0) return;
  app.addHook('onRoute', (route) => {
    // The answer to a browser's question whether it may ask.
    if (route.method === 'OPTIONS') route.config = { ...route.config, access: 'public' };
  });
  await app.register(cors, {
    origin: origins,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type'],
    exposedHeaders: ['location', 'retry-after', 'www-authenticate'],
    maxAge: 600,
    strictPreflight: true,
  });
}

/**
 * Many clients call JSON whatever they send, nothing included: a DELETE, a POST that needs no body. No body says as much
 * as an empty one.
 */
function acceptEmptyJson(app: TypedApp): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => (body === '' ? done(null) : parseJson(request, body, done)),
  );
  app.addHook('preValidation', async (request) => {
    request.body ??= {};
  });
}

function answerProblem(
  error: unknown,
  request: Pick<FastifyRequest, 'log' | 'routeOptions'>,
  reply: Pick<FastifyReply, 'code' | 'header'>,
) {
  const problem = toProblem(error);
  if (problem.id !== undefined) {
    request.log.error({ err: error, id: problem.id, route: request.routeOptions.url }, 'bug');
  }
  // RFC 9110 asks for it; a browser opens no dialog for this scheme.
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  if (error instanceof Refusal && error.retryAfterS !== undefined) {
    reply.header('retry-after', error.retryAfterS);
  }
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problem);
}
