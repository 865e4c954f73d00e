import {
  CreatedInvitation,
  CreateInvitation,
  Invitation,
  InvitationId,
  PasswordLink,
  PersonRecord,
  UpdatePerson,
  UserId,
} from '@rnb/protocol';
import { z } from 'zod';
import type { LocalAccounts } from '../../auth/local-accounts.ts';
import type { AccountRecord, AccountStore } from '../../store/account-store.ts';
import {
  type InvitationRecord,
  type InvitationStore,
  maxInvitations,
} from '../../store/invitation-store.ts';
import { principalOf } from '../access.ts';
import type { TypedApp } from '../app.ts';
import type { Audit } from '../audit.ts';
import { Refusal } from '../problem.ts';

const PersonParams = z.object({ personId: UserId });
const InvitationParams = z.object({ invitationId: InvitationId });

/** What the administrator does with the accounts of others. They see nobody's notebooks. */
export function peopleRoutes(
  app: TypedApp,
  deps: {
    accounts: Pick<LocalAccounts, 'signUpPolicy' | 'passwordLink'>;
    accountStore: AccountStore;
    invitations: InvitationStore;
    audit: Audit;
  },
): void {
  const { accounts, accountStore, invitations, audit } = deps;

  app.get(
    '/api/people',
    {
      config: { access: { account: 'administer' } },
      schema: { summary: 'Who has an account', response: { 200: z.array(PersonRecord) } },
    },
    async () => (await accountStore.list()).map(tellPerson),
  );

  app.patch(
    '/api/people/:personId',
    {
      config: { access: { account: 'administer' } },
      schema: {
        summary: 'Block somebody, or let them in again',
        description:
          'Whoever is blocked is signed out at once, and no API token of theirs counts. Their notebooks stay, also for those with whom they are shared.',
        params: PersonParams,
        body: UpdatePerson,
        response: { 200: PersonRecord },
      },
    },
    async (request) => {
      const { personId } = request.params;
      const { isBlocked } = request.body;
      if (personId === principalOf(request).userId) {
        throw new Refusal('conflict', 'You cannot block yourself: nobody could let you in again.');
      }
      if (!(await accountStore.find(personId))) throw nobody();
      await accountStore.setBlocked(personId, isBlocked);
      const person = await accountStore.find(personId);
      if (!person) throw nobody();
      audit(request, isBlocked ? 'person_blocked' : 'person_unblocked', {
        detail: toldPerson(person),
        about: personId,
      });
      return tellPerson(person);
    },
  );

  app.post(
    '/api/people/:personId/password-link',
    {
      config: { access: { account: 'administer' } },
      schema: {
        summary: 'Let somebody who forgot their password set a new one',
        description:
          'Takes their password away, signs them out everywhere, and answers with the token of a link that signs them in once, within a day.',
        params: PersonParams,
        response: { 201: PasswordLink },
      },
    },
    async (request, reply) => {
      const { personId } = request.params;
      if (personId === principalOf(request).userId) {
        throw new Refusal(
          'conflict',
          'You come in by the link that the next start prints; then set a new password under Account.',
        );
      }
      const person = await accountStore.find(personId);
      const link = person && (await accounts.passwordLink(personId));
      if (!person || !link) throw nobody();
      audit(request, 'password_reset', { detail: toldPerson(person), about: personId });
      const { token, expiresAt } = link;
      return reply.code(201).send({ token, expiresAt: expiresAt.toISOString() });
    },
  );

  app.get(
    '/api/people/invitations',
    {
      config: { access: { account: 'administer' } },
      schema: {
        summary: 'Invitations that can still be used',
        response: { 200: z.array(Invitation) },
      },
    },
    async () => (await invitations.list()).map(tellInvitation),
  );

  app.post(
    '/api/people/invitations',
    {
      config: { access: { account: 'administer' } },
      schema: {
        summary: 'Invite somebody to make an account; only this answer ever has the token',
        description:
          'An invitation works once, for seven days. One that names an address is for that address alone, and whoever uses it counts as having proven it: send it there.',
        body: CreateInvitation,
        response: { 201: CreatedInvitation },
      },
    },
    async (request, reply) => {
      if (accounts.signUpPolicy === 'closed') {
        throw new Refusal(
          'conflict',
          'This server takes no new accounts. To invite people, set SIGN_UP to invite and start it again.',
        );
      }
      const { email } = request.body;
      const made = await invitations.create(email);
      if (!made) {
        throw new Refusal(
          'conflict',
          `There are ${maxInvitations} invitations already: revoke some first.`,
        );
      }
      audit(request, 'invitation_created', { detail: toldOf(made.record) });
      return reply.code(201).send({ ...tellInvitation(made.record), token: made.token });
    },
  );

  app.delete(
    '/api/people/invitations/:invitationId',
    {
      config: { access: { account: 'administer' } },
      schema: {
        summary: 'Revoke an invitation',
        params: InvitationParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { invitationId } = request.params;
      const known = (await invitations.list()).find(({ id }) => id === invitationId);
      if (!(await invitations.revoke(invitationId))) {
        throw new Refusal('not_found', 'There is no such invitation, or it was used.');
      }
      audit(request, 'invitation_revoked', { detail: known ? toldOf(known) : '' });
      return reply.code(204).send(null);
    },
  );
}

function tellPerson({ createdAt, lastSeenAt, ...person }: AccountRecord): PersonRecord {
  return {
    ...person,
    createdAt: createdAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
  };
}

function tellInvitation({ id, email, createdAt, expiresAt }: InvitationRecord): Invitation {
  return {
    id,
    email,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}

function toldOf({ id, email }: InvitationRecord): string {
  return email ?? `whoever has the link (${id.slice(0, 6)})`;
}

/** For the administrator, who has to tell accounts of one name apart. */
function toldPerson({ name, email, emailVerified }: AccountRecord): string {
  return `${name} (${email}${emailVerified ? '' : ', not proven'})`;
}

function nobody(): Refusal {
  return new Refusal('not_found', 'Nobody here has this id.');
}
