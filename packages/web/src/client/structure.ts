/**
 * The order and make-up of the notebook's cells, as a list view needs them: typing wakes nobody here.
 */
import type { DocumentCell, DocumentChange, NotebookDocument } from '@rnb/document';
import type { CellKind } from '@rnb/protocol';
import type * as Y from 'yjs';

export interface CellStructure {
  readonly id: string;
  readonly kind: CellKind;
  readonly name: string | null;
  readonly disabled: boolean;
  /** To bind an editor to. Another object after an undone deletion: the editor is to be bound anew. */
  readonly text: Y.Text;
}

export interface NotebookMeta {
  readonly title: string;
  readonly mode: NotebookDocument['mode'];
  readonly runOnIdle: boolean;
}

export interface Structure {
  /** Cell ids in document order; a new array only when one was inserted, removed or moved. */
  getOrder(): readonly string[];
  subscribeOrder(listener: () => void): () => void;
  /** Undefined once the cell is gone. The same object until kind, name, text object or `disabled` changed. */
  getCell(id: string): CellStructure | undefined;
  subscribeCell(id: string, listener: () => void): () => void;
  getMeta(): NotebookMeta;
  subscribeMeta(listener: () => void): () => void;
}

export class StructureStore implements Structure {
  readonly #document: NotebookDocument;
  readonly #stop: () => void;
  #order: readonly string[] = [];
  #cells = new Map<string, CellStructure>();
  #meta: NotebookMeta;
  readonly #orderListeners = new Set<() => void>();
  readonly #cellListeners = new Map<string, Set<() => void>>();
  readonly #metaListeners = new Set<() => void>();

  constructor(document: NotebookDocument) {
    this.#document = document;
    this.#meta = metaOf(document);
    this.#readCells();
    this.#stop = document.observe((changes) => {
      if (changes.some((change) => this.#isStructural(change))) this.#readCells();
      if (changes.some(({ type }) => type === 'meta')) this.#readMeta();
    });
  }

  readonly getOrder = (): readonly string[] => this.#order;
  readonly getCell = (id: string): CellStructure | undefined => this.#cells.get(id);
  readonly getMeta = (): NotebookMeta => this.#meta;

  readonly subscribeOrder = (listener: () => void): (() => void) => {
    this.#orderListeners.add(listener);
    return () => this.#orderListeners.delete(listener);
  };

  readonly subscribeCell = (id: string, listener: () => void): (() => void) => {
    const listeners = this.#cellListeners.get(id) ?? new Set();
    this.#cellListeners.set(id, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#cellListeners.get(id) === listeners) {
        this.#cellListeners.delete(id);
      }
    };
  };

  readonly subscribeMeta = (listener: () => void): (() => void) => {
    this.#metaListeners.add(listener);
    return () => this.#metaListeners.delete(listener);
  };

  close(): void {
    this.#stop();
  }

  /** Typing is not, unless it was a text put in the place of another. */
  #isStructural(change: DocumentChange): boolean {
    if (change.type === 'meta') return false;
    if (change.type !== 'typed') return true;
    return this.#document.cell(change.cell)?.text !== this.#cells.get(change.cell)?.text;
  }

  #readCells(): void {
    const before = this.#cells;
    const cells = this.#document.cells();
    this.#cells = new Map(cells.map((cell) => [cell.id, structureOf(cell, before.get(cell.id))]));
    const order = cells.map(({ id }) => id);
    const orderChanged =
      order.length !== this.#order.length || order.some((id, index) => id !== this.#order[index]);
    if (orderChanged) this.#order = order;

    for (const [id, listeners] of [...this.#cellListeners]) {
      if (this.#cells.get(id) === before.get(id)) continue;
      for (const listener of [...listeners]) listener();
    }
    if (orderChanged) for (const listener of [...this.#orderListeners]) listener();
  }

  #readMeta(): void {
    const meta = metaOf(this.#document);
    const { title, mode, runOnIdle } = this.#meta;
    if (meta.title === title && meta.mode === mode && meta.runOnIdle === runOnIdle) return;
    this.#meta = meta;
    for (const listener of [...this.#metaListeners]) listener();
  }
}

function metaOf({ title, mode, runOnIdle }: NotebookDocument): NotebookMeta {
  return { title, mode, runOnIdle };
}

function structureOf(
  { id, kind, name, disabled, text }: DocumentCell,
  before: CellStructure | undefined,
): CellStructure {
  const same =
    before &&
    before.kind === kind &&
    before.name === name &&
    before.disabled === disabled &&
    before.text === text;
  return same ? before : { id, kind, name, disabled, text };
}
