/**
 * A development instance of Clerk on loopback, for journeys: the front-end API that `@clerk/clerk-js` calls, as
 * version 6.40.0 does (API version 2026-08-20), Clerk's browser packages as its CDN has them, and a page in place of
 * the Account Portal. Its tokens are the issuer's, whose Backend API and webhooks our server uses. Everything else is
 * as in production: Clerk's own script runs in the browser, Clerk's own SDK in the server.
 *
 * A browser reaches it by the names of a real instance, which `chromiumFlags` lead here, and trusts its certificate.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type ClerkIssuer, type IssuerUser, startClerkIssuer } from '@rnb/server/clerk-issuer';
import { generate } from 'selfsigned';
import { readClerkFile } from './clerk-files.ts';
import { environmentJson } from './environment.ts';
import { signInPage } from './sign-in-page.ts';

export const frontendHost = 'kind-otter-12.clerk.accounts.dev';
export const portalHost = 'kind-otter-12.accounts.dev';
const avatarHost = 'img.clerk.com';

/** A browser of a development instance is known by what stands in this parameter, not by a cookie. */
const devBrowserParameter = '__clerk_db_jwt';

interface Session {
  id: string;
  user: IssuerUser;
  createdAt: number;
}

/** What Clerk calls a client: one browser, with those who are signed in there. */
interface Client {
  id: string;
  sessions: Session[];
  createdAt: number;
  updatedAt: number;
}

export class ClerkDouble {
  readonly issuer: ClerkIssuer;
  /** How long tokens are good for from now on. */
  tokenLifeSeconds = 60;
  /** Where webhooks go, as `http://127.0.0.1:4747`; nowhere until it is set. */
  webhooksTo: string | null = null;
  /** Clerk's names lead nowhere: every connection is cut. */
  down = false;
  /** Every request, as `GET /v1/client`. */
  readonly requests: string[] = [];
  readonly #server: ReturnType<typeof createServer>;
  readonly #clients = new Map<string, Client>();

