import type { Member } from '@rnb/protocol';
import { useQueryClient } from '@tanstack/react-query';
import { transferNotebook } from '../client/sharing.ts';
import { ConfirmDialog } from '../shell/confirm-dialog.tsx';

/** Asks before a notebook is given away: only the new owner can give it back. */
export function TransferDialog({
  notebook,
  heir,
  onClose,
}: {
  notebook: { id: string; title: string };
  heir: NonNullable<Member['person']>;
  onClose(): void;
}) {
  const queries = useQueryClient();
  const name = heir.name || heir.email || 'them';
  return (
    <ConfirmDialog
      title={`Make ${name} the owner?`}
      action="Make owner"
      run={async () => {
        // The socket tells the page what one is now; the owner's dialog goes with that.
        await transferNotebook(notebook.id, heir.id);
        void queries.invalidateQueries({ queryKey: ['notebooks'] });
      }}
      onClose={onClose}
    >
      <p>
        “{notebook.title}” then belongs to {name}
        {heir.email && heir.name ? ` (${heir.email})` : ''}, who decides who has it, and may delete
        it.
      </p>
      <p>Its links end: whoever has it by a link alone loses it.</p>
      <p>You stay as an editor. Only {name} can give it back to you.</p>
    </ConfirmDialog>
  );
}
