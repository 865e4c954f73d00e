/**
 * A Clerk instance on loopback, as far as a server of ours sees one: its keys and users by the Backend API, its
 * session tokens, its webhooks. What a browser needs of Clerk can be built on top. It can be told to misbehave, and to
 * mint what Clerk would never sign.
 */
import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * How the endpoint of the keys answers. `odd`: none of its keys is for RS256; `hangs`: never; `trickles`: begins, and never ends; `stumbles`: cuts the
 * connection once, then serves.
 */
export type JwksMood =
  | 'serves'
  | 'hangs'
  | 'fails'
  | 'html'
  | 'empty'
  | 'odd'
  | 'huge'
  | 'trickles'
  | 'stumbles'
  | 'redirects';

export interface IssuerUser {
  id: string;
  firstName: string;
  lastName: string;
  /** The primary address. */
  email: string | null;
  emailVerified: boolean;
  banned?: boolean;
  locked?: boolean;
  /** In milliseconds since 1970. */
  updatedAt?: number;
}

export interface IssuerKey {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** What replaces a token's defaults; `undefined` leaves a field out. */
export interface Minted {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  /** Signs instead of the issuer's own key, by whatever method. */
  sign?: (input: string) => Buffer;
  key?: IssuerKey;
}

export interface SignedWebhook {
  headers: Record<string, string>;
  body: string;
}

export interface ClerkIssuer extends AsyncDisposable {
  /** For CLERK_API_URL. */
  readonly apiUrl: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  readonly webhookSecret: string;
  /** `https://` and the front-end host, as `iss` has it. */
  readonly issuer: string;
  /** The present key for CLERK_JWT_KEY, as PEM. */
  readonly jwtKey: string;
  /** The settings of a server that uses this instance. */
  readonly env: Record<string, string>;
  /** By their ids. */
  readonly users: Map<string, IssuerUser>;
  /** The one that signs. */
  readonly key: IssuerKey;
  /** Every request by its path, the refused ones too. */
  readonly requests: string[];
  readonly jwksHits: number;
  jwks: JwksMood;
  /** Users are answered by 500. */
  usersFail: boolean;
  /** The next answer about a user is made when it is asked for, and sent when `send` is called. */
  holdNextUser(): { asked: Promise<void>; send(): void };
  /** From now on a new key signs; the old ones are told until they are `retired`. */
  rotate(): IssuerKey;
  /** Only the key that signs is told from now on. */
  retire(): void;
  /** Somebody new. */
  addUser(user?: Partial<IssuerUser>): IssuerUser;
  /** A session token as Clerk makes it, good for a minute, except for what is replaced. */
  mint(minted?: Minted): string;
  /** A token of texts that need be no JSON, or bytes that need be no text. */
  mintText(header: string | Buffer, claims: string | Buffer): string;
  signWebhook(
    type: string,
    data: unknown,
    how?: { id?: string; at?: number; secret?: string },
  ): SignedWebhook;
  /** A user as the Backend API and webhooks have them. */
  userJson(user: IssuerUser): Record<string, unknown>;
}

const hugeBytes = 10 * 1024 * 1024;

/** `frontendHost`: where browsers would find it, with its port; `origin`: the `azp` of tokens. */
export async function startClerkIssuer(
  options: { frontendHost?: string; origin?: string } = {},
): Promise<ClerkIssuer> {
  let keys = [generateKey()];
  let hits = 0;
  const requests: string[] = [];
  const users = new Map<string, IssuerUser>();
  const secretKey = `sk_test_${randomBytes(21).toString('base64url')}`;
  const webhookSecret = `whsec_${randomBytes(24).toString('base64')}`;

  function answerKeys(response: ServerResponse): void {
    hits += 1;
    switch (issuer.jwks) {
      case 'serves':
        json(response, 200, { keys: keys.map(jwkOf) });
        break;
      case 'fails':
        json(response, 500, { errors: [{ code: 'internal', message: 'Oops' }] });
        break;
      case 'empty':
        json(response, 200, { keys: [] });
        break;
      case 'odd':
        json(response, 200, { keys: [{ ...jwkOf(issuer.key), kty: 'EC' }, { kid: 7 }, null] });
        break;
      case 'huge':
        json(response, 200, { padding: 'x'.repeat(hugeBytes), keys: keys.map(jwkOf) });
        break;
      case 'html':
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end('<!doctype html><title>Maintenance</title>');
        break;
      case 'trickles':
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"keys":[');
        break;
      case 'stumbles':
        issuer.jwks = 'serves';
        response.destroy();
        break;
      case 'redirects':
        response.writeHead(302, { location: '/elsewhere' });
        response.end();
        break;
      case 'hangs':
        break;
    }
  }

  let hold: ((send: () => void) => void) | null = null;

  function answerUser(id: string, response: ServerResponse): void {
    const user = users.get(id);
    const body = user && issuer.userJson(user);
    const send = () => {
      if (issuer.usersFail) json(response, 500, { errors: [{ code: 'internal' }] });
      else if (body) json(response, 200, body);
      else json(response, 404, { errors: [{ code: 'resource_not_found' }] });
    };
    const held = hold;
    hold = null;
    if (held) held(send);
    else send();
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    requests.push(path);
    if (request.headers.authorization !== `Bearer ${secretKey}`) {
      json(response, 401, { errors: [{ code: 'clerk_key_invalid' }] });
    } else if (path === '/v1/jwks') {
      answerKeys(response);
    } else {
      answerUser(path.replace('/v1/users/', ''), response);
    }
  }

  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The issuer has no port');
  const host = `127.0.0.1:${address.port}`;
  const frontendHost = options.frontendHost ?? host;
  const publishableKey = `pk_test_${Buffer.from(`${frontendHost}$`).toString('base64')}`;

  const issuer: ClerkIssuer = {
    apiUrl: `http://${host}`,
    publishableKey,
    secretKey,
    webhookSecret,
    issuer: `https://${frontendHost}`,
    get jwtKey() {
      return issuer.key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    },
    get env() {
      return {
        CLERK_PUBLISHABLE_KEY: publishableKey,
        CLERK_SECRET_KEY: secretKey,
        CLERK_WEBHOOK_SECRET: webhookSecret,
        CLERK_API_URL: issuer.apiUrl,
        // Who may sign in may run code.
        SANDBOX: 'none',
      };
    },
    users,
    get key() {
      const [key] = keys;
      if (!key) throw new Error('The issuer has no key');
      return key;
    },
    requests,
    get jwksHits() {
      return hits;
    },
    jwks: 'serves',
    usersFail: false,
    holdNextUser() {
      const asked = Promise.withResolvers<void>();
      let send = () => {};
      hold = (answer) => {
        send = answer;
        asked.resolve();
      };
      return { asked: asked.promise, send: () => send() };
    },
    rotate() {
      const key = generateKey();
      keys = [key, ...keys];
      return key;
    },
    retire() {
      keys = keys.slice(0, 1);
    },
    addUser(user = {}) {
      const id = user.id ?? `user_${randomBytes(10).toString('hex')}`;
      const added: IssuerUser = {
        id,
        firstName: 'Ada',
        lastName: 'Lovelace',
        email: `${id}@example.org`,
        emailVerified: true,
        ...user,
      };
      users.set(id, added);
      return added;
    },
    mint({ header, claims, key = issuer.key, ...how } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const input = [
        { alg: 'RS256', cat: 'cl_B7d4PD111AAA', kid: key.kid, typ: 'JWT', ...header },
        {
          azp: options.origin ?? 'http://127.0.0.1:4747',
          exp: now + 60,
          fva: [0, -1],
          iat: now,
          iss: issuer.issuer,
          jti: randomBytes(10).toString('hex'),
          nbf: now - 10,
          sid: 'sess_2f6b',
          sts: 'active',
          sub: 'user_2f6b',
          v: 2,
          ...claims,
        },
      ]
        .map((part) => base64url(JSON.stringify(part)))
        .join('.');
      const signed = how.sign?.(input) ?? sign('RSA-SHA256', Buffer.from(input), key.privateKey);
      return `${input}.${signed.toString('base64url')}`;
    },
    mintText(header, claims) {
      const input = `${base64url(header)}.${base64url(claims)}`;
      const signed = sign('RSA-SHA256', Buffer.from(input), issuer.key.privateKey);
      return `${input}.${signed.toString('base64url')}`;
    },
    signWebhook(type, data, how = {}) {
      const id = how.id ?? `msg_${randomBytes(12).toString('hex')}`;
      const timestamp = Math.floor((how.at ?? Date.now()) / 1000);
      const secret = how.secret ?? webhookSecret;
      const body = JSON.stringify({
        type,
        object: 'event',
        data,
        event_attributes: { http_request: { client_ip: '', user_agent: '' } },
        timestamp: timestamp * 1000,
        instance_id: 'ins_2f6b',
      });
      const code = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
        .update(`${id}.${timestamp}.${body}`)
        .digest('base64');
      return {
        body,
        headers: {
          'content-type': 'application/json',
          'svix-id': id,
          'svix-timestamp': String(timestamp),
          'svix-signature': `v1,${code}`,
        },
      };
    },
    userJson({ id, firstName, lastName, email, emailVerified, banned, locked, updatedAt }) {
      const status = emailVerified ? 'verified' : 'unverified';
      const address = {
        id: `idn_${id}`,
        object: 'email_address',
        email_address: email,
        verification: { status, strategy: 'email_code', attempts: 1, expire_at: null },
      };
      return {
        id,
        object: 'user',
        username: null,
        first_name: firstName,
        last_name: lastName,
        image_url: '',
        has_image: false,
        primary_email_address_id: email === null ? null : address.id,
        email_addresses: email === null ? [] : [address],
        banned: banned ?? false,
        locked: locked ?? false,
        created_at: 1,
        updated_at: updatedAt ?? Date.now(),
      };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return issuer;
}

/** A pair that no issuer tells. */
export function generateKey(kid = `ins_${randomBytes(10).toString('hex')}`): IssuerKey {
  return { kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
}

function jwkOf({ kid, publicKey }: IssuerKey): Record<string, unknown> {
  return { use: 'sig', alg: 'RS256', kid, ...publicKey.export({ format: 'jwk' }) };
}

function base64url(text: string | Buffer): string {
  return (typeof text === 'string' ? Buffer.from(text) : text).toString('base64url');
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
