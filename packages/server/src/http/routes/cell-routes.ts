import {
  Cell,
  CellId,
  CompletionQuery,
  Completions,
  CreateCell,
  limits,
  MoveCell,
  NotebookId,
  TablePage,
  TableRequest,
  UpdateCell,
  WaitQuery,
} from '@rnb/protocol';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Acting } from '../../acting.ts';
import type { Session, SessionRegistry } from '../../sessions/session.ts';
import { tooManyCells } from '../../sessions/update-gate.ts';
import { letIn } from '../access.ts';
import type { TypedApp } from '../app.ts';
import { callerOf } from '../audit.ts';
import { openSession, waitForRest } from '../open-session.ts';
import { Refusal } from '../problem.ts';
import { NotebookParams } from './notebook-routes.ts';

const CellParams = z.object({ id: NotebookId, cellId: CellId });
const RowParams = CellParams.extend({ n: z.coerce.number().int().nonnegative() });

/**
 * Edits of cells. What is written here is committed, so it runs as the mode has it; with `wait` the answer comes when
 * the notebook is at rest, or as it stands when the time is over.
 */
export function cellRoutes(
  app: TypedApp,
  deps: { sessions: SessionRegistry; acting: Acting },
): void {
  const { sessions, acting } = deps;

  app.post(
    '/api/notebooks/:id/cells',
    {
      config: { access: { notebook: 'edit' } },
      schema: {
        summary: 'Add a cell',
        params: NotebookParams,
        querystring: WaitQuery,
        body: CreateCell,
        response: { 201: Cell },
      },
    },
    async (request, reply) => {
      const session = await openSession(request, sessions);
      const { after, ...spec } = request.body;
      let id = '';
      await session.edit((document) => {
        if (after) requireCell(session, after);
        if (document.cells().length >= limits.maxCellsPerNotebook) throw tooManyCells();
        id = document.insertCell({ ...spec, after });
      });
      if (spec.code !== '') await acting.commit(session, [id], callerOf(request));
      await rest(request, session);
      return reply.code(201).send(cellOf(session, id));
    },
  );

  app.put(
    '/api/notebooks/:id/cells/:cellId',
    {
      config: { access: { notebook: 'edit' } },
      schema: {
        summary: 'Change a cell and commit it',
        params: CellParams,
        querystring: WaitQuery,
        body: UpdateCell,
        response: { 200: Cell },
      },
    },
    async (request) => {
      const { cellId } = request.params;
      const { kind, code, name, disabled } = request.body;
      const session = await openSession(request, sessions);
      const isWritten = kind !== undefined || code !== undefined;
      const by = callerOf(request);
      const enables = disabled === false && session.document.cell(cellId)?.disabled === true;
      await session.edit((document) => {
        requireCell(session, cellId);
        if (kind !== undefined) document.setKind(cellId, kind);
        if (code !== undefined) document.setCode(cellId, code);
        if (name !== undefined) document.setName(cellId, name);
        if (disabled !== undefined && !enables) document.setDisabled(cellId, disabled);
      });
      if (isWritten) await acting.commit(session, [cellId], by);
      // Last, or the old code would run once more.
      if (enables) {
        await acting.edit(session, (document) => document.setDisabled(cellId, false), by);
        const { status } = cellOf(session, cellId);
        if (isWritten && (status === 'idle' || status === 'stale')) {
          await acting.commit(session, [cellId], by);
        }
      }
      await rest(request, session);
      return cellOf(session, cellId);
    },
  );

  app.post(
    '/api/notebooks/:id/cells/:cellId/move',
    {
      config: { access: { notebook: 'edit' } },
      schema: {
        summary: 'Move a cell behind another one, or to the top',
        params: CellParams,
        querystring: WaitQuery,
        body: MoveCell,
        response: { 200: Cell },
      },
    },
    async (request) => {
      const { cellId } = request.params;
      const { after } = request.body;
      const session = await openSession(request, sessions);
      await session.edit((document) => {
        requireCell(session, cellId);
        if (after !== null) requireCell(session, after);
        if (after !== cellId) document.moveCell(cellId, after);
      });
      await rest(request, session);
      return cellOf(session, cellId);
    },
  );

  app.delete(
    '/api/notebooks/:id/cells/:cellId',
    {
      config: { access: { notebook: 'edit' } },
      schema: {
        summary: 'Delete a cell',
        params: CellParams,
        querystring: WaitQuery,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { cellId } = request.params;
      const session = await openSession(request, sessions);
      await session.edit((document) => {
        requireCell(session, cellId);
        document.removeCell(cellId);
      });
      await rest(request, session);
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/notebooks/:id/cells/:cellId/completions',
    {
      config: { access: { notebook: 'run' } },
      schema: {
        summary: 'What may follow a name that a cell sees, told from its value',
        params: CellParams,
        querystring: CompletionQuery,
        response: { 200: Completions },
      },
    },
    async (request) => {
      const { cellId } = request.params;
      const session = await openSession(request, sessions);
      requireCell(session, cellId);
      const items = await session.complete(cellId, request.query);
      await letIn(request);
      return { items };
    },
  );

  app.get(
    '/api/notebooks/:id/cells/:cellId/outputs/:n/rows',
    {
      config: { access: { notebook: 'view' } },
      schema: {
        summary: 'Rows of a table that a cell shows',
        description:
          'Whoever takes the rows out of the notebook says so by `purpose=export`; the first such page is in the trail.',
        params: RowParams,
        querystring: TableRequest,
        response: { 200: TablePage },
      },
    },
    async (request) => {
      const { cellId, n } = request.params;
      const session = await openSession(request, sessions);
      requireCell(session, cellId);
      const { purpose, ...query } = request.query;
      // Whether or not the kernel has them still: small tables are in the page as a whole.
      if (purpose === 'export' && query.offset === 0) {
        acting.exportTable(session, cellId, callerOf(request));
      }
      const page = await session.rows(cellId, n, query);
      await letIn(request);
      return page;
    },
  );
}

function requireCell(session: Session, id: string): void {
  if (!session.document.cell(id)) {
    throw new Refusal('not_found', `There is no cell ${id} in this notebook.`);
  }
}

async function rest(
  request: FastifyRequest<{ Querystring: z.output<typeof WaitQuery> }>,
  session: Session,
): Promise<void> {
  const { wait, timeoutMs } = request.query;
  if (wait) await waitForRest(request, session, timeoutMs);
}

function cellOf(session: Session, id: string): Cell {
  const cell = session.describeCell(id);
  if (!cell) throw new Refusal('conflict', 'The cell was deleted meanwhile.');
  return cell;
}
