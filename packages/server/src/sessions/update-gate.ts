import { type DocumentChange, type NotebookDocument, newDoc, openDocument } from '@rnb/document';
import { limits } from '@rnb/protocol';
import * as Y from 'yjs';
import { Refusal } from '../http/problem.ts';

/**
 * Keeps hostile and oversized updates out of a document. Yjs reads an update while it applies it, so a broken one
 * leaves half of itself behind, and one that builds on what never came is kept, unseen, for ever. So each goes through
 * a second copy of the document first: what spoils that is refused, and the copy made anew.
 */
export class UpdateGate {
  #document: NotebookDocument;
  /** Made when first needed, so that a notebook that is only read costs nothing more. */
  #copy: NotebookDocument | null = null;
  /** Bytes of the copy: at most this many, as updates overlap. */
  #size = 0;
  /** As measured last. */
  #measured = 0;
  readonly #maxBytes: number;

  constructor(document: NotebookDocument, maxBytes: number = limits.maxDocumentBytes) {
    this.#document = document;
    this.#maxBytes = maxBytes;
  }

  /** Throws a Refusal on what the document could not take whole, or could not hold. */
  check(update: Uint8Array): void {
    const refusal = this.#try(update);
    if (refusal === null) return;
    this.#copy = null;
    throw refusal;
  }

  /** The document changed; a checked update is known already, and does no harm a second time. */
  follow(update: Uint8Array): void {
    if (this.#copy === null) return;
    Y.applyUpdate(this.#copy.doc, update);
    this.#size += update.length;
  }

  #try(update: Uint8Array): Refusal | null {
    const copy = this.#copy ?? this.#makeCopy();
    let changes: DocumentChange[] = [];
    const stop = copy.observe((seen) => {
      changes = seen;
    });
    try {
      Y.applyUpdate(copy.doc, update);
    } catch {
      return new Refusal('malformed', 'The document update could not be read.');
    } finally {
      stop();
    }
    const { pendingStructs, pendingDs } = copy.doc.store;
    if (pendingStructs !== null || pendingDs !== null) {
      return new Refusal('malformed', 'The document update builds on another that never came.');
    }
    // What only takes away is never too much, though the marks of deletions take a few bytes themselves.
    const adds = Y.decodeUpdate(update).structs.length > 0;
    return this.#excess(copy, changes) ?? (adds ? this.#overflow(copy, update.length) : null);
  }

  #makeCopy(): NotebookDocument {
    const state = Y.encodeStateAsUpdate(this.#document.doc);
    const doc = newDoc();
    Y.applyUpdate(doc, state);
    this.#copy = openDocument(doc);
    this.#size = this.#measured = state.length;
    return this.#copy;
  }

  #overflow(copy: NotebookDocument, added: number): Refusal | null {
    this.#size += added;
    if (this.#size <= this.#maxBytes) return null;
    const before = this.#measured;
    this.#size = this.#measured = Y.encodeStateAsUpdate(copy.doc).length;
    return this.#size > this.#maxBytes && this.#size > before ? tooLargeDocument() : null;
  }

  /** What is too large already may shrink step by step. */
  #excess(copy: NotebookDocument, changes: DocumentChange[]): Refusal | null {
    for (const change of changes) {
      if (change.type === 'inserted') {
        const count = copy.cells().length;
        if (count > limits.maxCellsPerNotebook && count > this.#document.cells().length) {
          return tooManyCells();
        }
      }
      if (change.type === 'inserted' || change.type === 'typed') {
        const length = copy.cell(change.cell)?.text.length ?? 0;
        const before = this.#document.cell(change.cell)?.text.length ?? 0;
        if (length > limits.maxCellSourceLength && length > before) return tooLongCell();
      }
    }
    return null;
  }
}

/** As short as the reason of a closed socket has to be. */
export function tooManyCells(): Refusal {
  const most = limits.maxCellsPerNotebook.toLocaleString('en');
  return new Refusal('too_large', `A notebook holds at most ${most} cells. Delete some to go on.`);
}

function tooLongCell(): Refusal {
  const most = limits.maxCellSourceLength.toLocaleString('en');
  return new Refusal('too_large', `A cell holds at most ${most} characters. Shorten it to go on.`);
}

function tooLargeDocument(): Refusal {
  const most = limits.maxDocumentBytes / (1024 * 1024);
  return new Refusal(
    'too_large',
    `A notebook holds at most ${most} MB. Delete some of it to go on.`,
  );
}
