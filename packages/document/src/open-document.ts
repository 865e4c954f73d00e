import { type CellKind, limits, Mode } from '@rnb/protocol';
import * as Y from 'yjs';
import { newCellId } from './cell-id.ts';
import { compareCells, keyAt, positionOf } from './cell-order.ts';
import { newCell } from './create-document.ts';
import type { DocumentCell, DocumentChange, NotebookDocument } from './notebook.ts';
import { readCell } from './read-cell.ts';
import { replaceText } from './replace-text.ts';

/** Reads and edits `doc` as a notebook. Changes made around it are seen when their transaction ends. */
export function openDocument(doc: Y.Doc): NotebookDocument {
  return new OpenDocument(doc);
}

/**
 * Keeps an index of the cells beside the Yjs types, because reading ten thousand of them for each keystroke would be
 * too slow: a transaction costs what it touches. Its own edits go into the index at once, so that a second edit in
 * the same transaction sees the first; everybody's are reported after the transaction, as the difference to what was
 * there before it.
 */
class OpenDocument implements NotebookDocument {
  readonly doc: Y.Doc;
  readonly #meta: Y.Map<unknown>;
  readonly #cells: Y.Map<unknown>;
  readonly #index = new Map<string, DocumentCell>();
  readonly #sorted: DocumentCell[];
  /** What `cells()` last gave out; null when it no longer holds. */
  #given: DocumentCell[] | null = null;
  /** Cells that this transaction touched, as they were before it. */
  readonly #before = new Map<string, DocumentCell | undefined>();
  readonly #typed = new Set<string>();
  #metaChanged = false;
  readonly #listeners = new Set<(changes: DocumentChange[], origin: unknown) => void>();

