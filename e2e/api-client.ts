import { Cell, type CellKind, Notebook, NotebookSummary } from '@rnb/protocol';
import { z } from 'zod';

export interface Answer {
  status: number;
  body: unknown;
}

/** The HTTP API as an agent uses it: every answer is checked against its schema. */
export class ApiClient {
  readonly #url: string;
  readonly #token: string;

  constructor(server: { url: string; token: string }) {
    this.#url = server.url;
    this.#token = server.token;
  }

  async createNotebook(title: string, template: 'blank' | 'demo' = 'blank'): Promise<string> {
    const { body } = await this.#expectOk('POST', '/api/notebooks', { title, template });
    return z.object({ id: z.string() }).parse(body).id;
  }

  async listNotebooks(): Promise<NotebookSummary[]> {
    const { body } = await this.#expectOk('GET', '/api/notebooks');
    return z.array(NotebookSummary).parse(body);
  }

  async notebook(id: string): Promise<Notebook> {
    return Notebook.parse((await this.#expectOk('GET', `/api/notebooks/${id}`)).body);
  }

  /** Adds a cell at the end; with `wait`, answers when the notebook is at rest. */
  async addCell(
    id: string,
    cell: { kind?: CellKind; code: string },
    options = { wait: true },
  ): Promise<string> {
    const path = `/api/notebooks/${id}/cells?wait=${options.wait}`;
    const { body } = await this.#expectOk('POST', path, { kind: 'python', ...cell });
    return Cell.parse(body).id;
  }

  async setCode(id: string, cell: string, code: string): Promise<void> {
    await this.#expectOk('PUT', `/api/notebooks/${id}/cells/${cell}?wait=true`, { code });
  }

  /** Resolves when the notebook is at rest. */
  async run(id: string, cells: string[] | 'all' | 'stale' = 'all'): Promise<Notebook> {
    const path = `/api/notebooks/${id}/run`;
    const { body } = await this.#expectOk('POST', path, { cells, wait: true, timeoutMs: 600_000 });
    return Notebook.parse(body);
  }

  /** One request as it is; `authorization` null sends none. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    authorization: string | null = `Bearer ${this.#token}`,
  ): Promise<Answer> {
    const headers: Record<string, string> = {};
    if (authorization !== null) headers.authorization = authorization;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await fetch(this.#url + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  }

  async #expectOk(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.request(method, path, body);
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer;
  }
}

export function cellOf(notebook: Notebook, id: string): Cell | undefined {
  return notebook.cells.find((cell) => cell.id === id);
}

/** A cell's last output as plain text, or null when it shows none. */
export function shownText(notebook: Notebook, cell: string): string | null {
  const output = cellOf(notebook, cell)?.outputs.at(-1);
  const text = output?.data['text/plain'];
  return typeof text === 'string' ? text : null;
}
