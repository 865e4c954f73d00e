import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import type { UnsentCell } from '../client/index.ts';
import { useKept, useNotebook } from '../notebook/notebook-context.ts';
import { CopyButton } from '../outputs/copy-button.tsx';
import { Button, IconButton } from '../shell/button.tsx';

/** What was written and never reached the server, to be copied. */
export function KeptTexts({ cells }: { cells: readonly UnsentCell[] }) {
  return (
    <ul className="flex w-full flex-col gap-3 text-left text-ink text-sm">
      {cells.map(({ id, number, code }) => (
        <li key={id} className="overflow-hidden rounded-lg border bg-surface">
          <div className="flex items-center border-b py-1 pr-1.5 pl-3 text-muted text-xs">
            <span className="grow">Cell {number}</span>
            <CopyButton label="Copy" text={() => code} />
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it may have to be scrolled by key */}
          <pre tabIndex={0} className="max-h-64 overflow-auto px-3 py-2 font-mono text-code">
            {code}
          </pre>
        </li>
      ))}
    </ul>
  );
}

/** Below the header, while one may not write any more and something was on its way. */
export function KeptTextsBanner() {
  const { client } = useNotebook();
  const kept = useKept();
  if (kept.length === 0) return null;
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1 border-b bg-warn-soft px-4 py-1.5 text-sm"
    >
      <span>You may not edit this notebook: what you wrote last is not in it.</span>
      <Dialog.Root>
        <Dialog.Trigger className="rounded font-medium text-accent hover:underline">
          Show what I wrote
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Overlay className="fixed inset-0 z-40 bg-black/40" />
          <Dialog.Content className="fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 -translate-y-1/2 flex-col gap-3 overflow-y-auto rounded-xl border bg-raised p-5 shadow-[var(--shadow)] outline-none">
            <div className="flex items-start gap-4">
              <div className="grow">
                <Dialog.Title className="font-semibold text-base">What you wrote last</Dialog.Title>
                <Dialog.Description className="text-muted">
                  It is in this tab alone. Copy what you want to keep.
                </Dialog.Description>
              </div>
              <Dialog.Close asChild>
                <IconButton label="Close">
                  <X />
                </IconButton>
              </Dialog.Close>
            </div>
            <KeptTexts cells={kept} />
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
      <Button size="small" onClick={() => client.throwAwayKept()}>
        Throw it away
      </Button>
    </div>
  );
}
