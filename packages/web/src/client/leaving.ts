/**
 * The ways out of the page. Whoever holds what somebody wrote and is not saved says so here, so that no way out loses
 * it: each either keeps it or asks first.
 */
import { hasUnsentOf, isMemoryNeeded } from './unsent-edits.ts';

interface Holder {
  /** True while the end of the page would lose something. */
  hasUnsaved(): boolean;
  /** Keeps it in the tab. False where the end of the page would lose it all the same. */
  keepUnsaved(): boolean;
}

const holders = new Set<Holder>();
let comesBack = false;

/** Returns how to stop. */
export function holdWhileLeaving(holder: Holder): () => void {
  holders.add(holder);
  return () => holders.delete(holder);
}

/** Keeps in the tab whatever is not saved. */
export function keepAllUnsaved(): void {
  for (const holder of holders) holder.keepUnsaved();
}

/** Whether something of this person would be lost with the page. What is kept is lost unless the page comes back. */
export function wouldLoseByLeaving(user: string | null): boolean {
  if (isMemoryNeeded() || [...holders].some((holder) => holder.hasUnsaved())) return true;
  return !comesBack && user !== null && hasUnsentOf(user);
}

/** The page is left in a way that leads back to this tab, as signing in does. */
export async function leaveAndComeBack(leave: () => unknown): Promise<void> {
  keepAllUnsaved();
  comesBack = true;
  try {
    await leave();
  } catch (error) {
    comesBack = false;
    throw error;
  }
}

/** Loads the page anew: somebody else is signed in, and what is shown and open here is not theirs. */
export function startOver(): void {
  void leaveAndComeBack(() => location.reload());
}

// A browser may show the page again as it was.
globalThis.addEventListener?.('pageshow', () => {
  comesBack = false;
});
