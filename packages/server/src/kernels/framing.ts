/** The frames of a kernel's pipes (PROTOCOL.md, K1). */

/** Longer frames are not even allocated: the sender is broken or hostile. */
export const maxFrameBytes = 64 * 1024 * 1024;

const lengthBytes = 4;

/** A frame with `header` as JSON and no payload. */
export function encodeFrame(header: unknown): Buffer {
  const json = JSON.stringify(header);
  const headerBytes = Buffer.byteLength(json);
  const frame = Buffer.allocUnsafe(2 * lengthBytes + headerBytes);
  frame.writeUInt32BE(lengthBytes + headerBytes, 0);
  frame.writeUInt32BE(headerBytes, lengthBytes);
  frame.write(json, 2 * lengthBytes);
  return frame;
}

/** The other side does not speak our frames; nothing after this can be understood. */
export class BrokenFrame extends Error {}

/** Puts frames together from chunks of any size. */
export class FrameDecoder {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #buffered = 0;

  constructor(maxBytes = maxFrameBytes) {
    this.#maxBytes = maxBytes;
  }

  /** The headers that are complete with this chunk, parsed from JSON but not checked; throws `BrokenFrame`. */
  push(chunk: Buffer): unknown[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const headers: unknown[] = [];
    for (;;) {
      if (this.#buffered < lengthBytes) return headers;
      const total = this.#gather(lengthBytes).readUInt32BE(0);
      if (total > this.#maxBytes) {
        throw new BrokenFrame(`a frame of ${total} bytes is over the limit of ${this.#maxBytes}`);
      }
      if (total < lengthBytes) throw new BrokenFrame(`a frame of ${total} bytes has no header`);
      if (this.#buffered < lengthBytes + total) return headers;
      headers.push(parseBody(this.#take(lengthBytes + total).subarray(lengthBytes)));
    }
  }

  /** Makes the first chunk at least `bytes` long; joins all only when that frame is complete or its length is split. */
  #gather(bytes: number): Buffer {
    let first = this.#chunks[0] ?? Buffer.alloc(0);
    if (first.length < bytes) {
      first = Buffer.concat(this.#chunks);
      this.#chunks = [first];
    }
    return first;
  }

  #take(bytes: number): Buffer {
    const first = this.#gather(bytes);
    const rest = first.subarray(bytes);
    this.#buffered -= bytes;
    if (rest.length > 0) this.#chunks[0] = rest;
    else this.#chunks.shift();
    return first.subarray(0, bytes);
  }
}

function parseBody(body: Buffer): unknown {
  const headerBytes = body.readUInt32BE(0);
  if (headerBytes > body.length - lengthBytes) {
    throw new BrokenFrame(`a header of ${headerBytes} bytes is longer than its frame`);
  }
  try {
    return JSON.parse(body.toString('utf8', lengthBytes, lengthBytes + headerBytes));
  } catch {
    throw new BrokenFrame('a header is not JSON');
  }
}
