/**
 * What browsers are told about every answer. The app may run its own scripts only; the output frame, in which
 * outputs of cells live, may run any, but without an origin of ours and without a network.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Clerk's own hosts beside the one of the instance: its check for robots, and against abuse on any port. */
const robotCheck = 'https://challenges.cloudflare.com';
const abuseCheck = 'https://*.protect.clerk.com';

/** `clerk` is the origin from which an instance serves its script and its API; without one nothing of it is let in. */
function appPolicy(clerk: string | undefined): string {
  const withClerk = (sources: string) => (clerk === undefined ? '' : ` ${sources}`);
  return [
    "default-src 'self'",
    `script-src 'self'${withClerk(`${clerk} ${robotCheck} ${abuseCheck}`)}`,
    // CodeMirror makes style elements as it goes, and so does Clerk.
    "style-src 'self' 'unsafe-inline'",
    `img-src 'self' data: blob:${withClerk('https://img.clerk.com')}`,
    "font-src 'self' data:",
    `connect-src 'self'${withClerk(`${clerk} ${abuseCheck}:*`)}`,
    ...(clerk === undefined ? [] : ["worker-src 'self' blob:"]),
    `frame-src 'self'${withClerk(`${robotCheck} ${abuseCheck}`)}`,
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
  ].join('; ');
}

/** The API's documentation, whose page starts itself by an inline script. Nothing of a user's is shown there. */
const docsPolicy = appPolicy(undefined).replace(
  "script-src 'self'",
  "script-src 'self' 'unsafe-inline'",
);

/** In a frame without an origin `'self'` means nothing, so the server is named. */
function framePolicy(origin: string): string {
  return [
    'sandbox allow-scripts',
    "default-src 'none'",
    `script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data: ${origin}`,
    `style-src 'unsafe-inline' ${origin}`,
    'img-src data: blob:',
    `font-src data: ${origin}`,
    "connect-src 'none'",
    "frame-src 'none'",
    // Every text that becomes markup passes the one policy that the frame makes before any output (web/frame/confine).
    "require-trusted-types-for 'script'",
    'trusted-types default',
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}

const commonHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy':
    'camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), display-capture=()',
  // Clerk signs in by redirects of this very page, not in windows that would have to find it.
  'cross-origin-opener-policy': 'same-origin',
};

/** For answers to what is no request, which come before any hook: nothing in them may do anything. */
export const bareHeaders = {
  ...commonHeaders,
  'content-security-policy':
    "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

/**
 * `originOf` is the origin under which the browser reached us; the host was checked before. `clerk`: that of Clerk,
 * where it signs people in.
 */
export function addSecurityHeaders(
  app: FastifyInstance,
  originOf: (request: FastifyRequest) => string,
  clerk: string | undefined,
): void {
  const ofApp = appPolicy(clerk);
  app.addHook('onRequest', async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const framed = path === '/output-frame.html' || path.startsWith('/frame/');
    const docs = path === '/api/docs' || path.startsWith('/api/docs/');
    reply.headers({
      'content-security-policy': framed
        ? framePolicy(originOf(request))
        : docs
          ? docsPolicy
          : ofApp,
      ...commonHeaders,
    });
    // Once reached by https, by nothing else: not even the first request is then for others to see.
    if (originOf(request).startsWith('https:')) {
      reply.header('strict-transport-security', 'max-age=31536000');
    }
    // The frame has no origin, so its modules and fonts are cross-origin requests.
    if (path.startsWith('/frame/')) reply.header('access-control-allow-origin', '*');
    if (path.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
}
