/** marimo in edit mode, as its front end drives it; README.md says where that was read. */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WebSocket } from 'ws';
import { AwaitedRuns } from './awaited-runs.ts';
import { HttpClient } from './http-client.ts';
import type { Peer, PeerNotebook, PeerServer, PeerStatus, Shown, Traffic } from './peer.ts';
import { freePort, ServerProcess } from './server-process.ts';
import { textOfHtml } from './text-of-html.ts';

interface ErrorOutput {
  type: string;
  msg?: string;
  name?: string;
  exception_type?: string;
  raising_cell?: string | null;
}

interface ChannelOutput {
  channel: string;
  mimetype: string;
  data: unknown;
}

interface CellOperation {
  cell_id: string;
  /** Null: as before. */
  output: ChannelOutput | null;
  /** An empty list empties it, null leaves it, anything else is added. */
  console: ChannelOutput | ChannelOutput[] | null;
  status: 'idle' | 'queued' | 'running' | 'disabled-transitively' | null;
  stale_inputs: boolean | null;
}

type Notification =
  | { op: 'kernel-ready'; data: { cell_ids: string[]; codes: string[]; resumed: boolean } }
  | { op: 'cell-op'; data: CellOperation }
  | { op: 'completed-run'; data: object }
  | { op: 'interrupted'; data: object }
  | { op: 'notebook-document-transaction'; data: object };

interface MarimoCell {
  code: string;
  hasRun: boolean;
  status: 'idle' | 'queued' | 'running' | 'disabled-transitively';
  isStale: boolean;
  stdout: string;
  output: ChannelOutput | null;
}

const cellConfig = { column: null, disabled: false, hide_code: false, expand_output: false };

export class MarimoNotebook implements PeerNotebook {
  readonly #socket: WebSocket;
  readonly #http: HttpClient;
  readonly #file: string;
  readonly #runs = new AwaitedRuns();
  readonly #ready = Promise.withResolvers<{ resumed: boolean }>();
  readonly #watchers = new Set<(cell: string) => void>();
  readonly #cells = new Map<string, MarimoCell>();
  #order: string[] = [];
  #lastId = 0;
  /** Commands whose reactive run has not been told as completed. */
  #commandsUnderWay = 0;
  #onRest: (() => void)[] = [];
  #traffic: Traffic = { messages: 0, bytes: 0 };

