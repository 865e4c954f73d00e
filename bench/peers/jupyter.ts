/** Jupyter Server and ipykernel, as JupyterLab drives them; README.md says where that was read. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { AwaitedRuns } from './awaited-runs.ts';
import { HttpClient } from './http-client.ts';
import type { Peer, PeerNotebook, PeerServer, PeerStatus, Shown, Traffic } from './peer.ts';
import { freePort, ServerProcess } from './server-process.ts';
import { textOfHtml } from './text-of-html.ts';

const subprotocol = 'v1.kernel.websocket.jupyter.org';

/**
 * Jupyter Server leaves Nagle's algorithm on, so that four small frames in a row can wait 40 ms for the client's
 * delayed acknowledgement. Whether they do depends on the client; with this they never do, in Jupyter's favour.
 */
const noDelay = `
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
_open = KernelWebsocketHandler.open
async def open_without_delay(self, kernel_id):
    self.set_nodelay(True)
    await _open(self, kernel_id)
KernelWebsocketHandler.open = open_without_delay
`;

interface Message {
  header: { msg_type: string };
  parent_header: { msg_id?: string };
  content: Record<string, unknown>;
}

interface JupyterCell {
  code: string;
  /** Of the last request to run it. */
  request: string | null;
  status: PeerStatus;
  stdout: string;
  text: string | null;
  error: string | null;
}

interface Kernel {
  id: string;
  session: string;
}

/** `.ipynb`, as far as it matters here. */
interface StoredCell {
  id: string;
  source: string;
  outputs: Record<string, unknown>[];
}

export class JupyterNotebook implements PeerNotebook {
  readonly kernel: Kernel;
  readonly #socket: WebSocket;
  readonly #http: HttpClient;
  readonly #clientSession = randomUUID();
  readonly #runs = new AwaitedRuns();
  readonly #watchers = new Set<(cell: string) => void>();
  readonly #cells = new Map<string, JupyterCell>();
  /** Request → cell. */
  readonly #requests = new Map<string, string>();
  readonly #replies = new Map<string, () => void>();
  #order: string[] = [];
  #traffic: Traffic = { messages: 0, bytes: 0 };

