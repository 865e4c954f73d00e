import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { SignInButton } from '../account/sign-in-button.tsx';
import { ApiProblem } from '../client/http.ts';
import { forgetInvitation, invitationTo, keepInvitation } from '../client/join-link.ts';
import { joinNotebook } from '../client/sharing.ts';
import { Button } from '../shell/button.tsx';
import { Notice } from '../shell/notice.tsx';
import { ToNotebooks } from '../shell/to-notebooks.tsx';

/** Shows its children to whoever has the notebook; who came by a share link joins first. */
export function ByInvitation({ notebook, children }: { notebook: string; children: ReactNode }) {
  const [secret] = useState(() => invitationTo(notebook));
  return secret === null ? (
    children
  ) : (
    <Joining notebook={notebook} secret={secret}>
      {children}
    </Joining>
  );
}

function Joining({
  notebook,
  secret,
  children,
}: {
  notebook: string;
  secret: string;
  children: ReactNode;
}) {
  const queries = useQueryClient();
  const join = useQuery({
    queryKey: ['join', notebook],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      try {
        await joinNotebook(notebook, secret);
        forgetInvitation();
        void queries.invalidateQueries({ queryKey: ['notebooks'] });
        return true;
      } catch (error) {
        // Signing in comes first; the link is not lost by that.
        if (isSignedOut(error)) keepInvitation();
        else if (isDead(error)) forgetInvitation();
        throw error;
      }
    },
  });
  if (join.data) return children;
  if (!join.error) {
    return (
      <Notice title="Opening the notebook…">
        <span role="status">One moment.</span>
      </Notice>
    );
  }
  if (isSignedOut(join.error)) {
    return (
      <Notice title="Sign in to open this notebook" actions={<SignInButton />}>
        Somebody shared it with you by a link. Once you have signed in, it opens if the link still
        works.
      </Notice>
    );
  }
  if (isDead(join.error)) {
    return (
      <Notice title="This link no longer opens the notebook" actions={<ToNotebooks />}>
        It has expired, was revoked, or is not whole. Ask whoever sent it to you for a new one.
      </Notice>
    );
  }
  return (
    <Notice
      title="The notebook could not be opened"
      actions={
        <>
          <Button look="primary" onClick={() => void join.refetch()}>
            Try again
          </Button>
          {/* Who gives it up is not led back to it from there. */}
          <ToNotebooks onChoose={forgetInvitation} />
        </>
      }
    >
      {join.error.message}
    </Notice>
  );
}

function isSignedOut(error: unknown): boolean {
  return error instanceof ApiProblem && error.isSignedOut;
}

/** Whether trying again can't help. */
function isDead(error: unknown): boolean {
  return (
    error instanceof ApiProblem &&
    (error.code === 'forbidden' || error.code === 'not_found' || error.code === 'invalid')
  );
}