  private constructor(socket: WebSocket, http: HttpClient, file: string) {
    this.#socket = socket;
    this.#http = http;
    this.#file = file;
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('error', (error) => this.#runs.fail(error));
    socket.on('close', (code, reason) => {
      const error = new Error(`marimo closed the socket with ${code} ${reason.toString()}.`);
      this.#runs.fail(error);
    });
  }

  /** A session on the file: a new one, or the one that was left. */
  static async open(url: string, file: string): Promise<MarimoNotebook> {
    const session = `s_${Math.random().toString(36).slice(2, 8).padEnd(6, '0')}`;
    const address = `${url.replace(/^http/, 'ws')}/ws?session_id=${session}&file=${encodeURIComponent(file)}`;
    const socket = new WebSocket(address, { origin: url, perMessageDeflate: false });
    const http = new HttpClient(url, { 'marimo-session-id': session });
    const notebook = new MarimoNotebook(socket, http, file);
    await Promise.race([once(socket, 'open'), notebook.#runs.lost]);
    const { resumed } = await Promise.race([notebook.#ready.promise, notebook.#runs.lost]);
    // What the front end does next, with its default of not running everything on opening.
    if (!resumed) {
      await notebook.#command('/api/kernel/instantiate', {
        objectIds: [],
        values: [],
        autoRun: false,
      });
    }
    return notebook;
  }

  get cells(): readonly string[] {
    return this.#order;
  }

  /** One transaction of the document, as pasting cells is. The cell that a new notebook has becomes the first. */
  async fill(sources: readonly string[]): Promise<void> {
    const [only] = this.#order;
    const changes: object[] = [];
    let after: string | null = null;
    for (const [position, code] of sources.entries()) {
      if (position === 0 && only !== undefined) {
        changes.push({ type: 'set-code', cellId: only, code });
        this.#cellOf(only).code = code;
        after = only;
      } else {
        const id = this.#newId();
        changes.push({ type: 'create-cell', cellId: id, code, name: '_', config: {}, after });
        this.#add(id, code, after);
        after = id;
      }
    }
    await this.#http.send('POST', '/api/document/transaction', { changes });
  }

  async insert(source: string, after: string | null): Promise<string> {
    const id = this.#newId();
    const [first] = this.#order;
    const place = after === null ? { before: first } : { after };
    await this.#http.send('POST', '/api/document/transaction', {
      changes: [{ type: 'create-cell', cellId: id, code: source, name: '_', config: {}, ...place }],
    });
    this.#add(id, source, after);
    return id;
  }

  setCode(cell: string, source: string): void {
    this.#cellOf(cell).code = source;
  }

  async run(cells: readonly string[]): Promise<void> {
    await this.#command('/api/kernel/run', this.#runRequest(cells));
  }

  begin(cells: readonly string[]): void {
    this.#commandsUnderWay += 1;
    this.#http
      .send('POST', '/api/kernel/run', this.#runRequest(cells))
      .catch((error: Error) => this.#runs.fail(error));
  }

  async runUntil(cells: readonly string[], awaited: Iterable<string>): Promise<void> {
    const finished = this.#runs.finish(awaited);
    this.#commandsUnderWay += 1;
    await Promise.all([
      this.#http.send('POST', '/api/kernel/run', this.#runRequest(cells)),
      finished,
    ]);
  }

  async remove(cell: string): Promise<void> {
    this.#order = this.#order.filter((id) => id !== cell);
    this.#cells.delete(cell);
    await this.#command('/api/kernel/delete', { cellId: cell });
    await this.#http.send('POST', '/api/document/transaction', {
      changes: [{ type: 'delete-cell', cellId: cell }],
    });
  }

  /** The order is the page's alone: the kernel is not told, and nothing runs. */
  async move(cell: string, after: string | null): Promise<void> {
    const others = this.#order.filter((id) => id !== cell);
    const place = after === null ? { before: others[0] } : { after };
    await this.#http.send('POST', '/api/document/transaction', {
      changes: [{ type: 'move-cell', cellId: cell, ...place }],
    });
    others.splice(after === null ? 0 : others.indexOf(after) + 1, 0, cell);
    this.#order = others;
  }

  async interrupt(): Promise<void> {
    await this.#http.send('POST', '/api/kernel/interrupt', {});
  }

  /** A control of a cell, found by what the cell shows, is moved to a value. Resolves when the server has taken it. */
  async setControl(cell: string, value: unknown): Promise<void> {
    const { output } = this.#cellOf(cell);
    const id = /object-id=['"]([^'"]+)/.exec(String(output?.data))?.[1];
    if (id === undefined) throw new Error(`${cell} shows no control.`);
    await this.#http.send('POST', '/api/kernel/set_ui_element_value', {
      objectIds: [id],
      values: [value],
    });
  }

  /** As the front end saves by itself, a second after an edit. */
  async save(): Promise<void> {
    await this.#http.send('POST', '/api/kernel/save', {
      cellIds: this.#order,
      codes: this.#order.map((id) => this.#cellOf(id).code),
      names: this.#order.map(() => '_'),
      configs: this.#order.map(() => cellConfig),
      filename: this.#file,
      persist: true,
    });
  }

  shown(cell: string): Shown {
    const { stdout, output, ...state } = this.#cellOf(cell);
    const errors = output?.channel === 'marimo-error' ? (output.data as ErrorOutput[]) : [];
    const [error] = errors;
    return {
      status: statusOf(state, error),
      stdout,
      text: error === undefined ? textOf(output) : null,
      error: error === undefined ? null : lineOf(error),
    };
  }

  watch(listener: (cell: string) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  traffic(): Traffic {
    return this.#traffic;
  }

  resetTraffic(): void {
    this.#traffic = { messages: 0, bytes: 0 };
  }

  async close(): Promise<void> {
    this.#http.close();
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #runRequest(cells: readonly string[]) {
    return { cellIds: cells, codes: cells.map((id) => this.#cellOf(id).code) };
  }

  /** A command that ends with a completed run, and resolves with it. */
  async #command(path: string, body: object): Promise<void> {
    this.#commandsUnderWay += 1;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onRest.push(resolve);
    await Promise.all([
      this.#http.send('POST', path, body),
      Promise.race([promise, this.#runs.lost]),
    ]);
  }

  #receive(data: Buffer): void {
    this.#traffic.messages += 1;
    this.#traffic.bytes += data.length;
    const message = JSON.parse(data.toString()) as Notification;
    switch (message.op) {
      case 'kernel-ready':
        for (const [position, id] of message.data.cell_ids.entries()) {
          this.#add(id, message.data.codes[position] ?? '', this.#order.at(-1) ?? null);
        }
        this.#ready.resolve(message.data);
        break;
      case 'cell-op':
        this.#apply(message.data);
        break;
      case 'completed-run':
        this.#commandsUnderWay = Math.max(0, this.#commandsUnderWay - 1);
        if (this.#commandsUnderWay > 0) break;
        for (const resolve of this.#onRest) resolve();
        this.#onRest = [];
        break;
      default:
        // Variables, data sources and the like, which the front end shows in its panels.
        break;
    }
  }

  #apply(operation: CellOperation): void {
    const cell = this.#cells.get(operation.cell_id);
    if (cell === undefined) return;
    if (operation.output !== null) cell.output = operation.output;
    if (Array.isArray(operation.console) && operation.console.length === 0) cell.stdout = '';
    else if (operation.console !== null) {
      for (const { channel, data } of [operation.console].flat()) {
        if (channel === 'stdout') cell.stdout += String(data);
      }
    }
    if (operation.stale_inputs !== null) cell.isStale = operation.stale_inputs;
    const before = cell.status;
    if (operation.status !== null) cell.status = operation.status;
    if (operation.status === 'running' || cell.output !== null) cell.hasRun = true;
    for (const listener of this.#watchers) listener(operation.cell_id);
    if (operation.status === 'idle' && before !== 'idle') this.#runs.finished(operation.cell_id);
  }

  #add(id: string, code: string, after: string | null): void {
    if (this.#cells.has(id)) return;
    this.#cells.set(id, {
      code,
      hasRun: false,
      status: 'idle',
      isStale: false,
      stdout: '',
      output: null,
    });
    if (after === null) this.#order.unshift(id);
    else if (after === this.#order.at(-1)) this.#order.push(id);
    else this.#order.splice(this.#order.indexOf(after) + 1, 0, id);
  }

  #cellOf(id: string): MarimoCell {
    const cell = this.#cells.get(id);
    if (cell === undefined) throw new Error(`There is no cell ${id}.`);
    return cell;
  }

  /** Four letters, as the front end makes them. */
  #newId(): string {
    let rest = this.#lastId++;
    let id = '';
    for (let place = 0; place < 4; place++) {
      id += String.fromCharCode(97 + (rest % 26));
      rest = Math.floor(rest / 26);
    }
    return this.#cells.has(id) ? this.#newId() : id;
  }
}

function statusOf(
  cell: Pick<MarimoCell, 'status' | 'isStale' | 'hasRun'>,
  error: ErrorOutput | undefined,
): PeerStatus {
  if (cell.status === 'queued' || cell.status === 'running') return cell.status;
  if (cell.status === 'disabled-transitively') return 'disabled';
  if (cell.isStale) return 'stale';
  if (error === undefined) return cell.hasRun ? 'success' : 'idle';
  const isFromElsewhere =
    error.type.startsWith('ancestor-') ||
    (error.raising_cell !== undefined && error.raising_cell !== null);
  return isFromElsewhere ? 'blocked' : 'error';
}

function lineOf({ type, msg, name, exception_type }: ErrorOutput): string {
  if (type === 'exception' && exception_type) return `${exception_type}: ${msg ?? ''}`;
  // The server sends these two without words; the words are those of its own `describe`.
  if (type === 'multiple-defs') return `The variable '${name}' was defined by another cell`;
  if (type === 'cycle') return 'This cell is in a cycle';
  return msg ? `${type}: ${textOfHtml(msg)}` : type;
}

function textOf(output: ChannelOutput | null): string | null {
  if (output === null || output.data === '') return null;
  if (typeof output.data !== 'string') return JSON.stringify(output.data);
  if (output.mimetype !== 'text/html') return output.data;
  return textOfHtml(output.data) || tableOf(output.data);
}

/** A table is an element that has its first rows as JSON, twice encoded, in an attribute; null for other elements. */
function tableOf(html: string): string | null {
  const data = /data-data='([^']*)'/.exec(html)?.[1];
  return data === undefined ? null : String(JSON.parse(textOfHtml(data)));
}

