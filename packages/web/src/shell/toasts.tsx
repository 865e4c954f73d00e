import { X } from 'lucide-react';
import { Toast } from 'radix-ui';
import { useSyncExternalStore } from 'react';
import { IconButton } from './button.tsx';

interface Message {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  action?: { label: string; run(): void } | undefined;
  /** Called when the toast goes without its action having been taken. */
  onExpire?: (() => void) | undefined;
}

let messages: Message[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function publish(next: Message[]) {
  messages = next;
  for (const listener of listeners) listener();
}

function dismiss(id: number, how: 'acted' | 'expired') {
  const message = messages.find((candidate) => candidate.id === id);
  if (!message) return;
  publish(messages.filter((candidate) => candidate.id !== id));
  if (how === 'acted') message.action?.run();
  else message.onExpire?.();
}

/** Shows a message for a few seconds, in a corner. Returns how to take it away early, without its action. */
export function toast(
  text: string,
  options: Pick<Message, 'action' | 'onExpire'> & { tone?: Message['tone'] } = {},
): () => void {
  const id = nextId++;
  publish([...messages.slice(-2), { id, text, tone: options.tone ?? 'plain', ...options }]);
  return () => publish(messages.filter((candidate) => candidate.id !== id));
}

/** What is shown now, oldest first. */
export const shownToasts = (): readonly Message[] => messages;

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, shownToasts);
  return (
    <Toast.Provider duration={6_000} swipeDirection="down">
      {shown.map((message) => (
        <Toast.Root
          key={message.id}
          onOpenChange={(open) => !open && dismiss(message.id, 'expired')}
          className={`flex animate-rise items-center gap-3 rounded-lg border bg-raised py-1.5 pr-1.5 pl-3 text-sm shadow-[var(--shadow)] ${message.tone === 'bad' ? 'border-bad/40' : ''}`}
        >
          <Toast.Description className="grow py-1">{message.text}</Toast.Description>
          {message.action && (
            <button
              type="button"
              onClick={() => dismiss(message.id, 'acted')}
              className="h-7 rounded-md px-2 font-medium text-accent hover:bg-accent-soft"
            >
              {message.action.label}
            </button>
          )}
          <Toast.Close asChild>
            <IconButton label="Dismiss">
              <X />
            </IconButton>
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport
        data-toasts=""
        className="fixed right-4 bottom-4 z-50 flex w-96 max-w-[calc(100vw-2rem)] flex-col gap-2"
      />
    </Toast.Provider>
  );
}
