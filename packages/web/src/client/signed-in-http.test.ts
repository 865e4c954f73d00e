import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeAuth } from '../../test/fake-auth.ts';
import { setAuth } from './auth.ts';
import { createNotebook, listNotebooks, onSignedOut } from './http.ts';
import { joinNotebook } from './sharing.ts';

const fetched = vi.fn<typeof fetch>();
const signedOut = vi.fn();
const id = 'a'.repeat(32);
let auth: FakeAuth;
let stop: () => void;

beforeEach(() => {
  vi.stubGlobal('fetch', fetched);
  auth = new FakeAuth();
  setAuth(auth);
  stop = onSignedOut(signedOut);
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
  fetched.mockReset();
  signedOut.mockReset();
});

const answers = (...statuses: number[]) => {
  for (const status of statuses) {
    const body = JSON.stringify(status === 201 ? { id } : status === 200 ? [] : {});
    fetched.mockResolvedValueOnce(new Response(body, { status }));
  }
};

/** What each request was authorised by. */
const sent = () =>
  fetched.mock.calls.map(([, request]) => new Headers(request?.headers).get('authorization'));

test('every request has the present token', async () => {
  answers(200);
  await listNotebooks();
  expect(sent()).toEqual(['Bearer u1-0']);
});

test('a refused one is sent once more, whole, with a fresh token', async () => {
  answers(401, 201);
  await expect(createNotebook({ title: 'T' })).resolves.toEqual({ id });
  expect(sent()).toEqual(['Bearer u1-0', 'Bearer u1-1']);
  expect(fetched.mock.calls[1]?.[1]).toMatchObject({ method: 'POST', body: '{"title":"T"}' });
});

test('one that is refused again is not sent a third time, and says whom to ask', async () => {
  answers(401, 401);
  await expect(listNotebooks()).rejects.toMatchObject({
    code: 'unauthenticated',
    detail: expect.stringContaining('this server does not accept it'),
  });
  expect(sent()).toHaveLength(2);
  // To sign in again would lead here again.
  expect(signedOut).not.toHaveBeenCalled();
});

test.each([
  ['one who is not accepted', 'u1', false],
  ['nobody', null, true],
])('B10: %s, for whom signing in helps or not, is told so when joining', async (_, user, helps) => {
  auth.user = user;
  answers(401, 401);
  await expect(joinNotebook(id, 'secret')).rejects.toMatchObject({
    code: 'unauthenticated',
    isSignedOut: helps,
  });
  expect(signedOut).not.toHaveBeenCalled();
});

test('whoever has signed out meanwhile is to sign in', async () => {
  answers(401);
  fetched.mockImplementationOnce(async () => {
    throw new Error('sent without a token');
  });
  const asked = listNotebooks();
  auth.user = null;
  await expect(asked).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(sent()).toEqual(['Bearer u1-0']);
  expect(signedOut).toHaveBeenCalledOnce();
});

test('without a word from Clerk nothing is sent, and the message names it', async () => {
  auth.reachable = false;
  await expect(listNotebooks()).rejects.toMatchObject({
    code: 'unavailable',
    detail: 'Clerk is away.',
  });
  expect(fetched).not.toHaveBeenCalled();
});
