import { existsSync } from 'node:fs';
import { join } from 'node:path';
import staticFiles from '@fastify/static';
import type { TypedApp } from '../app.ts';
import { Refusal } from '../problem.ts';

/** The web app as built: its files, and its page for every address that is not the API's. */
export function webRoutes(app: TypedApp, deps: { webDist: string }): void {
  const built = existsSync(join(deps.webDist, 'index.html'));
  if (built) {
    app.register(staticFiles, {
      root: deps.webDist,
      // Its own routes would declare no access; ours below does.
      serve: false,
      index: false,
      cacheControl: false,
      setHeaders(response, path) {
        // Names under assets/ and frame/ carry a hash of the content.
        const hashed = /-[A-Za-z0-9_-]{8,}\.\w+$/.test(path);
        response.header(
          'cache-control',
          hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      },
    });
    app.get('/*', { config: { access: 'public' }, schema: { hide: true } }, (request, reply) => {
      const path = decodeURI(request.url.split('?', 1)[0] ?? '/');
      // A file that does not exist goes on to the handler below.
      return /\.\w+$/.test(path) ? reply.sendFile(path.slice(1)) : reply.callNotFound();
    });
  }

  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const page = request.method === 'GET' || request.method === 'HEAD';
    const file = /\.\w+$/.test(path);
    if (!page || file || path === '/api' || path.startsWith('/api/')) {
      throw new Refusal(
        'not_found',
        `There is nothing at ${request.method} ${path.slice(0, 200)}.`,
      );
    }
    if (!built) {
      return reply
        .code(503)
        .type('text/html; charset=utf-8')
        .send(
          '<!doctype html><title>Reactive Notebook</title><h1>The web app is not built yet</h1>' +
            '<p>Start the server with <code>npm start</code>, which builds it first.</p>',
        );
    }
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  });
}
