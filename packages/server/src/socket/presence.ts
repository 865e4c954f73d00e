import { newDoc } from '@rnb/document';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import {
  Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from 'y-protocols/awareness';
import { z } from 'zod';

/** A cursor, a selection and the focused cell need a few hundred bytes. */
const maxStateBytes = 16 * 1024;

const State = z.record(z.string(), z.unknown()).nullable();

/** Whoever speaks: one socket of one user. */
export interface PresenceSource {
  readonly user: { readonly id: string; readonly name: string };
}

/**
 * Who is in a notebook and where. A socket speaks for one awareness client, its own, and never says who it is: the
 * server stamps user id and name on each state, over whatever the client wrote there (S9).
 */
export class Presence {
  readonly #awareness = new Awareness(newDoc());
  readonly #clients = new Map<PresenceSource, number>();
  readonly #sources = new Map<number, PresenceSource>();

  /** `tell` gets each change, with the source it came from, null where the server made it. */
  constructor(tell: (update: Uint8Array, source: unknown) => void) {
    this.#awareness.setLocalState(null);
    this.#awareness.on(
      'update',
      (changes: { added: number[]; updated: number[]; removed: number[] }, source: unknown) => {
        const clients = [...changes.added, ...changes.updated, ...changes.removed];
        tell(encodeAwarenessUpdate(this.#awareness, clients), source);
      },
    );
  }

  /** Everybody's state, for a newcomer; null when nobody is there. */
  everybody(): Uint8Array | null {
    const clients = [...this.#awareness.getStates().keys()];
    return clients.length === 0 ? null : encodeAwarenessUpdate(this.#awareness, clients);
  }

  /** Throws on an update that is not one, or is too big. States of clients that are not the source's are dropped. */
  accept(update: Uint8Array, source: PresenceSource): void {
    if (update.length > maxStateBytes) throw new Error('the presence state is too big');
    const decoder = decoding.createDecoder(update);
    const count = decoding.readVarUint(decoder);
    for (let index = 0; index < count; index += 1) {
      const client = decoding.readVarUint(decoder);
      const clock = decoding.readVarUint(decoder);
      const state = State.parse(JSON.parse(decoding.readVarString(decoder)));
      if (!this.#claim(client, source)) continue;
      const stamped = state && { ...state, user: { id: source.user.id, name: source.user.name } };
      applyAwarenessUpdate(this.#awareness, encodeState(client, clock, stamped), source);
    }
  }

  remove(source: PresenceSource): void {
    const client = this.#clients.get(source);
    this.#clients.delete(source);
    if (client === undefined || this.#sources.get(client) !== source) return;
    this.#sources.delete(client);
    removeAwarenessStates(this.#awareness, [client], null);
  }

  close(): void {
    this.#awareness.destroy();
  }

  /** A client that reconnects may come before its old socket is known to be gone, so a user may take over their own. */
  #claim(client: number, source: PresenceSource): boolean {
    const own = this.#clients.get(source);
    if (own !== undefined) return own === client;
    const holder = this.#sources.get(client);
    if (holder && holder.user.id !== source.user.id) return false;
    this.#clients.set(source, client);
    this.#sources.set(client, source);
    return true;
  }
}

function encodeState(client: number, clock: number, state: unknown): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, 1);
    encoding.writeVarUint(encoder, client);
    encoding.writeVarUint(encoder, clock);
    encoding.writeVarString(encoder, JSON.stringify(state));
  });
}
