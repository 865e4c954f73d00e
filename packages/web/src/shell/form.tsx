import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Button } from './button.tsx';
import { type Faults, faultsOf } from './faults.ts';

/**
 * Fields to fill in and to send. What is wrong with a field is told to it, and the first such field gets the focus; what
 * is wrong with none of them stands above the button. What is being sent can't be sent a second time.
 */
export function Form<Name extends string>({
  label,
  fields,
  look = 'card',
  submit,
  beside,
  check,
  send,
  read = faultsOf,
  children,
}: {
  label: string;
  /** As the server calls them when it finds something wrong. */
  fields: readonly Name[];
  /** A card of its own, or all that there is on a page. */
  look?: 'card' | 'page';
  /** What the button says, and says while it waits. */
  submit: { word: string; busy: string; look?: 'primary'; disabled?: boolean };
  /** What stands in one line with the button. */
  beside?: ReactNode;
  /** What is wrong before anything is sent; nothing where it can go. */
  check?(data: FormData): Faults<Name>;
  send(data: FormData): Promise<void>;
  /** What a failure to send says about the fields. */
  read?(error: unknown, fields: readonly Name[]): Faults<Name>;
  children(faults: Faults<Name>): ReactNode;
}) {
  const form = useRef<HTMLFormElement>(null);
  const [faults, setFaults] = useState<Faults<Name>>({});
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (Object.keys(faults).length === 0) return;
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [faults]);

  const go = async (data: FormData) => {
    if (busy) return;
    const wrong = check?.(data) ?? {};
    setFaults(wrong);
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      await send(data);
    } catch (error) {
      setFaults(read(error, fields));
    }
    setBusy(false);
  };

  const isPage = look === 'page';
  return (
    <form
      ref={form}
      noValidate
      aria-label={label}
      className={`flex flex-col gap-4 ${isPage ? '' : 'rounded-lg border bg-surface p-4'}`}
      onSubmit={(event) => {
        event.preventDefault();
        void go(new FormData(event.currentTarget));
      }}
    >
      {children(faults)}
      {faults.rest !== undefined && (
        <p role="alert" className="rounded-md bg-bad-soft px-3 py-2 text-bad">
          {faults.rest}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        {beside}
        <Button
          type="submit"
          look={isPage ? 'primary' : submit.look}
          disabled={busy || submit.disabled}
          className={isPage ? 'h-9 grow justify-center' : ''}
        >
          {busy ? submit.busy : submit.word}
        </Button>
      </div>
    </form>
  );
}

/** What was written into a field. */
export function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value : '';
}
