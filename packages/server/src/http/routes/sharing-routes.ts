import {
  AuditPage,
  AuditQuery,
  ChangeMember,
  CreateShareLink,
  InviteMember,
  JoinNotebook,
  Member,
  MemberId,
  NotebookId,
  NotebookSummary,
  ShareLink,
  ShareLinkId,
  Sharing,
  TransferNotebook,
  UserId,
} from '@rnb/protocol';
import { z } from 'zod';
import type { LinkSecrets } from '../../auth/link-secret.ts';
import { nameOf } from '../../auth/person-name.ts';
import type { AuditLog } from '../../store/audit-log.ts';
import type { Notices } from '../../store/notices.ts';
import type { PeopleStore } from '../../store/people-store.ts';
import type { LinkRecord, MemberRecord, SharingStore } from '../../store/sharing-store.ts';
import { noAccess, principalOf, roleOf } from '../access.ts';
import type { TypedApp } from '../app.ts';
import { type Audit, auditPage } from '../audit.ts';
import { Refusal } from '../problem.ts';
import { NotebookParams, summarize } from './notebook-routes.ts';

const MemberParams = z.object({ id: NotebookId, memberId: MemberId });
const PersonParams = z.object({ id: NotebookId, personId: UserId });
const LinkParams = z.object({ id: NotebookId, linkId: ShareLinkId });
const dayMs = 24 * 60 * 60 * 1000;
/** Members and links of one notebook. */
const maxGrants = 500;

export interface SharingDeps {
  sharing: SharingStore;
  people: Pick<PeopleStore, 'find' | 'findByEmail'>;
  notices: Pick<Notices, 'publish'>;
  links: LinkSecrets;
  audit: Audit;
  auditLog: Pick<AuditLog, 'list'>;
}

