import scalar from '@scalar/fastify-api-reference';
import { declarePublic } from '../access.ts';
import type { TypedApp } from '../app.ts';

/** The API's description for programs (/api/openapi.json) and for people (/api/docs, served without a CDN). */
export function docsRoutes(app: TypedApp): void {
  app.get('/api/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, () =>
    app.swagger(),
  );
  app.register(async (scope) => {
    declarePublic(scope);
    await scope.register(scalar, {
      routePrefix: '/api/docs',
      configuration: {
        url: '/api/openapi.json',
        title: 'Reactive Notebook API',
        withDefaultFonts: false,
        telemetry: false,
      },
    });
  });
}
