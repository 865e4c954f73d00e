import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useRef } from 'react';
import { IconButton } from '../shell/button.tsx';
import type { NotebookActions } from './notebook-actions.ts';
import { useNotebook } from './notebook-context.ts';
import type { Selection } from './selection.ts';
import { onMac, printKeys, shortcuts } from './shortcuts.ts';

const groups = Map.groupBy(shortcuts, ({ group }) => group);

export function ShortcutsDialog({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange(open: boolean): void;
}) {
  const content = useRef<HTMLDivElement>(null);
  const { selection, actions } = useNotebook();
  const goBack = useRef(() => {});
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Dialog.Content
          ref={content}
          onOpenAutoFocus={(event) => {
            // On the close button it would open that button's tooltip, which then takes the first Escape.
            event.preventDefault();
            goBack.current = placeOfFocus(selection, actions);
            content.current?.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            goBack.current();
          }}
          className="outline-none fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-2xl -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-xl border bg-raised p-5 shadow-[var(--shadow)]"
        >
          <div className="mb-4 flex items-start gap-4">
            <div className="grow">
              <Dialog.Title className="font-semibold text-base">Keyboard shortcuts</Dialog.Title>
              <Dialog.Description className="text-muted">
                Single keys work on the selected cell: press Esc to leave its code.
              </Dialog.Description>
            </div>
            <Dialog.Close asChild>
              <IconButton label="Close">
                <X />
              </IconButton>
            </Dialog.Close>
          </div>
          <div className="gap-x-8 sm:columns-2">
            {[...groups].map(([group, entries]) => (
              <section key={group} className="mb-4 break-inside-avoid">
                <h3 className="mb-1 font-medium text-faint text-xs">{group}</h3>
                <dl>
                  {entries.map(({ action, label, keys }) => (
                    <div key={action} className="flex min-h-7 items-center justify-between gap-4">
                      <dt>{label}</dt>
                      <dd className="flex shrink-0 gap-1">
                        {keys.map((each) => (
                          <kbd
                            key={each}
                            className="rounded border bg-sunken px-1.5 font-sans text-muted text-xs leading-5"
                          >
                            {printKeys(each, onMac)}
                          </kbd>
                        ))}
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** How to get back to where the user is; a cell's editor is another one by then. */
function placeOfFocus(selection: Selection, actions: NotebookActions): () => void {
  const { cell, editing } = selection.get();
  if (cell !== null && editing) return () => actions.select(cell, { edit: true });
  const focused = document.activeElement;
  return () => focused instanceof HTMLElement && focused.focus({ preventScroll: true });
}
