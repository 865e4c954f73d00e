import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Eye, PencilLine } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useState } from 'react';
import { listNotebooks } from '../client/index.ts';
import { useMeta, useNotebook, useStatus } from '../notebook/notebook-context.ts';
import { Button } from '../shell/button.tsx';
import { mayOf } from './roles.ts';
import { useLeave } from './use-leave.ts';

const marks = {
  viewer: { Icon: Eye, word: 'Read only' },
  runner: { Icon: Eye, word: 'Run only' },
  editor: { Icon: PencilLine, word: 'Editor' },
} as const;

/** What one is to a notebook of somebody else: said in the header, and more of it when asked. */
export function AccessPopover() {
  const role = useStatus('role');
  const [open, setOpen] = useState(false);
  if (role === null || role === 'owner') return null;
  const { Icon, word } = marks[role];
  return (
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
          <Details may={mayOf[role]} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** Asks for the owner's name no sooner than somebody wants to know. */
function Details({ may }: { may: string }) {
  const { client } = useNotebook();
  const { title } = useMeta();
  const navigate = useNavigate();
  const leave = useLeave({ id: client.id, title }, () => void navigate({ to: '/' }));
  const [asked, setAsked] = useState(false);
  const notebooks = useQuery({
    queryKey: ['notebooks'],
    queryFn: ({ signal }) => listNotebooks(signal),
  });
  const owner = notebooks.data?.find(({ id }) => id === client.id)?.owner.name;
  return (
    <>
      <p className="font-medium">
        {owner ? `This notebook belongs to ${owner}` : 'This notebook belongs to somebody else'}
      </p>
      <p className="mt-1 text-muted">{may}</p>
      {asked ? (
        <>
          <p className="mt-3">You can come back only by being invited again, or by a link.</p>
          <div className="mt-2 flex gap-2">
            <Button size="small" autoFocus onClick={() => setAsked(false)}>
              Stay
            </Button>
            <Button
              size="small"
              look="primary"
              disabled={leave.isPending}
              onClick={() => leave.mutate()}
            >
              Leave
            </Button>
          </div>
        </>
      ) : (
        <Button size="small" className="mt-3" onClick={() => setAsked(true)}>
          Leave notebook…
        </Button>
      )}
    </>
  );
}
