import type { Member } from '@rnb/protocol';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { AlertDialog } from 'radix-ui';
import { transferNotebook } from '../client/sharing.ts';
import { Button } from '../shell/button.tsx';

/** Asks before a notebook is given away: only the new owner can give it back. */
export function TransferDialog({
  notebook,
  heir,
  onClose,
}: {
  notebook: { id: string; title: string };
  heir: Member | null;
  onClose(): void;
}) {
  const queries = useQueryClient();
  const transfer = useMutation({
    mutationFn: (to: string) => transferNotebook(notebook.id, to),
    // The socket tells the page what one is now; the owner's dialog goes with that.
    onSuccess: () => {
      onClose();
      void queries.invalidateQueries({ queryKey: ['notebooks'] });
    },
  });
  const person = heir?.person;
  if (!person) return null;
  const name = person.name || person.email || 'them';
  return (
    <AlertDialog.Root
      open
      onOpenChange={(open) => {
        if (open) return;
        transfer.reset();
        onClose();
      }}
    >
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-50 bg-black/40" />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-50 w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 rounded-xl border bg-raised p-5 shadow-[var(--shadow)]">
          <AlertDialog.Title className="font-semibold text-base">
            Make {name} the owner?
          </AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-2 flex flex-col gap-2 text-muted">
              <p>
                “{notebook.title}” then belongs to {name}
                {person.email && person.name ? ` (${person.email})` : ''}, who decides who has it,
                and may delete it.
              </p>
              <p>You stay as an editor. Only {name} can give it back to you.</p>
            </div>
          </AlertDialog.Description>
          {transfer.isError && (
            <p role="alert" className="mt-2 text-bad">
              {transfer.error.message}
            </p>
          )}
          <div className="mt-4 flex flex-wrap justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            <Button
              look="primary"
              disabled={transfer.isPending}
              onClick={() => transfer.mutate(person.id)}
            >
              Make owner
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
