import { closeCode } from '@rnb/protocol';
import type { EventFrame, Session, SessionListener } from '../sessions/session.ts';
import { encodeAwareness, encodeUpdate } from './binary-frame.ts';
import { encodeMessage } from './outbox.ts';
import { Presence, type PresenceSource } from './presence.ts';

/** A welcomed socket, as its room sees it. */
export interface Member extends PresenceSource {
  send(frame: Uint8Array, kind: 'text' | 'binary'): void;
  close(code: number, reason: string): void;
}

/** The sockets of one open session. It listens to the session once, and encodes each frame once for all of them. */
export class Room {
  readonly session: Session;
  readonly #members = new Set<Member>();
  readonly #presence: Presence;
  readonly #leave: () => void;
  readonly #onEmpty: () => void;

  constructor(session: Session, onEmpty: () => void) {
    this.session = session;
    this.#onEmpty = onEmpty;
    this.#presence = new Presence((update, source) => {
      this.#broadcast(encodeAwareness(update), 'binary', source);
    });
    this.#leave = session.subscribe({
      onEvents: ({ seq, events }: EventFrame) =>
        this.#broadcast(encodeMessage({ type: 'events', seq, events }), 'text', null),
      onUpdate: (update, origin) => this.#broadcast(encodeUpdate(update), 'binary', origin),
      onClose: (reason) => {
        for (const member of [...this.#members]) member.close(...farewell[reason]);
      },
    });
  }

  join(member: Member): void {
    this.#members.add(member);
  }

  leave(member: Member): void {
    if (!this.#members.delete(member)) return;
    this.#presence.remove(member);
    if (this.#members.size > 0) return;
    this.#leave();
    this.#presence.close();
    this.#onEmpty();
  }

  /** Who is here, as a binary frame; null when nobody is. */
  presence(): Uint8Array | null {
    const update = this.#presence.everybody();
    return update && encodeAwareness(update);
  }

  /** Throws on an update that is not one. */
  acceptPresence(update: Uint8Array, member: Member): void {
    this.#presence.accept(update, member);
  }

  #broadcast(frame: Uint8Array, kind: 'text' | 'binary', except: unknown): void {
    for (const member of [...this.#members]) {
      if (member !== except) member.send(frame, kind);
    }
  }
}

const farewell: Record<Parameters<SessionListener['onClose']>[0], [code: number, reason: string]> =
  {
    deleted: [closeCode.notFound, 'This notebook was deleted.'],
    // A close frame has room for 123 bytes.
    unstored: [
      closeCode.failed,
      'The server cannot store edits now (database away or disk full). What you typed is kept here.',
    ],
    failed: [closeCode.failed, 'The notebook failed on the server and is opened anew.'],
    draining: [closeCode.draining, 'The server is restarting.'],
  };
