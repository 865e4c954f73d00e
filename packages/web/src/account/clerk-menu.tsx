import { UserButton } from '@clerk/react';

/** The person's picture, and behind it Clerk's own menu: their account, and signing out. */
export function ClerkMenu() {
  return (
    <UserButton appearance={{ elements: { avatarBox: { width: '1.5rem', height: '1.5rem' } } }} />
  );
}
