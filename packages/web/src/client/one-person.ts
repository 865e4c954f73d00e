import type { Auth } from './auth.ts';

/** What is shown and open is one person's. They may sign out and come back; nobody else goes on with it. */
export function belongTo(
  person: string,
  auth: Auth,
  then: { onSignedOut(): void; onSomebodyElse(): void },
): () => void {
  return auth.onChange((user) => {
    if (user === null) then.onSignedOut();
    else if (user !== person) then.onSomebodyElse();
  });
}
