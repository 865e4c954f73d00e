import type { GrantedRole } from '@rnb/protocol';
import { X } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { inviteMember } from '../client/sharing.ts';
import { Button } from '../shell/button.tsx';
import { readAddresses } from './addresses.ts';
import { RoleSelect } from './role-select.tsx';

/** Shares a notebook with people by their addresses. */
export function InviteForm({ notebook, onInvited }: { notebook: string; onInvited(): void }) {
  const [addresses, setAddresses] = useState<readonly string[]>([]);
  const [typed, setTyped] = useState('');
  const [role, setRole] = useState<GrantedRole>('viewer');
  const [problem, setProblem] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const problemId = useId();

  /** Takes up what was typed; null where something of it is no address. */
  const takeUp = (text: string): readonly string[] | null => {
    const read = readAddresses(text);
    const all = [...new Set([...addresses, ...read.addresses])];
    setAddresses(all);
    setTyped(read.wrong.join(' '));
    const [wrong] = read.wrong;
    setProblem(
      wrong === undefined
        ? null
        : `“${wrong}” is no email address. Write it like ann@example.org, with a comma between several.`,
    );
    return wrong === undefined ? all : null;
  };

  const invite = async () => {
    setDone(null);
    const all = takeUp(typed);
    if (all === null) return;
    if (all.length === 0) {
      setProblem('Write the email address of whom to share it with.');
      field.current?.focus();
      return;
    }
    setBusy(true);
    const failed = new Map<string, string>();
    for (const email of all) {
      try {
        await inviteMember(notebook, { email }, { role });
      } catch (error) {
        failed.set(email, error instanceof Error ? error.message : String(error));
      }
    }
    setBusy(false);
    setAddresses([...failed.keys()]);
    const [first] = failed;
    if (first) setProblem(`${first[0]}: ${first[1]}`);
    const [only, ...more] = all.filter((email) => !failed.has(email));
    if (only !== undefined) {
      setDone(`Shared with ${more.length === 0 ? only : `${more.length + 1} people`}.`);
    }
    onInvited();
    field.current?.focus();
  };

  return (
    <form
      aria-label="Invite people"
      onSubmit={(event) => {
        event.preventDefault();
        void invite();
      }}
    >
      <div className="flex flex-wrap items-start gap-2">
        {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: a wider target for the pointer */}
        <div
          onClick={() => field.current?.focus()}
          className="flex min-h-8 min-w-60 grow basis-60 flex-wrap items-center gap-1 rounded-md border border-field bg-surface px-1.5 py-1 focus-within:ring-2 focus-within:ring-accent"
        >
          {addresses.map((address) => (
            <span
              key={address}
              className="flex max-w-full items-center gap-0.5 rounded bg-accent-soft pl-1.5 text-xs"
            >
              <span className="truncate">{address}</span>
              <button
                type="button"
                aria-label={`Take out ${address}`}
                disabled={busy}
                onClick={() => {
                  setAddresses(addresses.filter((other) => other !== address));
                  field.current?.focus();
                }}
                className="flex size-6 shrink-0 items-center justify-center rounded text-muted hover:text-ink"
              >
                <X className="size-3" aria-hidden="true" />
              </button>
            </span>
          ))}
          <input
            ref={field}
            type="text"
            inputMode="email"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            aria-label="Email addresses"
            aria-invalid={problem !== null}
            aria-describedby={problem === null ? undefined : problemId}
            placeholder={addresses.length === 0 ? 'Email addresses, with commas between' : ''}
            value={typed}
            readOnly={busy}
            onChange={({ target: { value } }) => {
              setDone(null);
              // A word that was ended, or several that were pasted.
              if (/[,;\s]/.test(value.trimStart())) takeUp(value);
              else {
                setTyped(value);
                setProblem(null);
              }
            }}
            onBlur={(event) => {
              // Not on the way to the button, which would slide from under the pointer, and takes it up itself.
              if (event.currentTarget.form?.contains(event.relatedTarget)) return;
              if (typed.trim() !== '') takeUp(typed);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && typed.trim() !== '') {
                event.preventDefault();
                takeUp(typed);
              } else if (event.key === 'Backspace' && typed === '') {
                setAddresses(addresses.slice(0, -1));
              }
            }}
            className="h-6 min-w-24 grow basis-24 bg-transparent px-1 outline-none"
          />
        </div>
        <div className="flex items-center gap-2">
          <RoleSelect
            label="Role of the invited"
            value={role}
            className="h-8.5"
            onChange={setRole}
          />
          <Button type="submit" look="primary" className="h-8.5" disabled={busy}>
            {busy ? 'Inviting…' : 'Invite'}
          </Button>
        </div>
      </div>
      {problem !== null && (
        <p id={problemId} role="alert" className="mt-1 text-bad text-xs">
          {problem}
        </p>
      )}
      <p role="status" className="mt-1 text-muted text-xs">
        {done && <span className="font-medium text-good">{done} </span>}
        No mail is sent. Whoever signs in, and has proven to have the address, finds the notebook in
        their list.
      </p>
    </form>
  );
}
