import { auth } from '../client/auth.ts';
import { Button } from '../shell/button.tsx';
import { toast } from '../shell/toasts.tsx';

/** Turns to where people sign in, which leads back here. `mayLeave`: asked first. */
export function SignInButton({ mayLeave = () => true }: { mayLeave?: () => boolean }) {
  return (
    <Button
      look="primary"
      onClick={() => {
        if (!mayLeave()) return;
        auth()
          .signIn()
          .catch((error: Error) => toast(error.message, { tone: 'bad' }));
      }}
    >
      Sign in
    </Button>
  );
}
