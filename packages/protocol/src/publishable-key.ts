/** The host that a publishable key of Clerk names, as `clerk.example.org`; null for what is no such key. */
export function clerkHostOf(publishableKey: string): string | null {
  const encoded = /^pk_(?:test|live)_([A-Za-z0-9+/]+=*)$/.exec(publishableKey)?.[1] ?? '';
  let named: string;
  try {
    named = atob(encoded);
  } catch {
    return null;
  }
  const host = /^([a-z0-9.:-]+)\$$/.exec(named)?.[1];
  if (host === undefined || !URL.canParse(`https://${host}`)) return null;
  return new URL(`https://${host}`).host === host ? host : null;
}
