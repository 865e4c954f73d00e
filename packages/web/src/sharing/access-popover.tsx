import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Eye, PencilLine, Play } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useState } from 'react';
import { listNotebooks } from '../client/index.ts';
import { useMeta, useNotebook, useStatus } from '../notebook/notebook-context.ts';
import { Button } from '../shell/button.tsx';
import { LeaveDialog } from './leave-dialog.tsx';
import { mayOf } from './roles.ts';

const marks = {
  viewer: { Icon: Eye, word: 'Read only' },
  runner: { Icon: Play, word: 'Run only' },
  editor: { Icon: PencilLine, word: 'Editor' },
} as const;

/** What one is to a notebook of somebody else: said in the header, and more of it when asked. */
export function AccessPopover() {
  const role = useStatus('role');
  const { client } = useNotebook();
  const { title } = useMeta();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [leaves, setLeaves] = useState(false);
  if (role === null || role === 'owner') return null;
  const { Icon, word } = marks[role];
  return (
    <>
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger className="flex h-7 shrink-0 items-center gap-1 rounded-md bg-sunken px-2 text-muted text-xs hover:text-ink">
          <Icon className="size-3.5" aria-hidden="true" />
          <span className="max-sm:sr-only">{word}</span>
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content
            align="start"
            sideOffset={4}
            collisionPadding={8}
            aria-label="Your access"
            className="z-50 w-72 animate-rise rounded-lg border bg-raised p-3 shadow-[var(--shadow)]"
          >
            <p className="font-medium">
              <Owner />
            </p>
            <p className="mt-1 text-muted">{mayOf[role]}</p>
            <Button
              size="small"
              className="mt-3"
              onClick={() => {
                setOpen(false);
                setLeaves(true);
              }}
            >
              Leave notebook…
            </Button>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
      {leaves && (
        <LeaveDialog
          notebook={{ id: client.id, title }}
          onLeft={() => void navigate({ to: '/' })}
          onClose={() => setLeaves(false)}
        />
      )}
    </>
  );
}

/** Whose notebook it is: asked no sooner than somebody wants to know. */
function Owner() {
  const { client } = useNotebook();
  const notebooks = useQuery({
    queryKey: ['notebooks'],
    queryFn: ({ signal }) => listNotebooks(signal),
  });
  const owner = notebooks.data?.find(({ id }) => id === client.id)?.owner.name;
  return owner ? `This notebook belongs to ${owner}` : 'This notebook belongs to somebody else';
}
