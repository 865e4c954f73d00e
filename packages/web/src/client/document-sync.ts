import { binaryKind, limits } from '@rnb/protocol';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import {
  type Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  modifyAwarenessUpdate,
  removeAwarenessStates,
} from 'y-protocols/awareness';
import * as sync from 'y-protocols/sync';
import * as Y from 'yjs';
import { colourOf } from './presence.ts';
import { splitUpdate } from './split-update.ts';

export interface SyncHandler {
  /** Sends a binary frame on the present socket. */
  send(frame: Uint8Array<ArrayBuffer>): void;
  /** Both sides have what the other had. */
  onSynced(): void;
  /** `isUnsaved()` may have changed. */
  onSaved(): void;
}

/** The origin of transactions that came from the server; the undo manager leaves them alone. */
export const fromServer = Symbol('from server');

/**
 * Keeps a document and its awareness in step with the server (PROTOCOL S3, S4), over one socket after the other. It
 * counts the frames that carry updates, so that "saved" means committed and nothing less.
 */
export class DocumentSync {
  readonly #doc: Y.Doc;
  readonly #awareness: Awareness;
  readonly #handler: SyncHandler;
  #live = false;
  #mayEdit = false;
  /** Our sync step 2 is out: from then on each edit is a frame of its own. */
  #answered = false;
  #received = false;
  #framesSent = 0;
  /** The frame that carries the newest edit of ours; null while it is not sent. */
  #lastEditFrame: number | null = null;
  #unsaved = false;
  #edits = 0;
  /** What there was before the first edit that is not known to be saved. */
  #savedVector: Uint8Array = emptyVector;

