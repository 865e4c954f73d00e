import { binaryKind } from '@rnb/protocol';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import * as sync from 'y-protocols/sync';

/** A client's binary frame, taken apart (PROTOCOL S3). */
export type BinaryFrame =
  | { type: 'step1'; stateVector: Uint8Array }
  /** Step 2 or an update: both bring something for the document, if only nothing. */
  | { type: 'update'; update: Uint8Array }
  | { type: 'awareness'; update: Uint8Array };

/** Throws on anything that is not a whole frame of the protocol. */
export function decodeBinary(frame: Uint8Array): BinaryFrame {
  const decoder = decoding.createDecoder(frame);
  const kind = decoding.readUint8(decoder);
  const decoded = decodeBody(kind, decoder);
  if (decoding.hasContent(decoder)) throw new Error('bytes after the end of the message');
  return decoded;
}

function decodeBody(kind: number, decoder: decoding.Decoder): BinaryFrame {
  if (kind === binaryKind.awareness) {
    return { type: 'awareness', update: decoding.readVarUint8Array(decoder) };
  }
  if (kind !== binaryKind.sync) throw new Error(`unknown kind of frame ${kind}`);
  const type = decoding.readVarUint(decoder);
  const payload = decoding.readVarUint8Array(decoder);
  switch (type) {
    case sync.messageYjsSyncStep1:
      return { type: 'step1', stateVector: payload };
    case sync.messageYjsSyncStep2:
    case sync.messageYjsUpdate:
      return { type: 'update', update: payload };
    default:
      throw new Error(`unknown kind of sync message ${type}`);
  }
}

export function encodeStep1(stateVector: Uint8Array): Uint8Array {
  return encodeSync(sync.messageYjsSyncStep1, stateVector);
}

export function encodeStep2(update: Uint8Array): Uint8Array {
  return encodeSync(sync.messageYjsSyncStep2, update);
}

export function encodeUpdate(update: Uint8Array): Uint8Array {
  return encodeSync(sync.messageYjsUpdate, update);
}

export function encodeAwareness(update: Uint8Array): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeUint8(encoder, binaryKind.awareness);
    encoding.writeVarUint8Array(encoder, update);
  });
}

function encodeSync(type: number, payload: Uint8Array): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeUint8(encoder, binaryKind.sync);
    encoding.writeVarUint(encoder, type);
    encoding.writeVarUint8Array(encoder, payload);
  });
}

/** An update without any change, as a client that has nothing new answers step 1 with. */
export function isEmptyUpdate(update: Uint8Array): boolean {
  return update.length === 2 && update[0] === 0 && update[1] === 0;
}
