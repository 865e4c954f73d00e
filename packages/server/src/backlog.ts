/** Bytes that may wait for a reader who is too slow. */
const maxWaitingBytes = 4 * 1024 * 1024;

/** How far behind one reader is. */
export class Backlog {
  /** Size of the last frame that began to wait while there was room: one great frame alone is nobody's fault. */
  #greatFrame = 0;

  /** Whether another frame of this size may wait behind so many bytes. */
  hasRoom(waitingBytes: number, frameBytes: number): boolean {
    if (waitingBytes <= maxWaitingBytes) {
      this.#greatFrame = frameBytes;
      return true;
    }
    return waitingBytes <= maxWaitingBytes + this.#greatFrame;
  }
}
