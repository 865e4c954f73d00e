import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FoundNotebook } from '../store/sharing-store.ts';
import { LastingAccess, type Lost } from './lasting-access.ts';
import type { Principal } from './principal.ts';

const principal: Principal = {
  userId: 'u',
  name: 'Ann',
  email: null,
  emailVerified: false,
  via: 'session',
  means: 'page',
  scope: 'full',
  isAdministrator: false,
  signInId: 'session:s',
  expiresAt: null,
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Somebody who has a notebook by a link alone, which lasts five seconds. */
async function byLink(who: Principal) {
  const until = new Date(Date.now() + 5_000);
  const told: (Lost | null)[] = [];
  const access = new LastingAccess(
    who,
    { notebook: 'n', action: 'view' },
    {
      authenticator: { holds: async () => true },
      sharing: {
        async find() {
          const isLive = Date.now() < until.getTime();
          const grant = isLive ? { role: 'viewer', mayUseConnections: false, until } : null;
          return { grant, deleted: false } as FoundNotebook;
        },
      },
      notices: { subscribe: () => () => true },
      log: { warn: () => {} },
    },
  );
  expect(await access.look()).toBeNull();
  access.watch((lost) => void told.push(lost));
  return { access, told };
}

test('it ends in time with the link by which somebody came', async () => {
  const { access, told } = await byLink(principal);
  await vi.advanceTimersByTimeAsync(4_900);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(told).toEqual(['forbidden']);
  access.stop();
});

test('C4: it ends in time with the sign-in, be it the first to end', async () => {
  const { access, told } = await byLink({ ...principal, expiresAt: Date.now() - 12_000 });
  await vi.advanceTimersByTimeAsync(2_900);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(told).toEqual(['expired']);
  access.stop();
});

test('what was stopped looks no more', async () => {
  const { access, told } = await byLink(principal);
  access.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
});
