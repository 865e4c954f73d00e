import type { Awareness } from 'y-protocols/awareness';
import { z } from 'zod';

/** Another person who has the notebook open. */
export interface Peer {
  readonly clientId: number;
  readonly userId: string;
  readonly name: string;
  /** A CSS colour; everybody sees the same person in the same one. */
  readonly colour: string;
  /** The cell they are in, where they said so. */
  readonly cell: string | null;
}

const Stamped = z.object({ id: z.string(), name: z.string() });
const PeerState = z.object({
  user: Stamped.extend({ color: z.string() }),
  cell: z.string().nullable().catch(null),
});

/** Golden-angle steps around the hue circle keep neighbours apart. */
function hueOf(userId: string): number {
  let hash = 0;
  for (const character of userId) {
    hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  }
  return Math.round((hash % 360) * 137.508) % 360;
}

/** A person's colour, and a faint one for the text they have selected. */
export function presenceColour(userId: string): { color: string; colorLight: string } {
  const hue = hueOf(userId);
  return { color: `oklch(0.54 0.17 ${hue})`, colorLight: `oklch(0.62 0.17 ${hue} / 0.2)` };
}

/** Gives an awareness state, as the server stamped it, the colours under the names that editor bindings look for. */
export function colourOf(state: unknown): unknown {
  const parsed = z.looseObject({ user: Stamped }).safeParse(state);
  if (!parsed.success) return state;
  const { user } = parsed.data;
  return { ...parsed.data, user: { ...user, ...presenceColour(user.id) } };
}

/** The others, one entry for each of their windows. */
export function peersOf(awareness: Awareness): Peer[] {
  const peers: Peer[] = [];
  for (const [clientId, state] of awareness.getStates()) {
    if (clientId === awareness.clientID) continue;
    const parsed = PeerState.safeParse(state);
    if (!parsed.success) continue;
    const { user, cell } = parsed.data;
    peers.push({ clientId, userId: user.id, name: user.name, colour: user.color, cell });
  }
  return peers.sort((a, b) => a.clientId - b.clientId);
}
