/** This notebook: edits as Yjs updates and commands as JSON over its socket, as its page sends them (PROTOCOL.md). */
import { dirname, join } from 'node:path';
import { ApiClient } from '@rnb/e2e/api-client';
import { type RunningServer, startServer } from '@rnb/e2e/running-server';
import type { CellError } from '@rnb/protocol';
import { type CellView, NotebookSocket } from '../notebook-socket.ts';
import type { Peer, PeerNotebook, PeerServer, Shown, Traffic } from './peer.ts';
import { endWithUs, freePort, ServerProcess } from './server-process.ts';
import { textOfHtml } from './text-of-html.ts';

const startScript = join(dirname(dirname(import.meta.dirname)), 'scripts/start.ts');

export class ReactiveNotebook implements PeerNotebook {
  readonly id: string;
  readonly #socket: NotebookSocket;
  readonly #api: ApiClient;

  constructor(id: string, socket: NotebookSocket, api: ApiClient) {
    this.id = id;
    this.#socket = socket;
    this.#api = api;
  }

  get cells(): readonly string[] {
    return this.#socket.document.cells().map(({ id }) => id);
  }

  /** The empty cell of a new notebook becomes the first. */
  fill(sources: readonly string[]): void {
    const { document } = this.#socket;
    document.transact(() => {
      let [after = null] = this.cells;
      for (const [position, code] of sources.entries()) {
        if (position === 0 && after !== null) document.setCode(after, code);
        else after = document.insertCell({ kind: 'python', code, after });
      }
    });
  }

  async insert(source: string, after: string | null): Promise<string> {
    return this.#socket.document.insertCell({ kind: 'python', code: source, after });
  }

  setCode(cell: string, source: string): void {
    this.#socket.document.setCode(cell, source);
  }

  /** By HTTP, which knows when the notebook is at rest. */
  async run(cells: readonly string[]): Promise<void> {
    await this.#socket.saved();
    await this.#api.run(this.id, [...cells]);
    await this.#socket.caughtUp();
  }

  begin(cells: readonly string[]): void {
    this.#socket.begin([...cells]);
  }

  runUntil(cells: readonly string[], awaited: Iterable<string>): Promise<void> {
    return this.#socket.run([...cells], awaited);
  }

  async remove(cell: string): Promise<void> {
    await this.#socket.saved();
    await this.#request('DELETE', `/cells/${cell}?wait=true`);
  }

  async move(cell: string, after: string | null): Promise<void> {
    await this.#socket.saved();
    await this.#request('POST', `/cells/${cell}/move?wait=true`, { after });
  }

  async interrupt(): Promise<void> {
    this.#socket.interrupt();
  }

  shown(cell: string): Shown {
    const view = this.#socket.view(cell);
    return { status: view.status, stdout: view.stdout, text: textOf(view), error: this.#why(view) };
  }

  watch(listener: (cell: string) => void): () => void {
    return this.#socket.watch(listener);
  }

  traffic(): Traffic {
    return this.#socket.traffic();
  }

  resetTraffic(): void {
    this.#socket.resetTraffic();
  }

  close(): Promise<void> {
    return this.#socket.close();
  }

  async #request(method: string, path: string, body?: unknown): Promise<void> {
    const answer = await this.#api.request(method, `/api/notebooks/${this.id}${path}`, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    await this.#socket.caughtUp();
  }

  #why({ error, status, blockedBy }: CellView): string | null {
    if (status !== 'blocked') return error === null ? null : lineOf(error);
    return `blocked by cell ${this.cells.indexOf(blockedBy ?? '') + 1}`;
  }
}

function lineOf(error: CellError): string {
  return error.kind === 'exception'
    ? `${error.name}: ${error.message}`
    : `${error.kind}: ${error.message}`;
}

function textOf({ outputs }: CellView): string | null {
  const texts = outputs.map(({ data }) => {
    if (typeof data['text/plain'] === 'string') return data['text/plain'];
    return typeof data['text/html'] === 'string' ? textOfHtml(data['text/html']) : '';
  });
  return texts.length === 0 ? null : texts.join('\n');
}

class ReactiveNotebookServer implements PeerServer {
  readonly #server: RunningServer;
  readonly #api: ApiClient;
  /** Title → id. A server that was started again finds them by their titles. */
  readonly #ids = new Map<string, string>();
  readonly #letGo: () => void;

  constructor(server: RunningServer) {
    this.#server = server;
    this.#api = new ApiClient(server);
    this.#letGo = endWithUs(server.pid);
  }

  get pid(): number {
    return this.#server.pid;
  }

  get url(): string {
    return this.#server.url;
  }

  async create(title: string, sources: readonly string[]): Promise<ReactiveNotebook> {
    this.#ids.set(title, await this.#api.createNotebook(title));
    const notebook = await this.reopen(title);
    if (sources.length > 0) notebook.fill(sources);
    return notebook;
  }

  async reopen(title: string): Promise<ReactiveNotebook> {
    const id = await this.#idOf(title);
    const socket = await NotebookSocket.open(this.#server, id);
    return new ReactiveNotebook(id, socket, this.#api);
  }

  /** Nothing to do: what is typed is committed to the database as it comes. */
  async save(): Promise<void> {}

  async discard(title: string): Promise<void> {
    await this.#api.request('DELETE', `/api/notebooks/${await this.#idOf(title)}`);
    this.#ids.delete(title);
  }

  kill(): Promise<void> {
    this.#letGo();
    return this.#server.kill();
  }

  stop(): Promise<void> {
    this.#letGo();
    return this.#server.stop();
  }

  async #idOf(title: string): Promise<string> {
    const known = this.#ids.get(title);
    if (known !== undefined) return known;
    const found = (await this.#api.listNotebooks()).find((notebook) => notebook.title === title);
    if (found === undefined) throw new Error(`There is no notebook ${title}.`);
    this.#ids.set(title, found.id);
    return found.id;
  }
}

export const reactiveNotebook: Peer = {
  name: 'Reactive Notebook',
  start: async (python, folder) => new ReactiveNotebookServer(await startServer(folder, python)),
  /** By the script behind `npm start`. */
  async boot(python, folder) {
    const port = await freePort();
    const server = new ServerProcess(process.execPath, [startScript], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: String(port),
        DATA_DIR: folder,
        RNB_PYTHON: python,
      },
    });
    await server.answers(`http://127.0.0.1:${port}/`);
    return server;
  },
};