  private constructor(socket: WebSocket, http: HttpClient, kernel: Kernel) {
    this.#socket = socket;
    this.#http = http;
    this.kernel = kernel;
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('error', (error) => this.#runs.fail(error));
    socket.on('close', (code) => this.#runs.fail(new Error(`Jupyter closed the socket: ${code}.`)));
  }

  static async open(url: string, http: HttpClient, kernel: Kernel): Promise<JupyterNotebook> {
    const session = randomUUID();
    const address = `${url.replace(/^http/, 'ws')}/api/kernels/${kernel.id}/channels?session_id=${session}`;
    const socket = new WebSocket(address, [subprotocol], { origin: url, perMessageDeflate: false });
    const notebook = new JupyterNotebook(socket, http, kernel);
    await Promise.race([once(socket, 'open'), notebook.#runs.lost]);
    return notebook;
  }

  /** Resolves when the kernel has told who it is: what JupyterLab waits for before it runs anything. */
  async kernelReady(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#replies.set(this.#send('kernel_info_request', {}), resolve);
    await Promise.race([promise, this.#runs.lost]);
  }

  get cells(): readonly string[] {
    return this.#order;
  }

  /** Cells as a file has them, with what they showed. */
  load(cells: readonly StoredCell[]): void {
    for (const { id, source, outputs } of cells) {
      this.#add(id, source, this.#order.at(-1) ?? null);
      for (const output of outputs) {
        this.#show(id, String(output.output_type), output);
        const cell = this.#cellOf(id);
        cell.status = cell.error === null ? 'success' : 'error';
      }
    }
  }

  stored(): StoredCell[] {
    return this.#order.map((id) => {
      const { code, stdout, text, error } = this.#cellOf(id);
      const outputs: Record<string, unknown>[] = [];
      if (stdout !== '') outputs.push({ output_type: 'stream', name: 'stdout', text: stdout });
      if (text !== null) {
        outputs.push({
          output_type: 'execute_result',
          data: { 'text/plain': text },
          metadata: {},
          execution_count: null,
        });
      }
      if (error !== null) {
        const [ename, ...evalue] = error.split(': ');
        outputs.push({ output_type: 'error', ename, evalue: evalue.join(': '), traceback: [] });
      }
      return { id, source: code, outputs };
    });
  }

  async insert(source: string, after: string | null): Promise<string> {
    const id = randomUUID().slice(0, 8);
    this.#add(id, source, after);
    return id;
  }

  setCode(cell: string, source: string): void {
    this.#cellOf(cell).code = source;
  }

  run(cells: readonly string[]): Promise<void> {
    return this.runUntil(cells, cells);
  }

  async runUntil(cells: readonly string[], awaited: Iterable<string>): Promise<void> {
    const finished = this.#runs.finish(awaited);
    this.begin(cells);
    await finished;
  }

  /** One request for each cell, all at once: the kernel queues them. Nothing follows from them. */
  begin(cells: readonly string[]): void {
    for (const id of cells) {
      const cell = this.#cellOf(id);
      cell.request = this.#send('execute_request', {
        code: cell.code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: true,
        stop_on_error: true,
      });
      cell.status = 'queued';
      cell.stdout = '';
      cell.text = null;
      cell.error = null;
      this.#requests.set(cell.request, id);
    }
  }

  /** The page's alone: the kernel keeps what the cell defined. */
  async remove(cell: string): Promise<void> {
    this.#order = this.#order.filter((id) => id !== cell);
    this.#cells.delete(cell);
  }

  /** The page's alone. */
  async move(cell: string, after: string | null): Promise<void> {
    const others = this.#order.filter((id) => id !== cell);
    others.splice(after === null ? 0 : others.indexOf(after) + 1, 0, cell);
    this.#order = others;
  }

  async interrupt(): Promise<void> {
    await this.#http.send('POST', `/api/kernels/${this.kernel.id}/interrupt`, {});
  }

  shown(cell: string): Shown {
    const { status, stdout, text, error } = this.#cellOf(cell);
    return { status, stdout, text, error };
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
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #send(type: string, content: object): string {
    const header = {
      msg_id: randomUUID(),
      msg_type: type,
      username: '',
      session: this.#clientSession,
      date: new Date().toISOString(),
      version: '5.4',
    };
    this.#socket.send(encode('shell', [header, {}, {}, content]));
    return header.msg_id;
  }

  #receive(data: Buffer): void {
    this.#traffic.messages += 1;
    this.#traffic.bytes += data.length;
    const { header, parent_header, content } = decode(data);
    const parent = parent_header.msg_id ?? '';
    this.#replies.get(header.msg_type.endsWith('_reply') ? parent : '')?.();
    const id = this.#requests.get(parent);
    const cell = id === undefined ? undefined : this.#cells.get(id);
    if (id === undefined || cell === undefined) return;
    if (header.msg_type === 'status' && content.execution_state === 'busy') cell.status = 'running';
    if (header.msg_type === 'execute_reply') this.#conclude(cell, String(content.status));
    if (header.msg_type === 'status' && content.execution_state === 'idle') {
      // The reply comes on another channel and may be the later one.
      if (cell.status === 'running') cell.status = cell.error === null ? 'success' : 'error';
      this.#runs.finished(id);
    }
    this.#show(id, header.msg_type, content);
    for (const listener of this.#watchers) listener(id);
  }

  #conclude(cell: JupyterCell, status: string): void {
    if (status === 'ok') cell.status = 'success';
    else cell.status = status === 'error' ? 'error' : 'aborted';
  }

  #show(id: string, type: string, content: Record<string, unknown>): void {
    const cell = this.#cellOf(id);
    if (type === 'stream' && content.name === 'stdout') cell.stdout += String(content.text);
    if (type === 'execute_result' || type === 'display_data') {
      const text = textOf(content.data as Record<string, string>);
      if (text !== null) cell.text = cell.text === null ? text : `${cell.text}\n${text}`;
    }
    if (type === 'error') cell.error = `${content.ename}: ${content.evalue}`;
  }

  #add(id: string, code: string, after: string | null): void {
    const cell = {
      code,
      request: null,
      status: 'idle' as const,
      stdout: '',
      text: null,
      error: null,
    };
    this.#cells.set(id, cell);
    if (after === null) this.#order.unshift(id);
    else if (after === this.#order.at(-1)) this.#order.push(id);
    else this.#order.splice(this.#order.indexOf(after) + 1, 0, id);
  }

  #cellOf(id: string): JupyterCell {
    const cell = this.#cells.get(id);
    if (cell === undefined) throw new Error(`There is no cell ${id}.`);
    return cell;
  }
}

function textOf(data: Record<string, string>): string | null {
  if (data['text/plain'] !== undefined) return data['text/plain'];
  return data['text/html'] === undefined ? null : textOfHtml(data['text/html']);
}

/** Number of offsets, offsets (each 8 bytes, little-endian), channel, and the parts as JSON. */
function encode(channel: string, parts: readonly object[]): Buffer {
  const blobs = [channel, ...parts.map((part) => JSON.stringify(part))].map((text) =>
    Buffer.from(text),
  );
  const head = Buffer.alloc(8 * (blobs.length + 2));
  head.writeBigUInt64LE(BigInt(blobs.length + 1), 0);
  let offset = head.length;
  for (const [position, blob] of blobs.entries()) {
    head.writeBigUInt64LE(BigInt(offset), 8 * (position + 1));
    offset += blob.length;
  }
  head.writeBigUInt64LE(BigInt(offset), 8 * (blobs.length + 1));
  return Buffer.concat([head, ...blobs]);
}

