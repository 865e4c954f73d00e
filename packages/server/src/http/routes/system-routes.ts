import { Me, Problem, PublicConfig, Ready, type SignUpPolicy } from '@rnb/protocol';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import { principalOf } from '../access.ts';
import type { TypedApp } from '../app.ts';

export interface SystemDeps {
  version: string;
  /** Null where people sign in elsewhere. */
  signUp: SignUpPolicy | null;
  /** Null where people have local accounts. */
  clerkPublishableKey: string | null;
  metrics: Registry;
  /** Rejects when the server cannot serve: the database is away, or it is closing. */
  checkReady(): Promise<void>;
}

/** Whether the server lives, what it is, and who is asking. */
export function systemRoutes(app: TypedApp, deps: SystemDeps): void {
  app.get(
    '/api/health',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Whether the process lives',
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    () => ({ status: 'ok' as const }),
  );

  app.get(
    '/api/ready',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Whether the server can serve notebooks',
        response: { 200: Ready, 503: Ready },
      },
    },
    async (_request, reply) => {
      try {
        await deps.checkReady();
        return { ready: true, detail: 'ready' };
      } catch (error) {
        app.log.warn({ err: error }, 'not ready');
        return reply.code(503).send({ ready: false, detail: 'The database does not answer.' });
      }
    },
  );

  // Counts and durations only, no name of a user or notebook, so that a scraper needs no account.
  app.get(
    '/metrics',
    {
      config: { access: 'public' },
      schema: { summary: 'Metrics in the format of Prometheus', response: { 200: z.string() } },
    },
    async (_request, reply) => {
      const text = await deps.metrics.metrics();
      return reply.type(deps.metrics.contentType).serializer(String).send(text);
    },
  );

  app.get(
    '/api/config',
    {
      config: { access: 'public' },
      schema: {
        summary: 'What a client must know before sign-in',
        response: { 200: PublicConfig },
      },
    },
    () => ({
      authProvider: deps.clerkPublishableKey === null ? ('local' as const) : ('clerk' as const),
      clerkPublishableKey: deps.clerkPublishableKey,
      signUp: deps.signUp,
      version: deps.version,
    }),
  );

  app.get(
    '/api/me',
    {
      config: { access: { account: 'view' } },
      schema: { summary: 'Who is signed in', response: { 200: Me, 401: Problem } },
    },
    (request) => {
      const { userId, name, email, isAdministrator } = principalOf(request);
      return { id: userId, name, email, isAdministrator };
    },
  );
}
