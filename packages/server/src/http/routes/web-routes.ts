import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import staticFiles from '@fastify/static';
import { declarePublic } from '../access.ts';
import type { TypedApp } from '../app.ts';
import { Refusal } from '../problem.ts';

const forever = 'public, max-age=31536000, immutable';

/** The web app as built: its files, and its page for every address that is not the API's. */
export function webRoutes(
  app: TypedApp,
  deps: {
    webDist: string;
    /** Null where people sign in with Clerk. */
    local: object | null;
  },
): void {
  const indexPath = join(deps.webDist, 'index.html');
  const built = existsSync(indexPath);
  if (built) {
    app.register(async (scope) => {
      declarePublic(scope);
      await scope.register(staticFiles, {
        root: deps.webDist,
        wildcard: false,
        index: false,
        cacheControl: false,
        decorateReply: false,
        setHeaders(response, path) {
          response.header('cache-control', isHashed(path) ? forever : 'no-cache');
        },
      });
    });
  }
  // Read once: the page is the same for every address of the app. It says how people sign in, so that it need not ask
  // before it starts (web/main).
  const signIn = deps.local ? 'local' : 'clerk';
  const page = built
    ? readFileSync(indexPath, 'utf8').replace('<html ', `<html data-sign-in="${signIn}" `)
    : null;

  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const asksForPage = request.method === 'GET' || request.method === 'HEAD';
    const file = /\.\w+$/.test(path);
    if (!asksForPage || file || path === '/api' || path.startsWith('/api/')) {
      throw new Refusal(
        'not_found',
        `There is nothing at ${request.method} ${path.slice(0, 200)}.`,
      );
    }
    if (!page) {
      return reply
        .code(503)
        .type('text/html; charset=utf-8')
        .send(
          '<!doctype html><title>Reactive Notebook</title><h1>The web app is not built yet</h1>' +
            '<p>Start the server with <code>npm start</code>, which builds it first.</p>',
        );
    }
    return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
  });
}

/** Vite puts a hash of the content into the names of what it makes. */
function isHashed(path: string): boolean {
  return /-[A-Za-z0-9_-]{8,}\.\w+$/.test(path);
}
