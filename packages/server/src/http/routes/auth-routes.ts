import { Problem } from '@rnb/protocol';
import { z } from 'zod';
import { clientAddressHeader } from '../../auth/local-accounts.ts';
import type { Config } from '../../config.ts';
import { requireOwnPage } from '../access.ts';
import type { TypedApp } from '../app.ts';
import { Refusal } from '../problem.ts';

const LinkBody = z.strictObject({ token: z.string().min(1).max(512) });

/** Sign-in. What is checked and answered is better-auth's; its refusals become problems like all others. */
export function authRoutes(
  app: TypedApp,
  deps: {
    config: Pick<Config, 'host' | 'allowedOrigins'>;
    handleAuth(request: Request): Promise<Response>;
  },
): void {
  async function forward(request: {
    method: string;
    url: string;
    ip: string;
    headers: NodeJS.Dict<string | string[]>;
    body?: unknown;
  }): Promise<Response> {
    const headers = new Headers({ [clientAddressHeader]: request.ip });
    for (const name of ['cookie', 'user-agent', 'accept', 'origin']) {
      const value = request.headers[name];
      if (typeof value === 'string') headers.set(name, value);
    }
    const init: RequestInit = { method: request.method, headers };
    if (request.body !== undefined && request.body !== null) {
      headers.set('content-type', 'application/json');
      init.body = JSON.stringify(request.body);
    }
    const response = await deps.handleAuth(new Request(`http://localhost${request.url}`, init));
    if (response.ok || response.status < 400) return response;
    throw refusalOf(response.status);
  }

  app.post(
    '/api/auth/link',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Sign in with the one-time link that the server printed',
        body: LinkBody,
        response: { 200: z.object({ ok: z.literal(true) }), 401: Problem, 429: Problem },
      },
    },
    async (request, reply) => {
      requireOwnPage(request, deps.config);
      const response = await forward(request);
      for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie);
      return { ok: true as const };
    },
  );

  app.route({
    method: ['GET', 'POST'],
    url: '/api/auth/*',
    config: { access: 'public' },
    schema: { hide: true },
    async handler(request, reply) {
      requireOwnPage(request, deps.config);
      const response = await forward(request);
      const type = response.headers.get('content-type');
      if (type) reply.type(type);
      for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie);
      return reply
        .code(response.status)
        .serializer(String)
        .send(await response.text());
    },
  });
}

function refusalOf(status: number): Refusal {
  switch (status) {
    case 401:
      return new Refusal(
        'unauthenticated',
        'This sign-in is not valid, or was used already. Every start of the server prints a new link.',
      );
    case 404:
      return new Refusal('not_found', 'There is no such way to sign in.');
    case 429:
      return new Refusal('too_many_requests', 'Too many attempts. Wait a minute, then try again.');
    default:
      // Why stands in the server's log already.
      if (status >= 500) {
        return new Refusal(
          'unavailable',
          'Signing in does not work at the moment, probably because the database is away. Try again shortly.',
        );
      }
      return new Refusal('invalid', 'The sign-in service refused this request.');
  }
}
