import {
  ApiToken,
  AuditPage,
  AuditQuery,
  CreateApiToken,
  CreatedApiToken,
  TokenId,
} from '@rnb/protocol';
import { z } from 'zod';
import type { AuditLog } from '../../store/audit-log.ts';
import type { Notices } from '../../store/notices.ts';
import { maxTokensPerPerson, type TokenRecord, type TokenStore } from '../../store/token-store.ts';
import { principalOf } from '../access.ts';
import type { TypedApp } from '../app.ts';
import { type Audit, auditPage } from '../audit.ts';
import { Refusal } from '../problem.ts';

const TokenParams = z.object({ tokenId: TokenId });
const dayMs = 24 * 60 * 60 * 1000;

/** What somebody has beside notebooks: API tokens, and the trail of their sign-ins. No token may come here. */
export function accountRoutes(
  app: TypedApp,
  deps: {
    tokens: TokenStore;
    notices: Pick<Notices, 'publish'>;
    audit: Audit;
    auditLog: Pick<AuditLog, 'list'>;
  },
): void {
  const { tokens, notices, audit, auditLog } = deps;

  app.get(
    '/api/tokens',
    {
      config: { access: { account: 'manage' } },
      schema: { summary: 'The API tokens of the caller', response: { 200: z.array(ApiToken) } },
    },
    async (request) => (await tokens.list(principalOf(request).userId)).map(tellToken),
  );

  app.post(
    '/api/tokens',
    {
      config: { access: { account: 'manage' } },
      schema: {
        summary: 'Make an API token; only this answer ever has it',
        body: CreateApiToken,
        response: { 201: CreatedApiToken },
      },
    },
    async (request, reply) => {
      const { name, scope, expiresInDays } = request.body;
      const expiresAt = new Date(Date.now() + expiresInDays * dayMs);
      const made = await tokens.create(principalOf(request).userId, { name, scope, expiresAt });
      if (!made) {
        throw new Refusal('conflict', `You have ${maxTokensPerPerson} tokens: revoke some first.`);
      }
      audit(request, 'token_created', { detail: `“${name}” for ${scope}` });
      return reply.code(201).send({ ...tellToken(made.record), token: made.token });
    },
  );

  app.delete(
    '/api/tokens/:tokenId',
    {
      config: { access: { account: 'manage' } },
      schema: {
        summary: 'Revoke an API token; what it has open is closed',
        params: TokenParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { tokenId } = request.params;
      const name = await tokens.revoke(principalOf(request).userId, tokenId);
      // In any case: it may have been done by an attempt whose answer was lost.
      notices.publish({ type: 'sign_in_ended', subject: `token:${tokenId}` });
      if (name === null) throw new Refusal('not_found', 'You have no such token.');
      audit(request, 'token_revoked', { detail: `“${name}”` });
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/account/audit',
    {
      config: { access: { account: 'manage' } },
      schema: {
        summary: 'Sign-ins and tokens of the caller, the latest first',
        querystring: AuditQuery,
        response: { 200: AuditPage },
      },
    },
    async (request) => {
      const { userId } = principalOf(request);
      return auditPage(await auditLog.list({ person: userId }, request.query), request.query.limit);
    },
  );
}

function tellToken({ createdAt, expiresAt, lastUsedAt, ...token }: TokenRecord): ApiToken {
  return {
    ...token,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
