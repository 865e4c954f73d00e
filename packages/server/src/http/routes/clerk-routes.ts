import { Problem } from '@rnb/protocol';
import { z } from 'zod';
import type { ClerkFront } from '../../auth/open-sign-in.ts';
import type { TypedApp } from '../app.ts';
import { Refusal } from '../problem.ts';

/** More than any of Clerk's events; it is kept in memory before its signature is looked at. */
const maxWebhookBytes = 256 * 1024;

/** Where Clerk tells what has happened to sign-ins. Nobody is signed in here: the signature is the proof. */
export function clerkRoutes(app: TypedApp, deps: { clerk: ClerkFront | null }): void {
  void app.register(async (scope) => {
    // What is signed is the text as it came.
    scope.removeContentTypeParser('application/json');
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) =>
      done(null, body),
    );
    scope.post(
      '/api/clerk/webhooks',
      {
        config: { access: 'public' },
        bodyLimit: maxWebhookBytes,
        schema: {
          summary: 'Take note of what Clerk tells: signed by it, with CLERK_WEBHOOK_SECRET',
          response: { 204: z.null(), 401: Problem, 404: Problem },
        },
      },
      async (request, reply) => {
        const webhooks = deps.clerk?.webhooks;
        if (!webhooks) {
          throw new Refusal(
            'not_found',
            'This server takes no webhooks of Clerk: CLERK_WEBHOOK_SECRET is not set.',
          );
        }
        const headers = new Headers();
        for (const name of ['svix-id', 'svix-timestamp', 'svix-signature']) {
          const value = request.headers[name];
          if (typeof value === 'string') headers.set(name, value);
        }
        const body = z.string().safeParse(request.body);
        if (!body.success || !(await webhooks.receive(headers, body.data))) {
          throw new Refusal(
            'unauthenticated',
            'This is not signed by Clerk for this server, is too old, or was here before.',
          );
        }
        return reply.code(204).send(null);
      },
    );
  });
}