function decode(data: Buffer): Message {
  const offsetOf = (position: number) => Number(data.readBigUInt64LE(8 * (position + 1)));
  const part = (position: number) =>
    JSON.parse(data.toString('utf8', offsetOf(position), offsetOf(position + 1)));
  return { header: part(1), parent_header: part(2), content: part(4) };
}

class JupyterServer implements PeerServer {
  readonly url: string;
  readonly #process: ServerProcess;
  readonly #folder: string;
  readonly #http: HttpClient;
  readonly #open = new Map<string, JupyterNotebook>();

  constructor(process: ServerProcess, url: string, folder: string) {
    this.#process = process;
    this.url = url;
    this.#folder = folder;
    this.#http = new HttpClient(url);
  }

  get pid(): number {
    return this.#process.pid;
  }

  async create(title: string, sources: readonly string[]): Promise<JupyterNotebook> {
    const cells = sources.map((source) => ({ id: randomUUID().slice(0, 8), source, outputs: [] }));
    await writeFile(join(this.#folder, `${title}.ipynb`), ipynb(cells));
    const notebook = await this.reopen(title);
    await notebook.kernelReady();
    return notebook;
  }

  /** The file and the kernel at the same time; what the file has is shown whether or not the kernel is busy. */
  async reopen(title: string): Promise<JupyterNotebook> {
    const path = `${title}.ipynb`;
    const [notebook, { content }] = await Promise.all([
      this.#connect(path),
      this.#http.send('GET', `/api/contents/${path}?type=notebook`) as Promise<{
        content: { cells: { id: string; source: string; outputs?: StoredCell['outputs'] }[] };
      }>,
    ]);
    notebook.load(content.cells.map((cell) => ({ ...cell, outputs: cell.outputs ?? [] })));
    this.#open.set(title, notebook);
    return notebook;
  }

  async #connect(path: string): Promise<JupyterNotebook> {
    // Answers with the session there is, if there is one.
    const { id, kernel } = (await this.#http.send('POST', '/api/sessions', {
      path,
      name: path,
      type: 'notebook',
      kernel: { name: 'python3' },
    })) as { id: string; kernel: { id: string } };
    return JupyterNotebook.open(this.url, this.#http, { id: kernel.id, session: id });
  }

  /** As JupyterLab does every two minutes and on Ctrl+S. */
  async save(title: string): Promise<void> {
    const notebook = this.#open.get(title);
    if (notebook === undefined) return;
    await this.#http.send('PUT', `/api/contents/${title}.ipynb`, {
      type: 'notebook',
      format: 'json',
      content: JSON.parse(ipynb(notebook.stored())),
    });
  }

  async discard(title: string): Promise<void> {
    const notebook = this.#open.get(title);
    if (notebook === undefined) return;
    this.#open.delete(title);
    await notebook.close();
    await this.#http.send('DELETE', `/api/sessions/${notebook.kernel.session}`);
  }

  async kill(): Promise<void> {
    this.#http.close();
    await this.#process.kill();
  }

  async stop(): Promise<void> {
    for (const notebook of this.#open.values()) await notebook.close();
    this.#http.close();
    await this.#process.stop();
  }
}

function ipynb(cells: readonly StoredCell[]): string {
  return JSON.stringify({
    cells: cells.map(({ id, source, outputs }) => ({
      cell_type: 'code',
      id,
      source,
      outputs,
      execution_count: null,
      metadata: {},
    })),
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
    nbformat: 4,
    nbformat_minor: 5,
  });
}

/** Its settings, its state and its caches are the folder's, so nobody's settings matter and none are changed. */
async function startProcess(python: string, folder: string, page: string, access: string[]) {
  const home = join(folder, '.home');
  const config = join(home, 'config.py');
  await mkdir(home, { recursive: true });
  await writeFile(config, noDelay);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = new ServerProcess(
    python,
    [
      '-m',
      'jupyter_server',
      '--allow-root',
      '--ServerApp.ip=127.0.0.1',
      `--ServerApp.port=${port}`,
      '--ServerApp.port_retries=0',
      '--ServerApp.open_browser=False',
      `--ServerApp.root_dir=${folder}`,
      `--config=${config}`,
      ...access,
    ],
    { cwd: folder, env: { PATH: process.env.PATH, HOME: home } },
  );
  await server.answers(url + page);
  return { server, url };
}

export const jupyter: Peer = {
  name: 'Jupyter',
  async start(python, folder) {
    const access = ['--IdentityProvider.token=', '--ServerApp.disable_check_xsrf=True'];
    const { server, url } = await startProcess(python, folder, '/api', access);
    return new JupyterServer(server, url, folder);
  },
  async boot(python, folder) {
    const access = ['--IdentityProvider.token=benchmark'];
    return (await startProcess(python, folder, '/login', access)).server;
  },
};
