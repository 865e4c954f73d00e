import {
  Account,
  ChangePassword,
  Problem,
  SignedInBrowser,
  SignInId,
  UpdateAccount,
} from '@rnb/protocol';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { LocalAccounts } from '../../auth/local-accounts.ts';
import type { AccountStore } from '../../store/account-store.ts';
import type { PeopleStore } from '../../store/people-store.ts';
import { principalOf } from '../access.ts';
import type { TypedApp } from '../app.ts';
import type { Audit } from '../audit.ts';
import { browserOf } from '../browser.ts';
import { faultyField, Refusal } from '../problem.ts';
import type { RateLimits } from '../rate-limits.ts';

const SessionParams = z.object({ sessionId: SignInId });

/** One's own local account: who one is, the password, and where one is signed in. */
export function ownAccountRoutes(
  app: TypedApp,
  deps: {
    accounts: LocalAccounts;
    accountStore: AccountStore;
    people: Pick<PeopleStore, 'find'>;
    audit: Audit;
    limits: RateLimits;
  },
): void {
  const { accounts, accountStore, people, audit, limits } = deps;

  app.get(
    '/api/account',
    {
      config: { access: { account: 'manage' } },
      schema: { summary: 'The account of the caller', response: { 200: Account } },
    },
    (request) => accountOf(principalOf(request).userId),
  );

  app.patch(
    '/api/account',
    {
      // It tells whether there is an account with an address.
      config: { access: { account: 'manage' }, limited: 'invites' },
      schema: {
        summary: 'Change one’s name or address',
        description:
          'A new address is not proven: what is shared with it reaches nobody until it is.',
        body: UpdateAccount,
        response: { 200: Account, 422: Problem },
      },
    },
    async (request) => {
      const { userId } = principalOf(request);
      const { name, email } = request.body;
      await limits.passwords.take(userId);
      const fault = await accounts.update(userId, request.body);
      if (fault?.field !== 'currentPassword') await limits.passwords.giveBack(userId);
      if (fault) throw faultyField(fault);
      const changed = [name === undefined ? '' : 'name', email === undefined ? '' : 'address'];
      const detail = changed.filter(Boolean).join(' and ');
      if (detail !== '') audit(request, 'account_changed', { detail });
      return accountOf(userId);
    },
  );

  app.post(
    '/api/account/password',
    {
      config: { access: { account: 'manage' } },
      schema: {
        summary: 'Change one’s password, or set the first; everything else signed in is signed out',
        body: ChangePassword,
        response: { 204: z.null(), 422: Problem, 429: Problem },
      },
    },
    async (request, reply) => {
      const { userId, signInId } = principalOf(request);
      await limits.passwords.take(userId);
      const browser = signInId === null ? null : browserOf(request);
      const changed = await accounts.changePassword(userId, request.body, browser);
      if ('refused' in changed) {
        if (changed.refused.field !== 'currentPassword') await limits.passwords.giveBack(userId);
        throw faultyField(changed.refused);
      }
      await limits.passwords.giveBack(userId);
      for (const cookie of changed.cookies) reply.header('set-cookie', cookie);
      audit(request, 'password_changed');
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/account/sessions',
    {
      config: { access: { account: 'manage' } },
      schema: {
        summary: 'Browsers in which the caller is signed in',
        response: { 200: z.array(SignedInBrowser) },
      },
    },
    async (request) => {
      const own = sessionOf(request);
      const sessions = await accountStore.sessions(principalOf(request).userId);
      return sessions.map(({ createdAt, lastSeenAt, ...session }) => ({
        ...session,
        isThisOne: session.id === own,
        since: createdAt.toISOString(),
        lastSeenAt: lastSeenAt.toISOString(),
      }));
    },
  );

  app.delete(
    '/api/account/sessions/:sessionId',
    {
      config: { access: { account: 'manage' } },
      schema: {
        summary: 'Sign out a browser; what it has open is closed',
        params: SessionParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      if (!(await accountStore.endSession(userId, request.params.sessionId))) {
        throw new Refusal('not_found', 'You are not signed in there any more.');
      }
      audit(request, 'sign_ins_ended', { detail: 'another browser' });
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/account/sign-out-others',
    {
      config: { access: { account: 'manage' } },
      schema: {
        summary: 'Sign out everywhere but here',
        response: { 200: z.object({ ended: z.number().int() }) },
      },
    },
    async (request) => {
      const { userId } = principalOf(request);
      const ended = await accountStore.endSessions(userId, sessionOf(request));
      audit(request, 'sign_ins_ended', { detail: `all other browsers: ${ended}` });
      return { ended };
    },
  );

  async function accountOf(userId: string): Promise<Account> {
    const person = await people.find(userId);
    if (!person) throw new Refusal('not_found', 'There is no such account.');
    const { id, name, email, emailVerified } = person;
    return { id, name, email, emailVerified, hasPassword: await accounts.hasPassword(userId) };
  }
}

function sessionOf(request: FastifyRequest): string | null {
  return /^session:(.+)$/.exec(principalOf(request).signInId ?? '')?.[1] ?? null;
}
