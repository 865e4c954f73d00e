/** What clients meet: the HTTP side and the notebooks' sockets, over the same parts and by the same rules. */
import proxyAddress from '@fastify/proxy-addr';
import type { Command } from '@rnb/protocol';
import type { Logger } from 'pino';
import { ownOrigins } from './auth/origin.ts';
import { type AppDeps, buildApp, type TypedApp } from './http/app.ts';
import { actorOf, whichCells } from './http/audit.ts';
import { toProblem } from './http/problem.ts';
import { attachSocket } from './socket/attach-socket.ts';
import { admit } from './socket/entry.ts';
import type { AuditEntry } from './store/audit-log.ts';

export interface FrontDeps extends AppDeps {
  log: Logger;
}

export interface Front {
  /** Not listening yet. */
  app: TypedApp;
  /** Sends everybody away and resolves when they are gone. */
  close(): Promise<void>;
}

export async function openFront(deps: FrontDeps): Promise<Front> {
  const { config, authenticator, sharing, auditLog, notices, sessions, log } = deps;
  const app = await buildApp(deps);
  const socket = attachSocket(app.server, {
    registry: sessions,
    allowedOrigins: (host) => ownOrigins(host, config),
    addressOf: (request) => proxyAddress(request, config.trustedProxies),
    authenticate: ({ cookie, authorization }, from) =>
      authenticator.authenticate({ cookie, authorization }, from),
    authenticateToken: authenticator.authenticateToken,
    holds: authenticator.holds,
    onChange: (listener) => notices.subscribe(listener),
    access: (principal, notebook) => admit(principal, notebook, sharing),
    onCommand(principal, notebook, command, address) {
      const told = toldCommand(command);
      if (told) auditLog.tell({ ...actorOf(principal), address, notebook, ...told });
    },
    problemOf(error) {
      const problem = toProblem(error);
      return problem.code === 'internal' ? null : problem;
    },
    log,
  });
  return {
    app,
    async close() {
      await socket.close();
      await app.close();
    },
  };
}

/** A command as the audit trail has it; null for what needs no trace. */
function toldCommand(command: Command): Pick<AuditEntry, 'action' | 'detail'> | null {
  switch (command.type) {
    case 'run_cells':
      return { action: 'cells_run', detail: whichCells(command.cells) };
    case 'restart':
      return { action: 'kernel_restarted', detail: '' };
    case 'commit_cells':
    case 'interrupt':
      return null;
  }
}
