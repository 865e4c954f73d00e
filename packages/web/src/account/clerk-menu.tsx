import { UserButton } from '@clerk/react';
import { useNavigate } from '@tanstack/react-router';
import { KeyRound, UserRound } from 'lucide-react';

/** The person's picture, and behind it Clerk's own menu: their account there, what they have here, and signing out. */
export function ClerkMenu() {
  const navigate = useNavigate();
  return (
    <UserButton appearance={{ elements: { avatarBox: { width: '1.5rem', height: '1.5rem' } } }}>
      <UserButton.MenuItems>
        <UserButton.Action
          label="Activity"
          labelIcon={<UserRound className="size-4" />}
          onClick={() => void navigate({ to: '/account' })}
        />
        <UserButton.Action
          label="API tokens"
          labelIcon={<KeyRound className="size-4" />}
          onClick={() => void navigate({ to: '/account/tokens' })}
        />
        <UserButton.Action label="manageAccount" />
        <UserButton.Action label="signOut" />
      </UserButton.MenuItems>
    </UserButton>
  );
}
