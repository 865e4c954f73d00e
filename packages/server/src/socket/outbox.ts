import type { ServerMessage } from '@rnb/protocol';
import { closeCode } from '@rnb/protocol';
import type { WebSocket } from 'ws';
import { Backlog } from '../backlog.ts';

/** What a client gets to end its connection once either side has said farewell, before it is cut. */
const closeGraceMs = 1_000;
/** A close frame's reason has at most 123 bytes. */
const maxReasonBytes = 123;

/** What goes out on one socket. A client that does not keep up is sent away, and asks again for what it missed. */
export class Outbox {
  readonly #socket: WebSocket;
  readonly #backlog = new Backlog();

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.once('closing', () => {
      const cut = setTimeout(() => socket.terminate(), closeGraceMs);
      socket.once('close', () => clearTimeout(cut));
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  sendMessage(message: ServerMessage): void {
    this.send(encodeMessage(message), 'text');
  }

  send(frame: Uint8Array, kind: 'text' | 'binary'): void {
    if (!this.isOpen) return;
    if (!this.#backlog.hasRoom(this.#socket.bufferedAmount, frame.length)) {
      this.close(closeCode.tooSlow, 'Too much was waiting to be read.');
      return;
    }
    this.#socket.send(frame, { binary: kind === 'binary' });
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#socket.close(code, fitReason(reason));
  }
}

/** Once for each message, not for each client. */
export function encodeMessage(message: ServerMessage): Uint8Array {
  return Buffer.from(JSON.stringify(message));
}

function fitReason(reason: string): string {
  if (Buffer.byteLength(reason) <= maxReasonBytes) return reason;
  let fitting = reason;
  while (Buffer.byteLength(fitting) > maxReasonBytes - 3) fitting = fitting.slice(0, -1);
  return `${fitting.toWellFormed()}…`.slice(0, maxReasonBytes);
}
