import { type Account, passwordLimits } from '@rnb/protocol';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changePassword } from '../client/accounts.ts';
import { Button } from '../shell/button.tsx';
import { PasswordField } from '../shell/field.tsx';
import { toast } from '../shell/toasts.tsx';
import { type Faults, faultsOf, useFaults } from '../shell/use-faults.ts';

const fields = ['currentPassword', 'newPassword'] as const;
type FieldName = (typeof fields)[number];

/** Changes the password, or sets the first. Every other browser is signed out. */
export function PasswordForm({ account }: { account: Account }) {
  const queries = useQueryClient();
  const { form, faults, setFaults } = useFaults<FieldName>();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [busy, setBusy] = useState(false);
  const { hasPassword } = account;

  const save = async () => {
    const wrong: Faults<FieldName> = {
      ...(hasPassword && current === '' && { currentPassword: 'Enter your present password.' }),
      ...([...next].length < passwordLimits.minLength && {
        newPassword: `Enter at least ${passwordLimits.minLength} characters.`,
      }),
    };
    setFaults(wrong);
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      await changePassword({ newPassword: next, ...(hasPassword && { currentPassword: current }) });
      setCurrent('');
      setNext('');
      toast(
        hasPassword
          ? 'Password changed. Every other browser is signed out.'
          : 'Password set. You can sign in with it from now on.',
      );
      for (const key of ['account', 'sessions', 'own-trail']) {
        void queries.invalidateQueries({ queryKey: [key] });
      }
    } catch (error) {
      setFaults(faultsOf(error, fields));
    }
    setBusy(false);
  };

  return (
    <form
      ref={form}
      noValidate
      aria-label="Password"
      className="flex flex-col gap-4 rounded-lg border bg-surface p-4"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {/* For password managers, which keep a password by whose it is. */}
      <input
        type="text"
        name="username"
        autoComplete="username"
        value={account.email ?? ''}
        readOnly
        hidden
      />
      <div className="grid items-start gap-4 sm:grid-cols-2">
        {hasPassword && (
          <PasswordField
            label="Present password"
            name="currentPassword"
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
            fault={faults.currentPassword}
          />
        )}
        <PasswordField
          label="New password"
          name="newPassword"
          autoComplete="new-password"
          value={next}
          onChange={(event) => setNext(event.target.value)}
          fault={faults.newPassword}
          note={`At least ${passwordLimits.minLength} characters. Several words are easy to keep.`}
        />
      </div>
      {faults.rest !== undefined && (
        <p role="alert" className="text-bad">
          {faults.rest}
        </p>
      )}
      <div>
        <Button type="submit" disabled={busy || next === ''}>
          {busy ? 'Saving…' : hasPassword ? 'Change the password' : 'Set a password'}
        </Button>
      </div>
    </form>
  );
}
