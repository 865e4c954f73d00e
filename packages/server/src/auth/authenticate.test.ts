import { expect, test } from 'vitest';
import { createAuthenticator } from './authenticate.ts';
import type { Principal } from './principal.ts';

const from = { host: 'localhost', address: '192.0.2.1' };

const owner: Principal = {
  userId: 'owner',
  name: 'Owner',
  email: null,
  emailVerified: true,
  via: 'token',
  means: 'RNB_TOKEN',
  scope: 'full',
  isAdministrator: true,
  signInId: null,
  expiresAt: null,
};

/** Somebody has the API token `rnb_ours`; the operator chose `chosen` as `RNB_TOKEN`. */
function authenticatorWith(chosen: string) {
  return createAuthenticator({
    tokens: {
      exists: async () => true,
      use: async (token) =>
        token === 'rnb_ours'
          ? {
              id: 't1',
              name: 'ci',
              scope: 'read',
              expiresAt: new Date(8e12),
              person: { id: 'ann', name: 'Ann', email: null, emailVerified: false },
            }
          : null,
    },
    signIn: {
      principalOfCookie: async () => null,
      principalOfToken: async (token) => (token === chosen ? owner : null),
      holds: async () => true,
    },
  });
}

test.each([
  ['rnb_ours', 'rnb_chosen_by_the_operator', 'ann'],
  ['rnb_chosen_by_the_operator', 'rnb_chosen_by_the_operator', 'owner'],
  ['anything else', 'anything else', 'owner'],
  ['rnb_of_nobody', 'rnb_chosen_by_the_operator', null],
  ['of nobody', 'rnb_chosen_by_the_operator', null],
])('the token %s, where RNB_TOKEN is %s, is of %s', async (token, chosen, user) => {
  const principal = await authenticatorWith(chosen).authenticateToken(token, from);
  expect(principal?.userId ?? null).toBe(user);
});