  constructor(doc: Y.Doc) {
    this.doc = doc;
    this.#meta = doc.getMap('meta');
    this.#cells = doc.getMap('cells');
    for (const id of this.#cells.keys()) {
      const cell = readCell(this.#cells, id);
      if (cell) this.#index.set(id, cell);
    }
    this.#sorted = [...this.#index.values()].sort(compareCells);
    this.#meta.observe(() => {
      this.#metaChanged = true;
    });
    this.#cells.observeDeep((events) => {
      for (const event of events) this.#note(event);
    });
    doc.on('afterTransaction', (transaction) => this.#report(transaction.origin));
  }

  get title(): string {
    const title = this.#meta.get('title');
    return typeof title === 'string' ? title.slice(0, limits.maxTitleLength) : '';
  }

  get mode(): Mode {
    return Mode.catch('auto').parse(this.#meta.get('mode'));
  }

  get runOnIdle(): boolean {
    return this.#meta.get('runOnIdle') === true;
  }

  cells(): DocumentCell[] {
    this.#given ??= this.#sorted.slice();
    return this.#given;
  }

  cell(id: string): DocumentCell | undefined {
    return this.#index.get(id);
  }

  setTitle(title: string): void {
    if (title !== this.#meta.get('title')) this.#meta.set('title', title);
  }

  setMode(mode: Mode): void {
    if (mode !== this.#meta.get('mode')) this.#meta.set('mode', mode);
  }

  setRunOnIdle(runOnIdle: boolean): void {
    if (runOnIdle !== this.runOnIdle) this.#meta.set('runOnIdle', runOnIdle);
  }

  insertCell(spec: {
    id?: string;
    kind: CellKind;
    code?: string;
    name?: string | null;
    disabled?: boolean;
    after?: string | null;
  }): string {
    const id = spec.id ?? newCellId();
    if (this.#cells.has(id)) throw new Error(`a cell ${id} exists already`);
    this.doc.transact(() => {
      const { key, rekeyed } = keyAt(this.#sorted, this.#positionAfter(this.#sorted, spec.after));
      this.#rekey(rekeyed);
      this.#cells.set(id, newCell({ ...spec, code: spec.code ?? '' }, key));
      this.#refresh(id);
    });
    return id;
  }

  removeCell(id: string): void {
    if (!this.#cells.has(id)) return;
    this.doc.transact(() => {
      this.#cells.delete(id);
      this.#refresh(id);
    });
  }

  moveCell(id: string, after: string | null): void {
    const cell = this.#index.get(id);
    // Whoever moves may not know yet that either cell is gone.
    if (!cell || id === after || (after !== null && !this.#index.has(after))) return;
    const from = positionOf(this.#sorted, cell);
    const others = this.#sorted.toSpliced(from, 1);
    const to = this.#positionAfter(others, after);
    if (to === from) return;
    const { key, rekeyed } = keyAt(others, to);
    this.doc.transact(() => this.#rekey(rekeyed.set(id, key)));
  }

  setKind(id: string, kind: CellKind): void {
    if (this.#index.get(id)?.kind !== kind) this.#setField(id, 'kind', kind);
  }

  setName(id: string, name: string | null): void {
    if (this.#index.get(id)?.name !== name) this.#setField(id, 'name', name);
  }

  setDisabled(id: string, disabled: boolean): void {
    const cell = this.#index.get(id);
    if (cell && cell.disabled !== disabled) this.#setField(id, 'disabled', disabled);
  }

  setCode(id: string, code: string): void {
    const text = this.#index.get(id)?.text;
    if (text) this.doc.transact(() => replaceText(text, code));
  }

  transact(change: () => void, origin?: unknown): void {
    this.doc.transact(change, origin);
  }

  observe(listener: (changes: DocumentChange[], origin: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #setField(
    id: string,
    field: 'kind' | 'name' | 'order' | 'disabled',
    value: string | boolean | null,
  ): void {
    const cell = this.#cells.get(id);
    if (!this.#index.has(id) || !(cell instanceof Y.Map)) return;
    this.doc.transact(() => {
      cell.set(field, value);
      this.#refresh(id);
    });
  }

  #rekey(keys: Map<string, string>): void {
    for (const [id, key] of keys) this.#setField(id, 'order', key);
  }

  /** Undefined and cells that are gone: last. */
  #positionAfter(cells: readonly DocumentCell[], after: string | null | undefined): number {
    if (after === null) return 0;
    const cell = after === undefined ? undefined : this.#index.get(after);
    return cell ? positionOf(cells, cell) + 1 : cells.length;
  }

  #note(event: Y.YEvent<Y.AbstractType<unknown>>): void {
    const [id, field] = event.path;
    if (id === undefined) {
      if (event instanceof Y.YMapEvent) for (const key of event.keysChanged) this.#refresh(key);
      return;
    }
    if (typeof id !== 'string') return;
    if (field === undefined) this.#refresh(id);
    else if (field === 'code' && event.target === this.#index.get(id)?.text) this.#typed.add(id);
  }

  /** Brings the index in step with the cell as it now lies in the document. */
  #refresh(id: string): void {
    const old = this.#index.get(id);
    const now = readCell(this.#cells, id);
    if (!this.#before.has(id)) this.#before.set(id, old);
    if (isSameCell(old, now)) return;
    this.#given = null;
    if (old) this.#sorted.splice(positionOf(this.#sorted, old), 1);
    if (now) {
      this.#sorted.splice(positionOf(this.#sorted, now), 0, now);
      this.#index.set(id, now);
    } else {
      this.#index.delete(id);
    }
  }

  #report(origin: unknown): void {
    const changes: DocumentChange[] = [];
    for (const [cell, old] of this.#before) {
      const now = this.#index.get(cell);
      if (!old && now) changes.push({ type: 'inserted', cell });
      if (old && !now) changes.push({ type: 'removed', cell });
      if (!old || !now) {
        this.#typed.delete(cell);
        continue;
      }
      if (old.order !== now.order) changes.push({ type: 'moved', cell });
      if (old.kind !== now.kind) changes.push({ type: 'retyped', cell });
      if (old.name !== now.name) changes.push({ type: 'renamed', cell });
      if (old.disabled !== now.disabled) changes.push({ type: 'switched', cell });
      if (old.text !== now.text) this.#typed.add(cell);
    }
    for (const cell of this.#typed) changes.push({ type: 'typed', cell });
    if (this.#metaChanged) changes.push({ type: 'meta' });
    this.#before.clear();
    this.#typed.clear();
    this.#metaChanged = false;
    if (changes.length === 0) return;
    for (const listener of this.#listeners) listener(changes, origin);
  }
}

function isSameCell(a: DocumentCell | undefined, b: DocumentCell | undefined): boolean {
  if (!a || !b) return a === b;
  return (
    a.order === b.order &&
    a.kind === b.kind &&
    a.name === b.name &&
    a.disabled === b.disabled &&
    a.text === b.text
  );
}
