/** The host that a publishable key of Clerk names; null for what is no such key. */
export function hostOf(publishableKey: string): string | null {
  const encoded = /^pk_(?:test|live)_([A-Za-z0-9+/]+=*)$/.exec(publishableKey)?.[1];
  try {
    return /^([^$]+\.[^$]+)\$$/.exec(atob(encoded ?? ''))?.[1] ?? null;
  } catch {
    return null;
  }
}
