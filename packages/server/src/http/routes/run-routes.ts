import { CellGraph, Notebook, Plan, PlanQuery, RunNotebook } from '@rnb/protocol';
import { z } from 'zod';
import type { Acting } from '../../acting.ts';
import type { OpenPerPerson } from '../../open-per-person.ts';
import type { SessionRegistry } from '../../sessions/session.ts';
import { rightsOf, roleOf } from '../access.ts';
import type { TypedApp } from '../app.ts';
import { callerOf } from '../audit.ts';
import { openSession, waitForRest } from '../open-session.ts';
import { Refusal } from '../problem.ts';
import { eventStream } from './event-stream.ts';
import { NotebookParams } from './notebook-routes.ts';

/** Running a notebook and watching it run. */
export function runRoutes(
  app: TypedApp,
  deps: { sessions: SessionRegistry; acting: Acting; open: OpenPerPerson },
): void {
  const { sessions, acting, open } = deps;

  app.post(
    '/api/notebooks/:id/run',
    {
      config: { access: { notebook: 'run' } },
      schema: {
        summary: 'Commit cells and run what that makes stale',
        description:
          'Disabled cells are left out; a run of nothing but disabled cells is a `conflict`. With `wait` the answer comes when the notebook is at rest. When `timeoutMs` passes first, it comes with `atRest: false`, and the run goes on.',
        params: NotebookParams,
        body: RunNotebook,
        response: { 200: Notebook },
      },
    },
    async (request) => {
      const { cells, wait, timeoutMs } = request.body;
      const session = await openSession(request, sessions);
      if (typeof cells !== 'string') {
        const unknown = cells.filter((cell) => !session.document.cell(cell));
        if (unknown.length > 0) {
          throw new Refusal('not_found', `There is no cell ${unknown[0]} in this notebook.`);
        }
      }
      await acting.run(session, cells, callerOf(request));
      if (wait) await waitForRest(request, session, timeoutMs);
      return session.describe(roleOf(request));
    },
  );

  app.get(
    '/api/notebooks/:id/plan',
    {
      config: { access: { notebook: 'view' } },
      schema: {
        summary: 'Which cells a run would run',
        description:
          '`cells` is `all`, `stale` or ids with commas between them, as for a run; the answer has those and what would follow from them. Some of it may turn out to see nothing new and be left alone. What edited text will read and define is known only once it is committed.',
        params: NotebookParams,
        querystring: PlanQuery,
        response: { 200: Plan },
      },
    },
    async (request) => {
      const session = await openSession(request, sessions);
      return { cells: session.plan(request.query.cells) };
    },
  );

  app.post(
    '/api/notebooks/:id/interrupt',
    {
      config: { access: { notebook: 'run' } },
      schema: {
        summary: 'Stop the running cell and cancel what waits',
        params: NotebookParams,
        response: { 202: z.object({ accepted: z.literal(true) }) },
      },
    },
    async (request, reply) => {
      // A notebook that is not open runs nothing.
      const session = sessions.find(request.params.id);
      if (session) acting.interrupt(session, callerOf(request));
      return reply.code(202).send({ accepted: true });
    },
  );

  app.post(
    '/api/notebooks/:id/restart',
    {
      config: { access: { notebook: 'run' } },
      schema: {
        summary: 'Restart the kernels; outputs stay',
        params: NotebookParams,
        response: { 202: z.object({ accepted: z.literal(true) }) },
      },
    },
    async (request, reply) => {
      acting.restart(await openSession(request, sessions), callerOf(request));
      return reply.code(202).send({ accepted: true });
    },
  );

  app.get(
    '/api/notebooks/:id/graph',
    {
      config: { access: { notebook: 'view' } },
      schema: {
        summary: 'What each cell reads, defines and depends on',
        params: NotebookParams,
        response: { 200: z.array(CellGraph) },
      },
    },
    async (request) => (await openSession(request, sessions)).snapshot().graph,
  );

  app.get(
    '/api/notebooks/:id/events',
    {
      config: { access: { notebook: 'view' } },
      schema: {
        summary: 'What happens in the notebook, as server-sent events',
        description:
          'First a `snapshot` {epoch, seq, snapshot}, then `events` {seq, events} as the socket has them, at last `closed` {reason}, which is `access` where the reader may read no longer. Comments keep the connection alive. A reader that is too slow is cut off.',
        params: NotebookParams,
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const session = await openSession(request, sessions);
      const rights = rightsOf(request);
      const { userId } = rights.principal;
      if (!open.take(userId)) {
        throw new Refusal(
          'too_many_requests',
          'You have too many notebooks open. Close some of their tabs and streams.',
        );
      }
      reply.raw.once('close', () => open.release(userId));
      return reply
        .type('text/event-stream')
        .header('x-accel-buffering', 'no')
        .send(eventStream(session, rights));
    },
  );
}
