/**
 * What people have an open notebook do. Routes and sockets ask here, so that whatever runs code, stops it, changes
 * when it runs, or takes data out is in the trail, once and with who it was, and not before it was accepted. What only
 * writes is not.
 */
import type { DocumentChange, NotebookDocument } from '@rnb/document';
import type { AuditAction, Command, RunTarget } from '@rnb/protocol';
import type { Actor } from './auth/actor.ts';
import type { Session } from './sessions/session.ts';
import type { AuditLog } from './store/audit-log.ts';

/** Who rests while writing runs code at every rest, and who drags a control a hundred times: told once in a minute. */
const gatheredMs = 60_000;

export class Acting {
  readonly #trail: Pick<AuditLog, 'tell'>;

  constructor(trail: Pick<AuditLog, 'tell'>) {
    this.#trail = trail;
  }

  async run(session: Session, target: RunTarget, by: Actor): Promise<void> {
    await session.run(target);
    this.#ran(session, by, target);
  }

  /** What was just written, which runs as the mode has it. */
  async commit(session: Session, cells: readonly string[], by: Actor): Promise<void> {
    await session.commit(cells);
    this.#ranEdited(session, by);
  }

  interrupt(session: Session, by: Actor): void {
    session.interrupt();
    this.#tell(session, by, 'run_interrupted');
  }

  restart(session: Session, by: Actor): void {
    session.restart();
    this.#tell(session, by, 'kernel_restarted');
  }

  /** Takes the rows of a table out of the notebook. */
  exportTable(session: Session, cell: string, by: Actor): void {
    const place = session.document.cells().findIndex(({ id }) => id === cell) + 1;
    this.#tell(session, by, 'exported', `a table of cell ${place}`);
  }

  async command(session: Session, command: Command, by: Actor): Promise<void> {
    await session.command(command);
    switch (command.type) {
      case 'run_cells':
        return this.#ran(session, by, command.cells);
      case 'commit_cells':
        return this.#ranEdited(session, by);
      case 'interrupt':
        return this.#tell(session, by, 'run_interrupted');
      case 'restart':
        return this.#tell(session, by, 'kernel_restarted');
    }
  }

  edit(session: Session, change: (document: NotebookDocument) => void, by: Actor): Promise<void> {
    return this.#write(session, by, () => session.edit(change));
  }

  applyUpdate(session: Session, update: Uint8Array, origin: unknown, by: Actor): Promise<void> {
    return this.#write(session, by, () => session.applyUpdate(update, origin));
  }

  /** `write` changes the document at once, and resolves when the change is stored. */
  async #write(session: Session, by: Actor, write: () => Promise<void>): Promise<void> {
    const { document } = session;
    const before = settingsOf(document);
    let enables = false;
    const stop = document.observe((changes) => {
      enables ||= changes.some((change) => isEnabled(document, change));
    });
    const stored = write();
    stop();
    const { title, running } = settingsOf(document);
    await stored;
    if (title !== before.title) this.#tellOnce(session, by, 'notebook_renamed');
    if (running !== before.running) this.#tell(session, by, 'mode_changed', running);
    // A cell that is enabled runs by itself.
    if (enables && document.mode === 'auto') this.#ranEdited(session, by);
  }

  #ran(session: Session, by: Actor, cells: RunTarget): void {
    const which = typeof cells === 'string' ? cells : `${cells.length} by name`;
    this.#tell(session, by, 'cells_run', which);
  }

  #ranEdited(session: Session, by: Actor): void {
    this.#tellOnce(session, by, 'cells_run', 'edited');
  }

  #tell(session: Session, by: Actor, action: AuditAction, detail = ''): void {
    this.#trail.tell({ ...by, action, notebook: session.id, detail });
  }

  #tellOnce(session: Session, by: Actor, action: AuditAction, detail = ''): void {
    const period = Math.floor(Date.now() / gatheredMs);
    const once = [action, session.id, by.actorId, by.via, by.address, period].join(' ');
    this.#trail.tell({ ...by, action, notebook: session.id, detail, once });
  }
}

function settingsOf({ title, mode, runOnIdle }: NotebookDocument) {
  return { title, running: runOnIdle ? `${mode}, and while somebody rests` : mode };
}

function isEnabled(document: NotebookDocument, change: DocumentChange): boolean {
  return change.type === 'switched' && document.cell(change.cell)?.disabled === false;
}