  constructor(doc: Y.Doc, awareness: Awareness, handler: SyncHandler) {
    this.#doc = doc;
    this.#awareness = awareness;
    this.#handler = handler;
    // Yjs writes every transaction out for those who listen to updates. What came from the server goes nowhere, and a
    // whole notebook takes as long to write as to read.
    doc.on('beforeTransaction', this.#onTransaction);
    awareness.on('update', this.#onAwareness);
  }

  /** True while an edit of ours is not known to be in the database. */
  isUnsaved(): boolean {
    return this.#unsaved;
  }

  /** True while the server has been sent an edit and has not said that it is saved. */
  isAwaitingSave(): boolean {
    return this.#lastEditFrame !== null;
  }

  isSynced(): boolean {
    return this.#answered && this.#received;
  }

  /** How often something was written here. */
  get edits(): number {
    return this.#edits;
  }

  /** What the server may lack: every edit that is not known to be saved. */
  unsavedUpdate(): Uint8Array {
    return Y.encodeStateAsUpdate(this.#doc, this.#savedVector);
  }

  /** Right behind the hello: the server answers after its welcome. */
  ask(): void {
    this.#sendSync((encoder) => sync.writeSyncStep1(encoder, this.#doc));
  }

  /** After the welcome. */
  start(options: { mayEdit: boolean }): void {
    this.#live = true;
    this.#mayEdit = options.mayEdit;
    this.#answered = false;
    this.#received = false;
    this.#framesSent = 0;
    this.#lastEditFrame = null;
    // Set anew for its clock to grow: at the old one, the server has seen this client leave.
    this.#awareness.setLocalState(this.#awareness.getLocalState());
  }

  /** The socket is gone, and everybody else with it. */
  stop(): void {
    this.#live = false;
    this.#answered = false;
    this.#received = false;
    this.#lastEditFrame = null;
    const others = [...this.#awareness.getStates().keys()].filter(
      (id) => id !== this.#doc.clientID,
    );
    removeAwarenessStates(this.#awareness, others, fromServer);
    // Their clocks too, or their unchanged states would be taken for old ones after the reconnect.
    for (const id of others) this.#awareness.meta.delete(id);
  }

  /** A binary frame of the server. Throws on one that is not of the protocol. */
  receive(frame: Uint8Array): void {
    const kind = frame[0];
    const body = frame.subarray(1);
    if (kind === binaryKind.awareness) {
      const coloured = modifyAwarenessUpdate(
        decoding.readVarUint8Array(decoding.createDecoder(body)),
        colourOf,
      );
      applyAwarenessUpdate(this.#awareness, coloured, fromServer);
      return;
    }
    if (kind !== binaryKind.sync) throw new Error(`unknown kind of binary frame: ${kind}`);
    const decoder = decoding.createDecoder(body);
    const type = decoding.readVarUint(decoder);
    const payload = decoding.readVarUint8Array(decoder);
    switch (type) {
      case sync.messageYjsSyncStep1:
        this.#answer(payload);
        break;
      case sync.messageYjsSyncStep2:
        Y.applyUpdate(this.#doc, payload, fromServer);
        this.#received = true;
        if (this.isSynced()) this.#handler.onSynced();
        break;
      case sync.messageYjsUpdate:
        Y.applyUpdate(this.#doc, payload, fromServer);
        break;
      default:
        throw new Error(`unknown kind of sync message: ${type}`);
    }
  }

  /** The server has committed the first `frames` frames of this socket that carried updates. */
  saved(frames: number): void {
    if (this.#lastEditFrame === null || frames < this.#lastEditFrame) return;
    this.#unsaved = false;
    this.#lastEditFrame = null;
    this.#handler.onSaved();
  }

  close(): void {
    this.#doc.off('beforeTransaction', this.#onTransaction);
    this.#doc.off('update', this.#onUpdate);
    this.#awareness.off('update', this.#onAwareness);
  }

  #answer(stateVector: Uint8Array): void {
    // Whoever may not edit has nothing the server could want; an answer is still due (S3).
    const update = this.#mayEdit ? Y.encodeStateAsUpdate(this.#doc, stateVector) : emptyUpdate;
    this.#sendUpdate(update, sync.messageYjsSyncStep2);
    this.#answered = true;
    if (this.#unsaved && this.#mayEdit) this.#lastEditFrame = this.#framesSent;
    if (this.isSynced()) this.#handler.onSynced();
  }

  readonly #onTransaction = ({ origin }: Y.Transaction): void => {
    if (origin === fromServer) this.#doc.off('update', this.#onUpdate);
    else this.#doc.on('update', this.#onUpdate);
  };

  readonly #onUpdate = (
    update: Uint8Array,
    origin: unknown,
    _doc: Y.Doc,
    { beforeState }: Y.Transaction,
  ): void => {
    // One of ours inside of one of the server's; then both are told.
    if (origin === fromServer) return;
    if (!this.#unsaved) this.#savedVector = Y.encodeStateVector(beforeState);
    this.#unsaved = true;
    this.#edits += 1;
    if (this.#live && this.#answered && this.#mayEdit) {
      this.#sendUpdate(update, sync.messageYjsUpdate);
      this.#lastEditFrame = this.#framesSent;
    }
    this.#handler.onSaved();
  };

  readonly #onAwareness = (
    changes: { added: number[]; updated: number[]; removed: number[] },
    origin: unknown,
  ): void => {
    const own = [...changes.added, ...changes.updated, ...changes.removed].includes(
      this.#doc.clientID,
    );
    if (this.#live && own && origin !== fromServer) this.#sendAwareness([this.#doc.clientID]);
  };

  /** In as many frames as it takes; those after the first are updates. */
  #sendUpdate(update: Uint8Array, type: number): void {
    let messageType = type;
    for (const part of splitUpdate(update, maxPartBytes)) {
      this.#sendSync((encoder) => {
        encoding.writeVarUint(encoder, messageType);
        encoding.writeVarUint8Array(encoder, part);
      });
      this.#framesSent += 1;
      messageType = sync.messageYjsUpdate;
    }
  }

  #sendSync(write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder();
    encoding.writeUint8(encoder, binaryKind.sync);
    write(encoder);
    this.#handler.send(encoding.toUint8Array(encoder));
  }

  #sendAwareness(clients: number[]): void {
    const encoder = encoding.createEncoder();
    encoding.writeUint8(encoder, binaryKind.awareness);
    encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(this.#awareness, clients));
    this.#handler.send(encoding.toUint8Array(encoder));
  }
}

/**
 * Below what the server takes by more than a frame needs besides. What fits is not cut: the parts have the insertions
 * first, and a text that was shortened to fit would be refused before its deletions came.
 */
const maxPartBytes = (limits.maxClientFrameBytes * 7) / 8;

/** What a document without anything new gives. */
const emptyUpdate = Y.encodeStateAsUpdate(new Y.Doc());
const emptyVector = Y.encodeStateVector(new Y.Doc());