  private constructor(issuer: ClerkIssuer, certificate: { key: string; cert: string }) {
    this.issuer = issuer;
    this.#server = createServer(certificate, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  static async start(): Promise<ClerkDouble> {
    const hosts = [frontendHost, portalHost, avatarHost];
    const { private: key, cert } = await generate([{ name: 'commonName', value: frontendHost }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2 as const, value })) },
      ],
    });
    const double = new ClerkDouble(await startClerkIssuer({ frontendHost }), { key, cert });
    double.#server.listen(0, '127.0.0.1');
    await once(double.#server, 'listening');
    return double;
  }

  /** The names of Clerk lead here, and all others nowhere. */
  get chromiumFlags(): string[] {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('It has no port');
    const rules = [frontendHost, portalHost, avatarHost].map(
      (host) => `MAP ${host} 127.0.0.1:${address.port}`,
    );
    return [
      `--host-resolver-rules=${[...rules, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1'].join(', ')}`,
      '--ignore-certificate-errors',
    ];
  }

  /** Ends what somebody has open, as an operator does in Clerk's dashboard. */
  async revokeSessions(user: IssuerUser): Promise<void> {
    for (const client of this.#clients.values()) {
      await this.#end(client, ({ user: { id } }) => id === user.id, 'session.revoked');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
    await this.issuer[Symbol.asyncDispose]();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `https://${request.headers.host}`);
    // Clerk asks by GET and POST alone, so that browsers need not ask first whether they may.
    const method = url.searchParams.get('_method') ?? request.method ?? 'GET';
    this.requests.push(`${method} ${url.pathname}`);
    if (this.down) {
      request.socket.destroy();
      return;
    }
    switch (url.hostname) {
      case frontendHost:
        return this.#answerScript(method, url, request, response);
      case portalHost:
        return this.#answerVisitor(method, url, request, response);
      default:
        response.setHeader('access-control-allow-origin', '*');
        response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(avatar);
    }
  }

  /** What Clerk's script asks for. */
  async #answerScript(
    method: string,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const origin = request.headers.origin ?? null;
    response.setHeader('access-control-allow-origin', origin ?? '*');
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('vary', 'origin');
    if (url.pathname.startsWith('/npm/')) {
      const file = await readClerkFile(url.pathname);
      response.writeHead(file ? 200 : 404, { 'content-type': 'text/javascript' }).end(file ?? '');
      return;
    }
    const path = url.pathname.replace(/^\/v1/, '');
    if (method === 'POST' && path === '/dev_browser') {
      const id = `dvb_${randomBytes(12).toString('hex')}`;
      this.#clients.set(id, newClient());
      return json(response, 200, { object: 'dev_browser', id });
    }
    if (method === 'PATCH' && path === '/environment') {
      return json(response, 200, environmentJson({ portalHost, homeUrl: origin ?? '' }));
    }
    const client = this.#clients.get(url.searchParams.get(devBrowserParameter) ?? '');
    if (!client) return refuse(response, 401, 'dev_browser_unauthenticated');
    const answer = (content: unknown) =>
      json(response, 200, { response: content, client: this.#clientJson(client, origin) });

    if (path === '/client') {
      if (method === 'GET') return answer(this.#clientJson(client, origin));
    } else if (method === 'DELETE' && path === '/client/sessions') {
      await this.#end(client, () => true, 'session.removed');
      return answer(this.#clientJson(client, origin));
    }
    const [, id, action] = /^\/client\/sessions\/(\w+)\/(\w+)$/.exec(path) ?? [];
    if (method !== 'POST' || id === undefined) return refuse(response, 404, 'resource_not_found');
    const session = client.sessions.find((each) => each.id === id);
    if (!session) return refuse(response, 401, 'authentication_invalid');
    switch (action) {
      case 'tokens':
        return json(response, 200, { object: 'token', jwt: this.#mint(session, origin) });
      case 'touch':
        return answer(this.#sessionJson(session, origin));
      case 'remove':
      case 'end': {
        const ended = this.#sessionJson(session, origin);
        const event = action === 'end' ? 'session.ended' : 'session.removed';
        await this.#end(client, (each) => each === session, event);
        return answer({ ...ended, status: 'removed' });
      }
      default:
        return refuse(response, 404, 'resource_not_found');
    }
  }

  /** The Account Portal: says who somebody is to be, and goes back to where they came from. */
  async #answerVisitor(
    method: string,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const devBrowser = url.searchParams.get(devBrowserParameter) ?? '';
    const client = this.#clients.get(devBrowser);
    if (!client || url.pathname !== '/sign-in') {
      response.writeHead(404).end();
      return;
    }
    if (method === 'GET') {
      const page = signInPage([...this.issuer.users.values()]);
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
      return;
    }
    const form = new URLSearchParams(await readText(request));
    const user = this.issuer.users.get(form.get('user') ?? '');
    const back = new URL(form.get('redirect_url') ?? '');
    if (user && client.sessions.length === 0) {
      const id = `sess_${randomBytes(12).toString('hex')}`;
      client.sessions.push({ id, user, createdAt: Date.now() });
      client.updatedAt = Date.now();
    }
    back.searchParams.set(devBrowserParameter, devBrowser);
    response.writeHead(303, { location: back.href }).end();
  }

  async #end(client: Client, which: (session: Session) => boolean, event: string): Promise<void> {
    const ended = client.sessions.filter(which);
    client.sessions = client.sessions.filter((session) => !which(session));
    client.updatedAt = Date.now();
    if (this.webhooksTo === null) return;
    for (const { id, user } of ended) {
      const data = { object: 'session', id, user_id: user.id, client_id: client.id };
      const { headers, body } = this.issuer.signWebhook(event, data);
      await fetch(`${this.webhooksTo}/api/clerk/webhooks`, { method: 'POST', headers, body });
    }
  }

  /** `azp` is the origin of the page that asks, as with Clerk. */
  #mint({ id, user }: Session, origin: string | null): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { azp: origin, sid: id, sub: user.id, exp: now + this.tokenLifeSeconds };
    return this.issuer.mint({ claims });
  }

  #sessionJson(session: Session, origin: string | null): Record<string, unknown> {
    const { id, user, createdAt } = session;
    const far = createdAt + 7 * 24 * 60 * 60 * 1000;
    return {
      object: 'session',
      id,
      status: 'active',
      factor_verification_age: [0, -1],
      expire_at: far,
      abandon_at: far,
      last_active_at: createdAt,
      last_active_token: { object: 'token', jwt: this.#mint(session, origin) },
      last_active_organization_id: null,
      actor: null,
      tasks: null,
      user: { ...this.issuer.userJson(user), image_url: `https://${avatarHost}/${user.id}` },
      public_user_data: {
        first_name: user.firstName,
        last_name: user.lastName,
        image_url: `https://${avatarHost}/${user.id}`,
        has_image: false,
        identifier: user.email,
        user_id: user.id,
      },
      created_at: createdAt,
      updated_at: createdAt,
    };
  }

  #clientJson(client: Client, origin: string | null): Record<string, unknown> {
    return {
      object: 'client',
      id: client.id,
      sessions: client.sessions.map((session) => this.#sessionJson(session, origin)),
      sign_in: null,
      sign_up: null,
      last_active_session_id: client.sessions[0]?.id ?? null,
      last_authentication_strategy: null,
      cookie_expires_at: null,
      captcha_bypass: false,
      created_at: client.createdAt,
      updated_at: client.updatedAt,
    };
  }
}

function newClient(): Client {
  const now = Date.now();
  const id = `client_${randomBytes(12).toString('hex')}`;
  return { id, sessions: [], createdAt: now, updatedAt: now };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  json(response, status, { errors: [{ code, message: code, long_message: code }] });
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

const avatar =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1" fill="teal"/></svg>';
