import {
  CreateNotebook,
  Notebook,
  NotebookId,
  NotebookSummary,
  type Role,
  UpdateNotebook,
} from '@rnb/protocol';
import { z } from 'zod';
import type { Acting } from '../../acting.ts';
import { createNotebook } from '../../notebooks.ts';
import type { SessionRegistry } from '../../sessions/session.ts';
import type { Notices } from '../../store/notices.ts';
import type { FoundNotebook, SharingStore } from '../../store/sharing-store.ts';
import type { Store } from '../../store/store.ts';
import { noAccess, principalOf, roleOf } from '../access.ts';
import type { TypedApp } from '../app.ts';
import { type Audit, callerOf } from '../audit.ts';
import { openSession } from '../open-session.ts';

export const NotebookParams = z.object({ id: NotebookId });

/** Notebooks as wholes: list, make, read, rename, delete and bring back. */
export function notebookRoutes(
  app: TypedApp,
  deps: {
    store: Store;
    sharing: SharingStore;
    sessions: SessionRegistry;
    notices: Pick<Notices, 'publish'>;
    acting: Acting;
    audit: Audit;
  },
): void {
  const { store, sharing, sessions, notices, acting, audit } = deps;

  app.get(
    '/api/notebooks',
    {
      config: { access: { account: 'view' } },
      schema: {
        summary: 'The notebooks that the caller has or was given, the latest change first',
        response: { 200: z.array(NotebookSummary) },
      },
    },
    async (request) => {
      const found = await sharing.list(principalOf(request).userId);
      return found.map((notebook) => summarize(notebook, notebook.grant.role));
    },
  );

  app.post(
    '/api/notebooks',
    {
      config: { access: { account: 'edit' } },
      schema: {
        summary: 'Make a notebook',
        body: CreateNotebook,
        response: { 201: Notebook },
      },
    },
    async (request, reply) => {
      const { id } = await createNotebook(store, principalOf(request).userId, request.body);
      const session = await sessions.open(id);
      audit(request, 'notebook_created', { notebook: id });
      return reply
        .code(201)
        .header('location', `/api/notebooks/${id}`)
        .send(session.describe('owner'));
    },
  );

  app.get(
    '/api/notebooks/:id',
    {
      config: { access: { notebook: 'view' } },
      schema: {
        summary: 'A notebook with its cells and what they show',
        params: NotebookParams,
        response: { 200: Notebook },
      },
    },
    async (request) => (await openSession(request, sessions)).describe(roleOf(request)),
  );

  app.patch(
    '/api/notebooks/:id',
    {
      config: { access: { notebook: 'edit' } },
      schema: {
        summary: 'Rename a notebook, or change when its cells run',
        params: NotebookParams,
        body: UpdateNotebook,
        response: { 200: Notebook },
      },
    },
    async (request) => {
      const { title, mode, runOnIdle } = request.body;
      const session = await openSession(request, sessions);
      await acting.edit(
        session,
        (document) => {
          if (title !== undefined) document.setTitle(title);
          if (mode !== undefined) document.setMode(mode);
          if (runOnIdle !== undefined) document.setRunOnIdle(runOnIdle);
        },
        callerOf(request),
      );
      return session.describe(roleOf(request));
    },
  );

  app.delete(
    '/api/notebooks/:id',
    {
      config: { access: { notebook: 'delete' } },
      schema: {
        summary: 'Delete a notebook; it can be brought back',
        params: NotebookParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await store.deleteNotebook(id, principalOf(request).userId);
      await sessions.close(id, 'deleted');
      // What other servers have open of it.
      notices.publish({ type: 'access_changed', notebook: id });
      audit(request, 'notebook_deleted', { notebook: id });
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/notebooks/:id/restore',
    {
      // Not a notebook's action: as long as it is deleted, there is none to authorise for.
      config: { access: { account: 'edit' } },
      schema: {
        summary: 'Bring back a deleted notebook',
        params: NotebookParams,
        response: { 200: NotebookSummary },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { userId } = principalOf(request);
      const found = await sharing.find(id, userId);
      if (found?.grant?.role !== 'owner') throw noAccess();
      await store.restoreNotebook(id, userId);
      notices.publish({ type: 'access_changed', notebook: id });
      // One that is there already was brought back by an earlier try.
      if (found.deleted) audit(request, 'notebook_restored', { notebook: id });
      return summarize(found, 'owner');
    },
  );
}

export function summarize(
  { record, ownerName }: Pick<FoundNotebook, 'record' | 'ownerName'>,
  role: Role,
): NotebookSummary {
  return {
    id: record.id,
    title: record.title,
    role,
    owner: { name: ownerName },
    cellCount: record.cellCount,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  };
}
