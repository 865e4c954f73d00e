import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { auth } from '../client/auth.ts';
import { signOut } from '../client/http.ts';
import { keepAllUnsaved, wouldLoseByLeaving } from '../client/leaving.ts';
import { forgetUnsentOf } from '../client/unsent-edits.ts';
import { ConfirmDialog } from '../shell/confirm-dialog.tsx';
import { toast } from '../shell/toasts.tsx';
import { useMe } from './use-me.ts';

/** Signs out; where that would lose something, asks first. */
export function useSignOut(): { ask(): void; question: ReactNode } {
  const me = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asks, setAsks] = useState(false);
  const leave = async () => {
    await signOut();
    if (me) forgetUnsentOf(me.id);
    // Clerk itself leads on.
    if (!auth().keepsAccounts) return;
    await navigate({ to: '/sign-in' });
    // Whoever signs in next is not to see what somebody else had.
    queries.removeQueries({ type: 'inactive' });
  };
  const ask = () => {
    keepAllUnsaved();
    if (wouldLoseByLeaving(me?.id ?? null)) setAsks(true);
    else leave().catch((error: Error) => toast(error.message, { tone: 'bad' }));
  };
  const question = asks && (
    <ConfirmDialog
      title="Sign out?"
      action="Sign out, and lose it"
      run={leave}
      onClose={() => setAsks(false)}
    >
      <p>
        What you wrote last is not saved: it is in this tab alone, and lost if you sign out before
        the server has it.
      </p>
    </ConfirmDialog>
  );
  return { ask, question };
}
