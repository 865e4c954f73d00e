import { useMutation, useQueryClient } from '@tanstack/react-query';
import { leaveNotebook } from '../client/sharing.ts';
import { toast } from '../shell/toasts.tsx';

/** Gives up a notebook of somebody else. */
export function useLeave(notebook: { id: string; title: string }, onLeft?: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => leaveNotebook(notebook.id),
    onSuccess: () => {
      toast(`You left “${notebook.title}”`);
      onLeft?.();
    },
    onError: ({ message }) => toast(message, { tone: 'bad' }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['notebooks'] }),
  });
}
