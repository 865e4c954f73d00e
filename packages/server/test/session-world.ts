import { createDocument } from '@rnb/document';
import type { CellKind, EnvironmentStatus, NotebookEvent } from '@rnb/protocol';
import * as Y from 'yjs';
import { type EnvironmentSource, NotebookSession } from '../src/sessions/notebook-session.ts';
import { proseLauncher } from '../src/sessions/prose-kernel.ts';
import type { EventFrame } from '../src/sessions/session.ts';
import { FakeAnalyser, FakeLauncher } from './fake-kernel.ts';
import { MemoryStore } from './memory-store.ts';

export const notebookId = '0'.repeat(32);

class FakeEnvironment implements EnvironmentSource {
  #status: EnvironmentStatus = { state: 'ready', detail: 'Ready', progress: null };
  #listeners = new Set<(status: EnvironmentStatus) => void>();

  status(): EnvironmentStatus {
    return this.#status;
  }
  subscribe(listener: (status: EnvironmentStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  become(state: EnvironmentStatus['state']): void {
    this.#status = { state, detail: state, progress: null };
    for (const listener of this.#listeners) listener(this.#status);
  }
}

/** What a client of the session is told. */
export class Client {
  readonly frames: EventFrame[] = [];
  readonly updates: Uint8Array[] = [];
  closedFor: string | null = null;

  constructor(session: NotebookSession) {
    session.subscribe({
      onEvents: (frame) => this.frames.push(frame),
      onUpdate: (update) => this.updates.push(update),
      onClose: (reason) => {
        this.closedFor = reason;
      },
    });
  }

  events<T extends NotebookEvent['type']>(type: T): Extract<NotebookEvent, { type: T }>[] {
    return this.frames.flatMap(({ events }) =>
      events.filter((event): event is Extract<NotebookEvent, { type: T }> => event.type === type),
    );
  }
}

/** A session over a store in memory, and a kernel and an analyser that move only when told. */
export class SessionWorld {
  readonly store = new MemoryStore();
  readonly analyser = new FakeAnalyser();
  readonly environment = new FakeEnvironment();
  readonly launcher = new FakeLauncher();
  readonly logged: string[] = [];
  #epochs = 0;

  /** A notebook of these cells, none of them committed; their ids are `c0`, `c1` … */
  async create(
    codes: string[],
    options: { mode?: 'auto' | 'lazy'; kind?: CellKind } = {},
  ): Promise<NotebookSession> {
    const doc = createDocument({ title: 'Test', mode: options.mode ?? 'auto', cells: [] });
    await this.store.createNotebook({
      id: notebookId,
      ownerId: 'owner',
      title: 'Test',
      update: Y.encodeStateAsUpdate(doc),
      cellCount: 0,
      runs: [],
    });
    const session = await this.open();
    await session.edit((document) => {
      codes.forEach((code, index) => {
        document.insertCell({ id: `c${index}`, kind: options.kind ?? 'python', code });
      });
    });
    return session;
  }

  open(): Promise<NotebookSession> {
    this.#epochs += 1;
    return NotebookSession.open({
      id: notebookId,
      epoch: `epoch-${this.#epochs}`,
      store: this.store,
      analyser: this.analyser,
      launchers: [this.launcher, proseLauncher],
      environment: this.environment,
      workDir: '/nowhere',
      log: { error: (_details, message) => void this.logged.push(message) },
    });
  }

  get kernel() {
    return this.launcher.kernel;
  }
}

/** A client's own copy of the document, with a change in it. */
export function updateOf(session: NotebookSession, change: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(session.document.doc));
  const before = Y.encodeStateVector(doc);
  change(doc);
  return Y.encodeStateAsUpdate(doc, before);
}
