import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Notebook, Role } from '@rnb/protocol';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { pino } from 'pino';
import {
  clientAddressHeader,
  type LocalAccounts,
  openLocalAccounts,
} from '../src/auth/local-accounts.ts';
import { buildApp, type TypedApp } from '../src/http/app.ts';
import { createNotebook } from '../src/notebooks.ts';
import type { SessionRegistry } from '../src/sessions/session.ts';
import type { NotebookRecord, Store } from '../src/store/store.ts';
import { FakeSession } from './fake-session.ts';

/** A session that also tells its cells, as HTTP shows them. */
export class HttpFakeSession extends FakeSession {
  override describe(role: Role): Notebook {
    return {
      ...super.describe(role),
      cells: this.document.cells().map(({ id, kind, name, disabled, text }) => ({
        id,
        kind,
        name,
        code: text.toString(),
        disabled,
        edited: false,
        status: 'idle',
        reads: [],
        defines: [],
        stdout: '',
        stderr: '',
        outputs: [],
        error: null,
        reason: null,
        warnings: [],
        run: null,
        live: false,
        startedAt: null,
        durationMs: null,
      })),
    };
  }
}

export const tokens = {
  owner: 'token-of-the-owner-0123456789',
  stranger: 'token-of-a-stranger-0123456789',
};

export interface HttpWorld extends AsyncDisposable {
  app: TypedApp;
  url: string;
  accounts: LocalAccounts;
  /** Belongs to the owner. */
  notebook: string;
  cell: string;
  session: HttpFakeSession;
  store: FakeStore;
  /** What was logged, as JSON lines. */
  logged: string[];
}

let worlds = 0;

/** The real HTTP side on a real port, over a store and sessions in memory. */
export async function openHttpWorld(options: { built?: boolean } = {}): Promise<HttpWorld> {
  const logged: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const accounts = await openLocalAccounts({
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    secret: 'a secret of at least thirty-two characters',
    token: tokens.owner,
    https: false,
    log: { warn: (message) => log.warn(message), error: (message) => log.error(message) },
  });
  const store = new FakeStore();
  const { id } = await createNotebook(store, accounts.owner.userId, { template: 'blank' });
  const sessions = new FakeRegistry();
  const session = sessions.of(id);
  const webDist = await mkdtemp(join(tmpdir(), 'rnb-web-'));
  if (options.built ?? true) {
    await writeFile(join(webDist, 'index.html'), '<title>app</title>');
    await writeFile(join(webDist, 'output-frame.html'), '<title>frame</title>');
    await writeFile(join(webDist, 'index-abcdef12.js'), 'app()');
  }
  const stranger = { userId: 'stranger', name: 'Stranger', email: null, via: 'token' as const };
  const authenticateToken = async (token: string) =>
    token === tokens.stranger ? stranger : accounts.authenticateToken(token);
  // better-auth counts attempts for the whole process; each world is to start from none.
  worlds += 1;
  const address = `192.0.2.${worlds % 256}`;
  const app = await buildApp({
    config: { host: '127.0.0.1', allowedOrigins: ['https://notebooks.example.org'] },
    store,
    sessions,
    authenticator: {
      authenticateToken,
      authenticate: async (headers) =>
        headers.authorization === `Bearer ${tokens.stranger}`
          ? stranger
          : accounts.authenticate(headers),
    },
    handleAuth(request) {
      request.headers.set(clientAddressHeader, address);
      return accounts.handle(request);
    },
    version: '0.0.0-test',
    webDist,
    log,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const cell = session.document.cells()[0]?.id ?? '';
  return {
    app,
    url,
    accounts,
    notebook: id,
    cell,
    session,
    store,
    logged,
    async [Symbol.asyncDispose]() {
      await app.close();
      await rm(webDist, { recursive: true });
    },
  };
}

class FakeRegistry implements SessionRegistry {
  readonly #sessions = new Map<string, HttpFakeSession>();

  of(id: string): HttpFakeSession {
    const session = this.#sessions.get(id) ?? new HttpFakeSession(id);
    this.#sessions.set(id, session);
    return session;
  }
  async open(id: string) {
    return this.of(id);
  }
  find(id: string) {
    return this.#sessions.get(id);
  }
  async close(id: string, reason: 'deleted') {
    await this.#sessions.get(id)?.close(reason);
    this.#sessions.delete(id);
  }
  async closeAll() {
    this.#sessions.clear();
  }
}

/** Notebooks' rows in memory; documents and runs are the sessions' business, which are fake as well. */
export class FakeStore implements Store {
  readonly #rows = new Map<string, NotebookRecord & { deleted: boolean }>();
  /** Thrown by the next question for a notebook. */
  failure: Error | null = null;

  async createNotebook(notebook: Parameters<Store['createNotebook']>[0]) {
    const { id, ownerId, title, cellCount } = notebook;
    const now = new Date(0);
    const row = { id, ownerId, title, cellCount, createdAt: now, updatedAt: now, deleted: false };
    this.#rows.set(id, row);
  }
  async findNotebook(id: string) {
    const { failure } = this;
    this.failure = null;
    if (failure) throw failure;
    const row = this.#rows.get(id);
    return row && !row.deleted ? row : null;
  }
  async findDeletedNotebook(id: string) {
    const row = this.#rows.get(id);
    return row?.deleted ? row : null;
  }
  async listNotebooks(ownerId: string) {
    return [...this.#rows.values()].filter((row) => row.ownerId === ownerId && !row.deleted);
  }
  async describeNotebook() {}
  async deleteNotebook(id: string) {
    this.#mark(id, true);
  }
  async restoreNotebook(id: string) {
    this.#mark(id, false);
  }
  async loadDocument() {
    return [];
  }
  async appendUpdate() {}
  async compactDocument() {}
  async loadRuns() {
    return [];
  }
  async saveRuns() {}
  async deleteRuns() {}
  async ping() {}
  async close() {}

  #mark(id: string, deleted: boolean): void {
    const row = this.#rows.get(id);
    if (row) row.deleted = deleted;
  }
}
