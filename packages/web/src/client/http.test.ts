import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  ApiProblem,
  createNotebook,
  deleteNotebook,
  fetchRows,
  listNotebooks,
  onSignedOut,
  renameNotebook,
} from './http.ts';

const fetched = vi.fn<typeof fetch>();
beforeEach(() => vi.stubGlobal('fetch', fetched));
afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

const answer = (status: number, body: unknown) =>
  fetched.mockResolvedValue(
    new Response(body === undefined ? null : JSON.stringify(body), { status }),
  );

const problemOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable('the call was to fail'),
    (error: unknown) => error,
  );

test('a body travels as JSON, and an empty answer is fine', async () => {
  answer(204, undefined);
  await renameNotebook('n1', 'New');
  expect(fetched.mock.calls[0]).toMatchObject([
    '/api/notebooks/n1',
    { method: 'PATCH', body: '{"title":"New"}', headers: { 'content-type': 'application/json' } },
  ]);
});

test('a request without a body does not claim to have one', async () => {
  answer(204, undefined);
  await deleteNotebook('n1');
  expect(fetched.mock.calls[0]?.[1]).not.toHaveProperty('headers.content-type');
});

test('a new notebook is known by its id', async () => {
  answer(201, { id: 'a'.repeat(32), title: 'T' });
  expect(await createNotebook({ title: 'T' })).toEqual({ id: 'a'.repeat(32) });
});

test('a page of rows is asked for by its query', async () => {
  answer(200, { offset: 100, rowCount: 250, rows: [[1]] });
  await fetchRows({ notebook: 'n1', cell: 'c1', output: 0 }, { offset: 100, sort: 1 });
  expect(fetched.mock.calls[0]?.[0]).toBe(
    '/api/notebooks/n1/cells/c1/outputs/0/rows?offset=100&sort=1',
  );
});

test.each<[string, number, unknown, Partial<ApiProblem>]>([
  [
    'a problem document',
    409,
    { title: 'Conflict', status: 409, code: 'conflict', detail: 'Taken.' },
    { code: 'conflict', detail: 'Taken.' },
  ],
  [
    "another library's error",
    429,
    { message: 'Slow down' },
    { code: 'too_many_requests', detail: 'Slow down' },
  ],
  ["a proxy's page", 502, 'Bad Gateway', { code: 'unavailable' }],
  ['an answer of another shape', 200, { not: 'a list' }, { code: 'internal' }],
])('%s becomes an ApiProblem', async (_, status, body, expected) => {
  answer(status, body);
  const problem = await problemOf(listNotebooks());
  expect(problem).toBeInstanceOf(ApiProblem);
  expect(problem).toMatchObject(expected);
});

test('an unreachable server is a problem too', async () => {
  fetched.mockRejectedValue(new TypeError('fetch failed'));
  expect(await problemOf(listNotebooks())).toMatchObject({ code: 'unavailable' });
});

test('a call that was aborted fails with the abort, not with a problem', async () => {
  const abort = new AbortController();
  abort.abort();
  fetched.mockRejectedValue(abort.signal.reason);
  expect(await problemOf(listNotebooks(abort.signal))).toBe(abort.signal.reason);
});

test('401 says that we are signed out', async () => {
  const listener = vi.fn();
  const stop = onSignedOut(listener);
  answer(401, { title: 'T', status: 401, code: 'unauthenticated', detail: 'Sign in.' });
  await problemOf(listNotebooks());
  stop();
  answer(401, undefined);
  await problemOf(listNotebooks());
  expect(listener).toHaveBeenCalledOnce();
});