class MarimoServer implements PeerServer {
  readonly url: string;
  readonly #process: ServerProcess;
  readonly #folder: string;
  readonly #open = new Map<string, MarimoNotebook>();

  constructor(process: ServerProcess, url: string, folder: string) {
    this.#process = process;
    this.url = url;
    this.#folder = folder;
  }

  get pid(): number {
    return this.#process.pid;
  }

  async create(title: string, sources: readonly string[]): Promise<MarimoNotebook> {
    await writeFile(this.#path(title), 'import marimo\n\napp = marimo.App()\n');
    const notebook = await this.reopen(title);
    if (sources.length > 0) await notebook.fill(sources);
    return notebook;
  }

  async reopen(title: string): Promise<MarimoNotebook> {
    const notebook = await MarimoNotebook.open(this.url, this.#path(title));
    this.#open.set(title, notebook);
    return notebook;
  }

  async save(title: string): Promise<void> {
    await this.#open.get(title)?.save();
  }

  /** As the list of running notebooks on its first page ends one. */
  async discard(title: string): Promise<void> {
    const http = new HttpClient(this.url);
    const { files } = (await http.send('POST', '/api/home/running_notebooks')) as {
      files: { path: string; sessionId: string | null }[];
    };
    const running = files.find(({ path }) => path.endsWith(`${title}.py`));
    if (running?.sessionId) {
      await http.send('POST', '/api/home/shutdown_session', { sessionId: running.sessionId });
    }
    http.close();
    await this.#open.get(title)?.close();
    this.#open.delete(title);
  }

  kill(): Promise<void> {
    return this.#process.kill();
  }

  async stop(): Promise<void> {
    for (const notebook of this.#open.values()) await notebook.close();
    await this.#process.stop();
  }

  #path(title: string): string {
    return join(this.#folder, `${title}.py`);
  }
}

/** Its settings, its state and its caches are the folder's, so nobody's settings matter and none are changed. */
async function startProcess(python: string, folder: string, page: string, access: string[]) {
  const home = join(folder, '.home');
  await mkdir(home, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = new ServerProcess(
    join(dirname(python), 'marimo'),
    [
      '--quiet',
      'edit',
      '--headless',
      '--skip-update-check',
      ...access,
      '--host=127.0.0.1',
      `--port=${port}`,
      folder,
    ],
    { cwd: folder, env: { PATH: `${dirname(python)}:${process.env.PATH}`, HOME: home } },
  );
  await server.answers(url + page);
  return { server, url };
}

export const marimo: Peer = {
  name: 'marimo',
  async start(python, folder) {
    const access = ['--no-token', '--no-skew-protection'];
    const { server, url } = await startProcess(python, folder, '/health', access);
    return new MarimoServer(server, url, folder);
  },
  async boot(python, folder) {
    const access = ['--token-password=benchmark'];
    return (await startProcess(python, folder, '/auth/login', access)).server;
  },
};
