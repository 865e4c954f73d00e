import { useQueryClient } from '@tanstack/react-query';
import { leaveNotebook } from '../client/sharing.ts';
import { ConfirmDialog } from '../shell/confirm-dialog.tsx';
import { toast } from '../shell/toasts.tsx';

/** Asks before a notebook of somebody else is given up: there is no way back but theirs. */
export function LeaveDialog({
  notebook,
  onLeft,
  onClose,
}: {
  notebook: { id: string; title: string };
  onLeft(): void;
  onClose(): void;
}) {
  const queries = useQueryClient();
  return (
    <ConfirmDialog
      title={`Leave “${notebook.title}”?`}
      action="Leave"
      run={async () => {
        await leaveNotebook(notebook.id);
        toast(`You left “${notebook.title}”`);
        onLeft();
        void queries.invalidateQueries({ queryKey: ['notebooks'] });
      }}
      onClose={onClose}
    >
      <p>You can come back only by being invited again, or by a link.</p>
    </ConfirmDialog>
  );
}
