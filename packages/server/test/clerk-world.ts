import { once } from 'node:events';
import { join } from 'node:path';
import { NotebookSummary, type Problem, protocolVersion, ServerMessage } from '@rnb/protocol';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { pino } from 'pino';
import { afterAll } from 'vitest';
import { WebSocket } from 'ws';
import { readConfig } from '../src/config.ts';
import { openFront } from '../src/front.ts';
import { openIdentity } from '../src/identity.ts';
import type { AuditLog } from '../src/store/audit-log.ts';
import type { PeopleStore } from '../src/store/people-store.ts';
import type { SharingStore } from '../src/store/sharing-store.ts';
import type { ClerkIssuer, Minted, SignedWebhook } from './clerk-issuer.ts';
import { FakeRegistry } from './http-world.ts';
import { testDatabase } from './postgres.ts';

export interface ClerkWorld extends AsyncDisposable {
  /** Is a permitted `azp` by itself. */
  url: string;
  db: NodePgDatabase;
  people: PeopleStore;
  sharing: SharingStore;
  auditLog: AuditLog;
  sessions: FakeRegistry;
  /** What was logged, as JSON lines. */
  logged: string[];
  /** A token for this server. */
  mint(claims?: Record<string, unknown>, minted?: Minted): string;
  call(
    path: string,
    options?: { token?: string; method?: string; headers?: Record<string, string>; body?: object },
  ): Promise<{ status: number; headers: Headers; body: Problem & Record<string, unknown> }>;
  /** The notebooks that the token's user has. */
  list(token: string): Promise<NotebookSummary[]>;
  send(webhook: SignedWebhook): Promise<number>;
  connect(notebook: string, token: string | null, headers?: object): Promise<SocketClient>;
}

let database: ReturnType<typeof testDatabase> | null = null;
afterAll(async () => (await database)?.close());

/** The server's HTTP and socket sides with Clerk, over a real database and sessions in memory. */
export async function openClerkWorld(
  issuer: ClerkIssuer,
  env: Record<string, string> = {},
): Promise<ClerkWorld> {
  database ??= testDatabase();
  const { db, store, notices } = await database;
  const read = readConfig({ ...issuer.env, ...env });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const { config } = read;
  const logged: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const secret = 'a secret of at least thirty-two characters';
  const identity = await openIdentity({ config, db, store, notices, secret, log });
  const { people, sharing, auditLog } = identity;
  const sessions = new FakeRegistry();
  const { app, ...front } = await openFront({
    ...identity,
    config,
    store,
    notices,
    sessions,
    version: '0.0.0-test',
    webDist: join(import.meta.dirname, 'no-build'),
    log,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const clients: SocketClient[] = [];
  const world: ClerkWorld = {
    url,
    db,
    people,
    sharing,
    auditLog,
    sessions,
    logged,
    mint: (claims, minted) => issuer.mint({ ...minted, claims: { azp: url, ...claims } }),
    async call(path, { token, method = 'GET', headers, body } = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      return {
        status: response.status,
        headers: response.headers,
        body: isJson ? JSON.parse(text) : {},
      };
    },
    async list(token) {
      const response = await fetch(`${url}/api/notebooks`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const answer = await response.json();
      if (response.status !== 200) throw new Error(JSON.stringify(answer));
      return NotebookSummary.array().parse(answer);
    },
    async send({ headers, body }) {
      const init = { method: 'POST', headers, body };
      return (await fetch(`${url}/api/clerk/webhooks`, init)).status;
    },
    async connect(notebook, token, headers = { origin: url }) {
      const client = new SocketClient(`${url}/ws/notebooks/${notebook}`, headers);
      clients.push(client);
      await client.opened;
      client.say({ type: 'hello', protocol: protocolVersion, ...(token !== null && { token }) });
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.socket.terminate();
      await front.close();
      await identity.close();
    },
  };
  return world;
}

/** A browser's end of a socket, which keeps what it hears. */
export class SocketClient {
  readonly socket: WebSocket;
  readonly opened: Promise<unknown>;
  readonly closed: Promise<number>;
  readonly #messages: ServerMessage[] = [];
  readonly #heard = new Set<() => void>();

  constructor(address: string, headers: object) {
    this.socket = new WebSocket(address, { headers: { ...headers } });
    this.opened = once(this.socket, 'open');
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) return;
      this.#messages.push(ServerMessage.parse(JSON.parse(data.toString())));
      for (const check of [...this.#heard]) check();
    });
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Resolves once a message of this type was heard; rejects when the socket ends before. */
  async hear<T extends ServerMessage['type']>(
    type: T,
  ): Promise<Extract<ServerMessage, { type: T }>> {
    const { promise, resolve, reject } =
      Promise.withResolvers<Extract<ServerMessage, { type: T }>>();
    const check = () => {
      for (const message of this.#messages) if (isOfType(message, type)) resolve(message);
    };
    this.#heard.add(check);
    check();
    void this.closed.then((code) => reject(new Error(`The socket was closed with ${code}`)));
    return promise;
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }
}

function isOfType<T extends ServerMessage['type']>(
  message: ServerMessage,
  type: T,
): message is Extract<ServerMessage, { type: T }> {
  return message.type === type;
}
