/**
 * The document of an open notebook, kept in the store.
 *
 * Every update, whoever made it, is appended to the log and told at once; whoever made it waits until it is committed.
 * From time to time the log is replaced by the document as it stands.
 */
import { type NotebookDocument, openDocument } from '@rnb/document';
import * as Y from 'yjs';
import type { Store } from '../store/store.ts';
import { UpdateGate } from './update-gate.ts';

const updatesBeforeCompaction = 500;

interface Surroundings {
  /** The notebook's. */
  id: string;
  store: Store;
  log: { error(details: object, message: string): void };
}

interface Hearer {
  onUpdate(update: Uint8Array, origin: unknown): void;
  /** An update could not be stored. */
  onUnstored(): void;
}

export class StoredDocument {
  readonly document: NotebookDocument;
  #doc: Y.Doc;
  #surroundings: Surroundings;
  #hearer: Hearer;
  #gate: UpdateGate;
  #appends = new Set<Promise<void>>();
  #appended: number;
  #describing = false;
  #describeAgain = false;

  /** `storedUpdates`: of how many updates the log consists that the document was read from. */
  constructor(surroundings: Surroundings, doc: Y.Doc, storedUpdates: number, hearer: Hearer) {
    this.#surroundings = surroundings;
    this.#hearer = hearer;
    this.#doc = doc;
    this.document = openDocument(doc);
    this.#gate = new UpdateGate(this.document);
    this.#appended = storedUpdates;
  }

  /** From now on what changes is stored. */
  keep(): void {
    this.#doc.on('update', (update: Uint8Array, origin: unknown) => this.#append(update, origin));
  }

  /** Throws where the notebook would grow too large. */
  async apply(update: Uint8Array, origin: unknown): Promise<void> {
    this.#gate.check(update);
    Y.applyUpdate(this.#doc, update, origin);
    await this.#allStored();
  }

  async edit(change: (document: NotebookDocument) => void): Promise<void> {
    this.document.transact(() => change(this.document), 'server');
    await this.#allStored();
  }

  get isStored(): boolean {
    return this.#appends.size === 0;
  }

  /** Resolves when all that is on its way to the store has arrived, or could not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#appends);
  }

  /** Brings the list of notebooks up to date. */
  describe(): void {
    this.#describeAgain = true;
    if (!this.#describing) void this.#describe();
  }

  /** Also what an earlier update brought: a client may send again what it was not yet told is saved. */
  async #allStored(): Promise<void> {
    await Promise.all(this.#appends);
  }

  #append(update: Uint8Array, origin: unknown): void {
    const { id, store } = this.#surroundings;
    this.#gate.follow(update);
    const append = store.appendUpdate(id, update);
    this.#appends.add(append);
    append.then(
      () => this.#appends.delete(append),
      (error: unknown) => {
        this.#appends.delete(append);
        this.#report(error, 'an edit could not be stored');
        this.#hearer.onUnstored();
      },
    );
    this.#hearer.onUpdate(update, origin);
    this.#appended += 1;
    if (this.#appended < updatesBeforeCompaction) return;
    this.#appended = 0;
    store
      .compactDocument(id, Y.encodeStateAsUpdate(this.#doc))
      .catch((error: unknown) => this.#report(error, 'compaction failed'));
  }

  /** One at a time; what changes meanwhile is told by the next. */
  async #describe(): Promise<void> {
    const { id, store } = this.#surroundings;
    this.#describing = true;
    while (this.#describeAgain) {
      this.#describeAgain = false;
      const { title } = this.document;
      const cellCount = this.document.cells().length;
      await store
        .describeNotebook(id, { title, cellCount })
        .catch((error: unknown) => this.#report(error, 'the list was not updated'));
    }
    this.#describing = false;
  }

  #report(error: unknown, message: string): void {
    const { id, log } = this.#surroundings;
    log.error({ err: error, notebook: id }, message);
  }
}
