import * as Y from 'yjs';
import { Refusal } from '../http/problem.ts';

/**
 * Keeps hostile updates out of a document. Yjs reads an update while it applies it, so a broken one leaves half of
 * itself behind, and one that builds on what never came is kept, unseen, for ever. So each goes through a second copy
 * of the document first: what spoils that is refused, and the copy made anew.
 */
export class UpdateGate {
  #document: Y.Doc;
  /** Made when first needed, so that a notebook that is only read costs nothing more. */
  #copy: Y.Doc | null = null;

  constructor(document: Y.Doc) {
    this.#document = document;
  }

  /** Throws a Refusal on what the document could not take whole. */
  check(update: Uint8Array): void {
    this.#copy ??= copyOf(this.#document);
    try {
      Y.applyUpdate(this.#copy, update);
    } catch {
      this.#copy = null;
      throw new Refusal('malformed', 'The document update could not be read.');
    }
    const { pendingStructs, pendingDs } = this.#copy.store;
    if (pendingStructs === null && pendingDs === null) return;
    this.#copy = null;
    throw new Refusal('malformed', 'The document update builds on another that never came.');
  }

  /** The document changed by other ways than a checked update. */
  follow(update: Uint8Array): void {
    if (this.#copy !== null) Y.applyUpdate(this.#copy, update);
  }
}

function copyOf(document: Y.Doc): Y.Doc {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(document));
  return copy;
}
