import * as encoding from 'lib0/encoding';
import * as Y from 'yjs';

/**
 * A document update as several, to be applied in order, each near `maxBytes` at most; as it is where it is small.
 * Only the edits of one client can be cut: those of several build on each other in ways that an order of sending would
 * have to respect. One stretch of text that was inserted at once is not cut either.
 */
export function splitUpdate(update: Uint8Array, maxBytes: number): Uint8Array[] {
  if (update.length <= maxBytes) return [update];
  const { structs } = Y.decodeUpdate(update);
  const client = structs[0]?.id.client;
  if (client === undefined || structs.some(({ id }) => id.client !== client)) return [update];

  const parts: Uint8Array[] = [];
  let part: typeof structs = [];
  let partBytes = 0;
  for (const struct of structs) {
    const bytes = encodeStructs([struct]).length;
    if (part.length > 0 && partBytes + bytes > maxBytes) {
      parts.push(encodeStructs(part));
      part = [];
      partBytes = 0;
    }
    part.push(struct);
    partBytes += bytes;
  }
  parts.push(encodeStructs(part));
  // What is left without the insertions: the deletions, which may concern any of them.
  const last = structs.at(-1);
  const end = last === undefined ? 0 : last.id.clock + last.length;
  const deletions = Y.diffUpdate(update, Y.encodeStateVector(new Map([[client, end]])));
  return [...parts, deletions];
}

/** Neighbouring structs of one client as an update without deletions, in the first version of Yjs's format. */
function encodeStructs(structs: ReturnType<typeof Y.decodeUpdate>['structs']): Uint8Array {
  const [first] = structs;
  const encoder = new Y.UpdateEncoderV1();
  const { restEncoder } = encoder;
  if (first) {
    encoding.writeVarUint(restEncoder, 1);
    encoding.writeVarUint(restEncoder, structs.length);
    encoder.writeClient(first.id.client);
    encoding.writeVarUint(restEncoder, first.id.clock);
    for (const struct of structs) struct.write(encoder, 0);
  } else {
    encoding.writeVarUint(restEncoder, 0);
  }
  encoding.writeVarUint(restEncoder, 0);
  return encoder.toUint8Array();
}
