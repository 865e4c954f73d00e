import { lazy, Suspense } from 'react';
import { auth } from '../client/auth.ts';

/** Only with Clerk is anything of Clerk loaded. */
const ClerkMenu = lazy(async () => ({ default: (await import('./clerk-menu.tsx')).ClerkMenu }));

/** Who is signed in, and what they can do about it. */
export function AccountMenu() {
  if (auth().provider === 'local') return null;
  return (
    // Its place is kept while it loads.
    <span className="inline-flex size-7 shrink-0 items-center justify-center">
      <Suspense>
        <ClerkMenu />
      </Suspense>
    </span>
  );
}
