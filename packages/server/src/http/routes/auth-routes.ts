import { InvitationQuery, InvitationTerms, PasswordSignIn, Problem, SignUp } from '@rnb/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { LocalAccounts, SignedIn, SignUpRefusal } from '../../auth/local-accounts.ts';
import { networkOf } from '../../auth/network.ts';
import { isOwnOrigin } from '../../auth/origin.ts';
import type { Config } from '../../config.ts';
import type { InvitationStore } from '../../store/invitation-store.ts';
import { requireOwnPage } from '../access.ts';
import type { TypedApp } from '../app.ts';
import type { Audit } from '../audit.ts';
import { browserOf } from '../browser.ts';
import { faultyField, Refusal } from '../problem.ts';
import type { RateLimits } from '../rate-limits.ts';

const LinkBody = z.strictObject({ token: z.string().min(1).max(512) });
const Done = z.object({ ok: z.literal(true) });
const refusals = { 401: Problem, 403: Problem, 429: Problem };

/** Of an address that somebody tried to sign in with, as the audit trail has it. */
const maxToldLength = 100;

/** Signing in, up and out, with local accounts. Whoever comes here is nobody yet. */
export function authRoutes(
  app: TypedApp,
  deps: {
    config: Pick<Config, 'host' | 'allowedOrigins'>;
    accounts: LocalAccounts;
    invitations: Pick<InvitationStore, 'find'>;
    audit: Audit;
    limits: RateLimits;
  },
): void {
  const { accounts, invitations, audit, limits } = deps;

  app.post(
    '/api/auth/link',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Sign in with a one-time link of the server or its administrator',
        body: LinkBody,
        response: { 200: Done, ...refusals },
      },
    },
    async (request, reply) => {
      refuseStrangers(request, deps.config);
      const network = networkOf(request.ip);
      await limits.secretTries.take(network);
      const signedIn = await accounts.signInByLink(request.body.token, browserOf(request));
      if (signedIn === null) {
        audit(request, 'sign_in_failed', { detail: 'by a link that does not work' });
        throw new Refusal(
          'unauthenticated',
          'This sign-in is not valid, or was used already. Every start of the server prints a new link.',
        );
      }
      await limits.secretTries.giveBack(network);
      return answer(request, reply, signedIn, 'by a link');
    },
  );

  app.post(
    '/api/auth/sign-in/email',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Sign in with an address and a password',
        body: PasswordSignIn,
        response: { 200: Done, ...refusals },
      },
    },
    async (request, reply) => {
      refuseStrangers(request, deps.config);
      const { email } = request.body;
      const network = networkOf(request.ip);
      const account = `${network} ${email.toLowerCase()}`;
      // Before anything is looked up, so that the answer is the same whether there is such an account.
      await limits.networkTries.take(network);
      await limits.accountTries.take(account);
      const signedIn = await accounts.signIn(request.body, browserOf(request));
      // In both cases, so that a right address takes no longer than a wrong one.
      const person = await accounts.personOf(email);
      if (signedIn === null) {
        const detail = `as ${email.slice(0, maxToldLength)}`;
        audit(request, 'sign_in_failed', { detail, ...(person && { about: person.id }) });
        throw new Refusal(
          'unauthenticated',
          'The email address or the password is wrong. Passwords tell capital letters from small ones.',
        );
      }
      await limits.networkTries.giveBack(network);
      await limits.accountTries.giveBack(account);
      return answer(request, reply, signedIn, 'by password');
    },
  );

  app.post(
    '/api/auth/sign-up/email',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Make an account and sign in with it',
        description:
          'By whom is a setting of the server (`SIGN_UP`): by anybody, by whoever has an invitation, or by nobody.',
        body: SignUp,
        response: { 200: Done, ...refusals, 422: Problem },
      },
    },
    async (request, reply) => {
      refuseStrangers(request, deps.config);
      await limits.signUps.take(networkOf(request.ip));
      const signedUp = await accounts.signUp(request.body, browserOf(request));
      if ('refused' in signedUp) throw refusedSignUp(signedUp.refused);
      const detail =
        request.body.invitation === undefined ? 'without an invitation' : 'by invitation';
      const { person, takenFrom } = signedUp;
      audit(request, 'signed_up', { detail, by: person });
      if (takenFrom !== null) {
        audit(request, 'address_taken', {
          detail: person.email ?? '',
          by: person,
          about: takenFrom,
        });
      }
      for (const cookie of signedUp.cookies) reply.header('set-cookie', cookie);
      return { ok: true as const };
    },
  );

  app.post(
    '/api/auth/invitation',
    {
      config: { access: 'public' },
      schema: {
        summary: 'What an invitation is good for',
        body: InvitationQuery,
        response: { 200: InvitationTerms, ...refusals },
      },
    },
    async (request) => {
      const network = networkOf(request.ip);
      await limits.secretTries.take(network);
      const found =
        accounts.signUpPolicy === 'closed' ? null : await invitations.find(request.body.token);
      if (!found) throw refusedSignUp('not_invited');
      await limits.secretTries.giveBack(network);
      return { email: found.email, expiresAt: found.expiresAt.toISOString() };
    },
  );

  app.post(
    '/api/auth/sign-out',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Sign out in this browser; what it has open is closed',
        response: { 200: Done },
      },
    },
    async (request, reply) => {
      requireOwnPage(request, deps.config);
      const { cookie } = request.headers;
      if (cookie === undefined) return { ok: true as const };
      request.principal = await accounts.principalOfCookie(cookie);
      for (const gone of await accounts.signOut(cookie)) reply.header('set-cookie', gone);
      if (request.principal) audit(request, 'signed_out');
      return { ok: true as const };
    },
  );

  function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    signedIn: SignedIn | 'blocked',
    detail: string,
  ): { ok: true } {
    if (signedIn === 'blocked') {
      throw new Refusal(
        'forbidden',
        'This account is blocked. Ask the administrator of this server to let you in again.',
      );
    }
    for (const cookie of signedIn.cookies) reply.header('set-cookie', cookie);
    audit(request, 'signed_in', { detail, by: signedIn.person });
    return { ok: true };
  }
}

/**
 * Another site's page must sign nobody in, as whoever its maker likes: what is written then would be theirs. Programs,
 * which have no origin, may.
 */
function refuseStrangers(
  { headers }: FastifyRequest,
  config: Pick<Config, 'host' | 'allowedOrigins'>,
): void {
  const { origin, host, 'sec-fetch-site': site } = headers;
  const own = origin === undefined || isOwnOrigin(origin, host, config);
  if (own && (site === undefined || site === 'same-origin' || origin !== undefined)) return;
  throw new Refusal('forbidden', 'Sign in on the page of this server.');
}

function refusedSignUp(refused: SignUpRefusal): Refusal {
  switch (refused) {
    case 'closed':
      return new Refusal(
        'forbidden',
        'This server takes no new accounts. Ask its administrator for one.',
      );
    case 'not_invited':
      return new Refusal(
        'forbidden',
        'This invitation does not work: it was used, has expired, or is not whole. Ask the administrator for a new one.',
      );
    default:
      return faultyField(refused);
  }
}
