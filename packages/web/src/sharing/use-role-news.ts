import { mayEditAs } from '@rnb/protocol';
import { useEffect } from 'react';
import type { NotebookClient } from '../client/index.ts';
import { toast } from '../shell/toasts.tsx';
import { roleNews } from './roles.ts';

/**
 * Says so when one's role has become another one while the notebook is open. `onRefused` is called where something was
 * written and can't be sent any more; the document then holds what nobody else has.
 */
export function useRoleNews(client: NotebookClient, onRefused: () => void): void {
  useEffect(() => {
    let before = client.status.get().role;
    return client.status.subscribe(() => {
      const { role, saved } = client.status.get();
      if (role === before || role === null) return;
      if (before !== null) {
        toast(roleNews(before, role));
        if (mayEditAs(before) && !mayEditAs(role) && saved !== 'saved') onRefused();
      }
      before = role;
    });
  }, [client, onRefused]);
}
