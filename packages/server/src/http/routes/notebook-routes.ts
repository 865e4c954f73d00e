import {
  CreateNotebook,
  Notebook,
  NotebookId,
  NotebookSummary,
  type Role,
  UpdateNotebook,
} from '@rnb/protocol';
import { z } from 'zod';
import { createNotebook } from '../../notebooks.ts';
import type { SessionRegistry } from '../../sessions/session.ts';
import type { NotebookRecord, Store } from '../../store/store.ts';
import { principalOf, roleOf } from '../access.ts';
import type { TypedApp } from '../app.ts';
import { Refusal } from '../problem.ts';

export const NotebookParams = z.object({ id: NotebookId });

/** Notebooks as wholes: list, make, read, rename, delete and bring back. */
export function notebookRoutes(
  app: TypedApp,
  deps: { store: Store; sessions: SessionRegistry },
): void {
  const { store, sessions } = deps;

  app.get(
    '/api/notebooks',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'The notebooks of the caller, the latest change first',
        response: { 200: z.array(NotebookSummary) },
      },
    },
    async (request) => {
      const records = await store.listNotebooks(principalOf(request).userId);
      return records.map((record) => summarize(record, 'owner'));
    },
  );

  app.post(
    '/api/notebooks',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'Make a notebook',
        body: CreateNotebook,
        response: { 201: Notebook },
      },
    },
    async (request, reply) => {
      const { id } = await createNotebook(store, principalOf(request).userId, request.body);
      const session = await sessions.open(id);
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
    async (request) => (await sessions.open(request.params.id)).describe(roleOf(request)),
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
      const session = await sessions.open(request.params.id);
      await session.edit((document) => {
        if (title !== undefined) document.setTitle(title);
        if (mode !== undefined) document.setMode(mode);
        if (runOnIdle !== undefined) document.setRunOnIdle(runOnIdle);
      });
      return session.describe(roleOf(request));
    },
  );

  app.delete(
    '/api/notebooks/:id',
    {
      config: { access: { notebook: 'own' } },
      schema: {
        summary: 'Delete a notebook; it can be brought back',
        params: NotebookParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await store.deleteNotebook(id);
      await sessions.close(id, 'deleted');
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/notebooks/:id/restore',
    {
      // Not a notebook's action: as long as it is deleted, there is none to authorise for.
      config: { access: 'signed-in' },
      schema: {
        summary: 'Bring back a deleted notebook',
        params: NotebookParams,
        response: { 200: NotebookSummary },
      },
    },
    async (request) => {
      const { id } = request.params;
      const caller = principalOf(request).userId;
      // One that is there already was brought back by an earlier try.
      const record = (await store.findDeletedNotebook(id)) ?? (await store.findNotebook(id));
      if (record?.ownerId !== caller) {
        throw new Refusal('not_found', 'There is no such notebook to bring back.');
      }
      await store.restoreNotebook(id);
      return summarize(record, 'owner');
    },
  );
}

function summarize(record: NotebookRecord, role: Role): NotebookSummary {
  return {
    id: record.id,
    title: record.title,
    role,
    cellCount: record.cellCount,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  };
}
