import fastify from 'fastify';
import type { TypedApp } from '../app.ts';

/** The API's description for programs (/api/openapi.json) and for people (/api/docs, served without a CDN). */
export function docsRoutes(app: TypedApp): void {
  app.get('/api/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, () =>
    app.swagger(),
  );

  let loading: ReturnType<typeof loadPages> | null = null;
  for (const url of ['/api/docs', '/api/docs/*']) {
    app.get(
      url,
      { config: { access: 'public' }, schema: { hide: true } },
      async (request, reply) => {
        loading ??= loadPages().catch((error: unknown) => {
          // Whoever asks next tries again.
          loading = null;
          throw error;
        });
        const { statusCode, headers, body } = await (await loading).inject({ url: request.url });
        const { location, 'content-type': type } = headers;
        if (type !== undefined) reply.type(String(type));
        if (location !== undefined) reply.header('location', location);
        return reply.code(statusCode).serializer(String).send(body);
      },
    );
  }
}

/** An app of its own, made when first asked for: its four megabytes of script would slow every start. */
async function loadPages() {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const pages = fastify();
  await pages.register(scalar, {
    routePrefix: '/api/docs',
    configuration: {
      url: '/api/openapi.json',
      title: 'Reactive Notebook API',
      withDefaultFonts: false,
      telemetry: false,
      // What would send people, or the description, to somebody else's service.
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
      showDeveloperTools: 'never',
    },
  });
  return pages;
}