/** Who else has a notebook. Every change counts at once, for what is open too. */
export function sharingRoutes(app: TypedApp, deps: SharingDeps): void {
  const { sharing, people, notices, links, audit } = deps;
  /**
   * Told in any case, also where nothing was found to change: it may have been done by an attempt whose answer was
   * lost (store/retry).
   */
  const changed = (notebook: string) => notices.publish({ type: 'access_changed', notebook });

  app.get(
    '/api/notebooks/:id/sharing',
    {
      config: { access: { notebook: 'own' } },
      schema: {
        summary: 'Who has the notebook, and by which links one can get it',
        params: NotebookParams,
        response: { 200: Sharing },
      },
    },
    async (request) => {
      const { id } = request.params;
      const [owner, members, open] = await Promise.all([
        sharing.owner(id),
        sharing.members(id),
        sharing.links(id),
      ]);
      if (!owner) throw noAccess();
      return { owner, members: members.map(tellMember), links: open.map(tellLink) };
    },
  );

  app.post(
    '/api/notebooks/:id/members',
    {
      config: { access: { notebook: 'own' }, limited: 'invites' },
      schema: {
        summary: 'Share the notebook with somebody, or give a member another role',
        description:
          'By `email`, which may be of somebody who has not signed in yet, or by `userId`. Whoever proves to have the address finds the notebook in their list.',
        params: NotebookParams,
        body: InviteMember,
        response: { 201: Member },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { email, userId, role, mayUseConnections } = request.body;
      const person =
        userId !== undefined
          ? await people.find(userId)
          : email !== undefined
            ? await people.findByEmail(email)
            : null;
      if (userId !== undefined && !person) {
        throw new Refusal('invalid', 'Nobody with this user id has signed in here.', {
          faults: [{ path: 'body.userId', message: 'nobody with this user id has signed in here' }],
        });
      }
      const ownerId = principalOf(request).userId;
      if (person?.id === ownerId) {
        throw new Refusal('conflict', 'Whoever owns the notebook has it already.');
      }
      const before = await sharing.members(id);
      const isMember = before.some(({ person: one, invited }) =>
        one ? one.id === person?.id : invited === email,
      );
      if (!isMember && before.length >= maxGrants) {
        throw new Refusal('conflict', `A notebook has at most ${maxGrants} members.`);
      }
      const who = { userId: person?.id ?? null, email: email ?? null };
      const memberId = await sharing.addMember(id, ownerId, who, { role, mayUseConnections });
      changed(id);
      const member = await memberOf(id, memberId);
      const detail = `${nameOfMember(member)} as ${role}`;
      audit(request, isMember ? 'member_changed' : 'member_added', { notebook: id, detail });
      return reply.code(201).send(member);
    },
  );

  app.patch(
    '/api/notebooks/:id/members/:memberId',
    {
      config: { access: { notebook: 'own' } },
      schema: {
        summary: 'Give a member another role, or the use of connections',
        params: MemberParams,
        body: ChangeMember,
        response: { 200: Member },
      },
    },
    async (request) => {
      const { id, memberId } = request.params;
      const { role, mayUseConnections } = request.body;
      const terms = {
        ...(role !== undefined && { role }),
        ...(mayUseConnections !== undefined && { mayUseConnections }),
      };
      const { userId } = principalOf(request);
      if (!(await sharing.changeMember(id, userId, memberId, terms))) throw noMember();
      changed(id);
      const member = await memberOf(id, memberId);
      const detail = `${nameOfMember(member)} is ${member.role}${member.mayUseConnections ? ' and may use connections' : ''}`;
      audit(request, 'member_changed', { notebook: id, detail });
      return member;
    },
  );

  app.delete(
    '/api/notebooks/:id/members/:memberId',
    {
      config: { access: { notebook: 'own' } },
      schema: {
        summary: 'Take the notebook from a member',
        description: 'What links gave them as well, as with somebody who came by a link alone.',
        params: MemberParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id, memberId } = request.params;
      const member = await memberOf(id, memberId);
      const { userId } = principalOf(request);
      const isRemoved = await sharing.removeMember(id, userId, memberId);
      changed(id);
      if (!isRemoved) throw noMember();
      audit(request, 'member_removed', { notebook: id, detail: nameOfMember(member) });
      return reply.code(204).send(null);
    },
  );

  app.delete(
    '/api/notebooks/:id/people/:personId',
    {
      config: { access: { notebook: 'own' } },
      schema: {
        summary: 'Take the notebook from somebody, by whichever way they have it',
        description:
          'None of the links that there are lets them in again; one that is made later does, and so does an invitation.',
        params: PersonParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id, personId } = request.params;
      const person = await people.find(personId);
      const isOut = await sharing.putOut(id, principalOf(request).userId, personId);
      changed(id);
      if (!isOut) throw new Refusal('not_found', 'They do not have this notebook.');
      audit(request, 'member_removed', { notebook: id, detail: person?.name ?? '' });
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/notebooks/:id/leave',
    {
      config: { access: { notebook: 'leave' } },
      schema: {
        summary: 'Give up what the caller has of a notebook of somebody else',
        params: NotebookParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (roleOf(request) === 'owner') {
        throw new Refusal('conflict', 'The notebook is yours: give it to somebody, or delete it.');
      }
      await sharing.leave(id, principalOf(request).userId);
      changed(id);
      audit(request, 'member_left', { notebook: id });
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/notebooks/:id/links',
    {
      config: { access: { notebook: 'own' } },
      schema: {
        summary: 'Make a link that gives the notebook to whoever signs in with it',
        params: NotebookParams,
        body: CreateShareLink,
        response: { 201: ShareLink },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { role, mayUseConnections, expiresInDays } = request.body;
      if ((await sharing.links(id)).length >= maxGrants) {
        throw new Refusal('conflict', `A notebook has at most ${maxGrants} links: revoke some.`);
      }
      const expiresAt =
        expiresInDays === null ? null : new Date(Date.now() + expiresInDays * dayMs);
      const terms = { role, mayUseConnections, expiresAt };
      const link = await sharing.createLink(id, principalOf(request).userId, terms);
      const until =
        expiresAt === null
          ? 'until revoked'
          : `until ${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
      audit(request, 'link_created', { notebook: id, detail: `as ${role}, ${until}` });
      return reply.code(201).send(tellLink(link));
    },
  );

  app.delete(
    '/api/notebooks/:id/links/:linkId',
    {
      config: { access: { notebook: 'own' } },
      schema: {
        summary: 'Revoke a link; whoever has the notebook by it alone has it no longer',
        params: LinkParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id, linkId } = request.params;
      const role = await sharing.revokeLink(id, principalOf(request).userId, linkId);
      changed(id);
      if (role === null) {
        throw new Refusal('not_found', 'This notebook has no such link, or it was revoked.');
      }
      audit(request, 'link_revoked', { notebook: id, detail: `as ${role}` });
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/notebooks/:id/join',
    {
      // Whoever joins has nothing of the notebook yet.
      config: { access: { account: 'edit' } },
      schema: {
        summary: 'Get a notebook by the secret of a link',
        params: NotebookParams,
        body: JoinNotebook,
        response: { 200: NotebookSummary },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { userId } = principalOf(request);
      const before = await sharing.find(id, userId);
      const link = links.linkOf(request.body.secret);
      const joined = link !== null && (await sharing.join(id, link, userId));
      // Whoever has the notebook gets it by a dead link too: it is where the link leads.
      const found = joined ? await sharing.find(id, userId) : before;
      if (!found?.grant || found.deleted) {
        throw new Refusal(
          'forbidden',
          'This link does not open the notebook: it has expired, was revoked, or is not whole. Ask whoever sent it for a new one.',
        );
      }
      if (found.grant.role !== before?.grant?.role) {
        changed(id);
        audit(request, 'link_joined', { notebook: id, detail: `as ${found.grant.role}` });
      }
      return summarize(found, found.grant.role);
    },
  );

  app.post(
    '/api/notebooks/:id/transfer',
    {
      config: { access: { notebook: 'own' } },
      schema: {
        summary: 'Give the notebook to one of its members; the caller stays as an editor',
        description: 'Its links end, for the caller knows their secrets.',
        params: NotebookParams,
        body: TransferNotebook,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { to } = request.body;
      const members = await sharing.members(id);
      const heir = members.find(({ person }) => person?.id === to)?.person;
      if (!heir) throw noHeir();
      const outcome = await sharing.transfer(id, principalOf(request).userId, to);
      changed(id);
      if (outcome === 'not_owner') {
        throw new Refusal('conflict', 'The notebook has another owner by now.');
      }
      if (outcome === 'not_member') throw noHeir();
      audit(request, 'notebook_transferred', { notebook: id, detail: `to ${nameOf(heir)}` });
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/notebooks/:id/audit',
    {
      config: { access: { notebook: 'own' } },
      schema: {
        summary: 'Who did what to the notebook, the latest first',
        params: NotebookParams,
        querystring: AuditQuery,
        response: { 200: AuditPage },
      },
    },
    async (request) =>
      auditPage(
        await deps.auditLog.list({ notebook: request.params.id }, request.query),
        request.query.limit,
      ),
  );

  async function memberOf(notebook: string, id: string): Promise<Member> {
    const member = (await sharing.members(notebook)).find((one) => one.id === id);
    if (!member) throw noMember();
    return tellMember(member);
  }

  function tellLink({ createdAt, expiresAt, ...link }: LinkRecord): ShareLink {
    return {
      ...link,
      secret: links.secretOf(link.id),
      createdAt: createdAt.toISOString(),
      expiresAt: expiresAt?.toISOString() ?? null,
    };
  }
}

function tellMember({ createdAt, ...member }: MemberRecord): Member {
  return { ...member, createdAt: createdAt.toISOString() };
}

function nameOfMember({ person, invited }: Member): string {
  return person ? nameOf(person) : (invited ?? '');
}

function noHeir(): Refusal {
  return new Refusal('invalid', 'Only a member who has signed in can become the owner.', {
    faults: [{ path: 'body.to', message: 'not a member of this notebook' }],
  });
}

function noMember(): Refusal {
  return new Refusal('not_found', 'This notebook has no such member.');
}
