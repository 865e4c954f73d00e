import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SignInUnreachable } from './auth.ts';
import { type Clerk, clerkAuth } from './clerk-auth.ts';

type Listener = Parameters<Clerk['addListener']>[0];

/** Clerk's object as far as it is used. */
class FakeClerk implements Clerk {
  readonly getToken = vi.fn<(options?: { skipCache?: boolean }) => Promise<string | null>>();
  session: Clerk['session'] = { getToken: this.getToken };
  user: { id: string } | null | undefined = { id: 'u1' };
  client: { lastActiveSessionId: string | null; reload(): Promise<unknown> } = {
    lastActiveSessionId: null,
    reload: async () => undefined,
  };
  readonly setActive = vi.fn(async () => {
    this.session = { getToken: async () => 'from another tab' };
  });
  readonly signOut = vi.fn(async () => undefined);
  readonly redirectToSignIn = vi.fn(async () => undefined);
  readonly listeners = new Set<Listener>();

  addListener(listener: Listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(user: { id: string } | null | undefined) {
    this.user = user;
    for (const listener of this.listeners) listener({ user });
  }
}

let clerk: FakeClerk;
beforeEach(() => {
  vi.useFakeTimers();
  clerk = new FakeClerk();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a fresh token is one that Clerk has not given before', async () => {
  clerk.getToken.mockResolvedValue('token');
  const auth = clerkAuth(clerk);
  expect(await auth.getToken()).toBe('token');
  await auth.getToken({ fresh: true });
  expect(clerk.getToken.mock.calls).toEqual([[{ skipCache: false }], [{ skipCache: true }]]);
});

test('Clerk being away is another thing than being signed out', async () => {
  clerk.getToken.mockRejectedValue(new Error('network'));
  await expect(clerkAuth(clerk).getToken()).rejects.toBeInstanceOf(SignInUnreachable);
  clerk.getToken.mockImplementation(async () => {
    clerk.session = null;
    throw new Error('session is over');
  });
  expect(await clerkAuth(clerk).getToken({ fresh: true })).toBeNull();
});

test('nobody waits for minutes', async () => {
  clerk.getToken.mockReturnValue(new Promise(() => undefined));
  const asked = expect(clerkAuth(clerk).getToken()).rejects.toBeInstanceOf(SignInUnreachable);
  await vi.advanceTimersByTimeAsync(10_000);
  await asked;
});

test('who has signed in in another tab is found when it matters', async () => {
  clerk.session = null;
  expect(await clerkAuth(clerk).getToken()).toBeNull();
  expect(await clerkAuth(clerk).getToken({ fresh: true })).toBeNull();
  clerk.client.lastActiveSessionId = 'sess_1';
  expect(await clerkAuth(clerk).getToken({ fresh: true })).toBe('from another tab');
  expect(clerk.setActive).toHaveBeenCalledWith({ session: 'sess_1' });
});

test.each([
  ['the page itself', 'https://notebooks.example.org/notebooks/n1?x=1', '/notebooks/n1?x=1'],
  [
    'C20: another site in the path',
    'https://notebooks.example.org//evil.example/',
    '//evil.example/',
  ],
  [
    'C20: another site in the query',
    'https://notebooks.example.org/?redirect_url=https://evil.example',
    '/?redirect_url=https://evil.example',
  ],
  [
    'no fragment, which may be a secret',
    'https://notebooks.example.org/notebooks/n1#join=s',
    '/notebooks/n1',
  ],
])('whoever signs in comes back to %s', (_, address, path) => {
  vi.stubGlobal('location', new URL(address));
  void clerkAuth(clerk).signIn();
  expect(clerk.redirectToSignIn).toHaveBeenCalledWith({
    redirectUrl: `https://notebooks.example.org${path}`,
  });
});

test('a change of the person is told once, and not while Clerk is between two', () => {
  const listener = vi.fn();
  const stop = clerkAuth(clerk).onChange(listener);
  clerk.tell({ id: 'u1' });
  clerk.tell(undefined);
  clerk.tell({ id: 'u1' });
  expect(listener).not.toHaveBeenCalled();
  clerk.tell(undefined);
  clerk.tell(null);
  clerk.tell(null);
  clerk.tell({ id: 'u2' });
  expect(listener.mock.calls).toEqual([[null], ['u2']]);
  stop();
  clerk.tell(null);
  expect(listener).toHaveBeenCalledTimes(2);
});

test('B12: whoever cannot be taken to Clerk is told so', async () => {
  vi.stubGlobal('location', new URL('https://notebooks.example.org/'));
  clerk.redirectToSignIn.mockRejectedValue(new Error('network'));
  await expect(clerkAuth(clerk).signIn()).rejects.toBeInstanceOf(SignInUnreachable);
});

test('a sign-in with Clerk is ended there', async () => {
  await clerkAuth(clerk).signOut?.();
  expect(clerk.signOut).toHaveBeenCalledOnce();
});
