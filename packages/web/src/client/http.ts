/** The server's HTTP API, as the browser uses it: JSON in, JSON or an `ApiProblem` out. */
import {
  type Completion,
  type CompletionQuery,
  Completions,
  Me,
  type Mode,
  NotebookSummary,
  Plan,
  Problem,
  type ProblemCode,
  PublicConfig,
  type RunTarget,
  TablePage,
  type TableRequest,
} from '@rnb/protocol';
import { z } from 'zod';
import { auth, SignInUnreachable } from './auth.ts';
import { tellOtherTabs } from './other-tabs.ts';
import { parseJson } from './parse-json.ts';

/** A refusal of the server, or the lack of one: `code` to branch on, `message` to show. */
export class ApiProblem extends Error {
  override name = 'ApiProblem';
  readonly code: ProblemCode;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.code = problem.code;
    this.problem = problem;
  }

  get detail(): string {
    return this.problem.detail;
  }

  /** Whether to sign in helps. */
  get isSignedOut(): boolean {
    return this.code === 'unauthenticated' && this.problem !== notAccepted;
  }
}

const signedOutListeners = new Set<() => void>();

/** Called when nobody is signed in any more; returns how to stop. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

/** Tells everybody who listens. */
export function tellSignedOut(): void {
  for (const listener of [...signedOutListeners]) listener();
}

export interface ApiRequest {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
  /** Whoever asks need not be signed in: a 401 does not mean that they were signed out. */
  asStranger?: boolean;
}

/**
 * Every request of the page to its server, with whatever proves who is asking. Throws `ApiProblem`, or the abort's
 * reason when `signal` fired. An empty answer is given to the schema as undefined.
 */
export async function api<T>(
  path: string,
  schema: z.ZodType<T>,
  { method = 'GET', body, signal, asStranger = false }: ApiRequest = {},
): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetchSignedIn(path, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem({
      type: 'about:blank',
      title: 'Server not reached',
      status: 0,
      code: 'unavailable',
      detail:
        error instanceof SignInUnreachable
          ? error.message
          : 'The server could not be reached. Check the connection and try again.',
    });
  }
  const content = parseJson(text);
  if (!response.ok) {
    if (response.status === 401) {
      if (auth().isSignedIn()) throw new ApiProblem(notAccepted);
      if (!asStranger) tellSignedOut();
    }
    throw new ApiProblem(problemOf(response.status, content));
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw new ApiProblem(unreadable(response.status));
  return parsed.data;
}

/** With a token where people sign in by one. A token that is refused may have been of yesterday: a fresh one is tried once. */
async function fetchSignedIn(
  path: string,
  request: RequestInit & { headers: Record<string, string> },
): Promise<Response> {
  const send = (token: string | null) =>
    fetch(
      path,
      token === null
        ? request
        : { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } },
    );
  const token = await auth().getToken();
  const response = await send(token);
  if (response.status !== 401 || token === null) return response;
  const fresh = await auth().getToken({ fresh: true });
  return fresh === null ? response : send(fresh);
}

/** To sign in again would lead here again. */
export const notAccepted: Problem = {
  type: 'about:blank',
  title: 'Sign-in not accepted',
  status: 401,
  code: 'unauthenticated',
  detail:
    'You are signed in with Clerk, but this server does not accept it. Whoever runs it should check that its Clerk keys are of one application, that ALLOWED_ORIGINS has the address of this page, and that its clock is right.',
};

/** Proxies and the sign-in library answer without a problem document; they get one made from the status. */
function problemOf(status: number, content: unknown): Problem {
  const problem = Problem.safeParse(content);
  if (problem.success) return problem.data;
  const said = z.object({ message: z.string().min(1) }).safeParse(content);
  return {
    type: 'about:blank',
    title: 'Request failed',
    status,
    code: codeByStatus[status] ?? (status >= 500 ? 'unavailable' : 'invalid'),
    detail: said.success ? said.data.message : `The server answered with status ${status}.`,
  };
}

const codeByStatus: Readonly<Record<number, ProblemCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  429: 'too_many_requests',
  500: 'internal',
};

function unreadable(status: number): Problem {
  return {
    type: 'about:blank',
    title: 'Unexpected answer',
    status,
    code: 'internal',
    detail: 'The server gave an answer this page does not understand. Reload the page.',
  };
}

export const Nothing = z.unknown().transform(() => undefined);
export const notebookPath = (id: string): string => `/api/notebooks/${encodeURIComponent(id)}`;

export const fetchMe = (signal?: AbortSignal): Promise<Me> =>
  api('/api/me', Me, signal ? { signal } : {});

export const fetchConfig = (signal?: AbortSignal): Promise<PublicConfig> =>
  api('/api/config', PublicConfig, signal ? { signal } : {});

export const listNotebooks = (signal?: AbortSignal): Promise<NotebookSummary[]> =>
  api('/api/notebooks', z.array(NotebookSummary), signal ? { signal } : {});

const Created = z.object({ id: NotebookSummary.shape.id });

export const createNotebook = (
  notebook: { title?: string; template?: 'blank' | 'demo' } = {},
): Promise<{ id: string }> => api('/api/notebooks', Created, { method: 'POST', body: notebook });

export const renameNotebook = (id: string, title: string): Promise<void> =>
  api(notebookPath(id), Nothing, { method: 'PATCH', body: { title } });

export const deleteNotebook = (id: string): Promise<void> =>
  api(notebookPath(id), Nothing, { method: 'DELETE' });

/** Undoes a deletion. */
export const restoreNotebook = (id: string): Promise<void> =>
  api(`${notebookPath(id)}/restore`, Nothing, { method: 'POST', body: {} });

/** A page of a table that a cell shows. Throws `not_live` when its values are gone from the kernel. */
export function fetchRows(
  table: { notebook: string; cell: string; output: number },
  query: Partial<TableRequest>,
  signal?: AbortSignal,
): Promise<TablePage> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const cell = encodeURIComponent(table.cell);
  return api(
    `${notebookPath(table.notebook)}/cells/${cell}/outputs/${table.output}/rows?${search}`,
    TablePage,
    signal ? { signal } : {},
  );
}

/** What may follow a name as the cell sees it. */
export async function fetchCompletions(
  { notebook, cell }: { notebook: string; cell: string },
  query: CompletionQuery,
  signal: AbortSignal,
): Promise<Completion[]> {
  const path = `${notebookPath(notebook)}/cells/${encodeURIComponent(cell)}/completions`;
  const { items } = await api(`${path}?${new URLSearchParams(query)}`, Completions, { signal });
  return items;
}

/** The cells that a run would run. */
export async function fetchPlan(
  notebook: string,
  target: RunTarget,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const search = new URLSearchParams({ cells: String(target) });
  return (await api(`${notebookPath(notebook)}/plan?${search}`, Plan, { signal })).cells;
}

/** When the notebook's cells run. */
export const configureNotebook = (
  id: string,
  settings: { mode?: Mode; runOnIdle?: boolean },
): Promise<void> => api(notebookPath(id), Nothing, { method: 'PATCH', body: settings });

/** Signs in with the one-time token of a sign-in link; the answer sets the session cookie. */
export async function signInByLink(token: string): Promise<void> {
  await api('/api/auth/link', Nothing, { method: 'POST', body: { token } });
  tellOtherTabs();
}

export async function signOut(): Promise<void> {
  const ofProvider = auth().signOut;
  if (ofProvider) {
    await ofProvider();
    return;
  }
  await api('/api/auth/sign-out', Nothing, { method: 'POST', body: {} });
  tellOtherTabs();
}
