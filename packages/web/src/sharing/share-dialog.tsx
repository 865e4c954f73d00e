import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useRef } from 'react';
import { useMeta, useNotebook } from '../notebook/notebook-context.ts';
import { IconButton } from '../shell/button.tsx';
import { Failed } from '../shell/failed.tsx';
import { SkeletonRows } from '../shell/skeleton-rows.tsx';
import { InviteForm } from './invite-form.tsx';
import { LinkList } from './link-list.tsx';
import { MemberList } from './member-list.tsx';
import { useSharing, useSharingChanges } from './use-sharing.ts';

/** Who has the notebook, for its owner to see and to change. */
export function ShareDialog({ onClose }: { onClose(): void }) {
  const { client } = useNotebook();
  const { title } = useMeta();
  const content = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Dialog.Content
          ref={content}
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            // The field to write in, not the button that closes.
            event.preventDefault();
            const field = content.current?.querySelector('input');
            (field ?? content.current)?.focus();
          }}
          className="fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-xl border bg-raised p-5 shadow-[var(--shadow)] outline-none"
        >
          <div className="mb-3 flex items-start gap-4">
            <Dialog.Title className="min-w-0 grow truncate font-semibold text-base" title={title}>
              Share “{title}”
            </Dialog.Title>
            <Dialog.Close asChild>
              <IconButton label="Close">
                <X />
              </IconButton>
            </Dialog.Close>
          </div>
          <WhoHasIt notebook={{ id: client.id, title }} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function WhoHasIt({ notebook }: { notebook: { id: string; title: string } }) {
  const sharing = useSharing(notebook.id);
  const changes = useSharingChanges(notebook.id);
  return (
    <>
      <InviteForm notebook={notebook.id} onInvited={() => void changes.refresh()} />
      {changes.problem !== null && (
        <p role="alert" className="mt-2 rounded-md bg-bad-soft px-3 py-2 text-bad">
          {changes.problem}
        </p>
      )}
      <div className="mt-4">
        {sharing.data ? (
          <>
            <MemberList notebook={notebook} sharing={sharing.data} changes={changes} />
            <LinkList notebook={notebook.id} links={sharing.data.links} changes={changes} />
          </>
        ) : sharing.isError ? (
          <Failed query={sharing} />
        ) : (
          <SkeletonRows name="members" />
        )}
      </div>
    </>
  );
}
