import type { Account } from '@rnb/protocol';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { updateAccount } from '../client/accounts.ts';
import { Button } from '../shell/button.tsx';
import { Field, PasswordField } from '../shell/field.tsx';
import { toast } from '../shell/toasts.tsx';
import { faultsOf, useFaults } from '../shell/use-faults.ts';
import { meKey, useMe } from './use-me.ts';

const fields = ['name', 'email', 'currentPassword'] as const;

/** Name and address. A new address takes the password, for it is what one signs in with. */
export function WhoIAmForm({ account }: { account: Account }) {
  const queries = useQueryClient();
  const { form, faults, setFaults } = useFaults<(typeof fields)[number]>();
  const [name, setName] = useState(account.name);
  const [email, setEmail] = useState(account.email ?? '');
  const [currentPassword, setCurrentPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const isAdministrator = useMe()?.isAdministrator ?? false;
  const newName = name.trim() !== account.name;
  const newEmail = email.trim().toLowerCase() !== (account.email ?? '');
  const asksPassword = newEmail && account.hasPassword === true;

  const save = async () => {
    if (asksPassword && currentPassword === '') {
      setFaults({ currentPassword: 'Enter your password to change the address.' });
      return;
    }
    setBusy(true);
    setFaults({});
    try {
      const changed = await updateAccount({
        ...(newName && { name }),
        ...(newEmail && { email }),
        ...(asksPassword && { currentPassword }),
      });
      queries.setQueryData(['account'], changed);
      setName(changed.name);
      setEmail(changed.email ?? '');
      setCurrentPassword('');
      toast('Saved');
      void queries.invalidateQueries({ queryKey: meKey });
      void queries.invalidateQueries({ queryKey: ['own-trail'] });
    } catch (error) {
      setFaults(faultsOf(error, fields));
    }
    setBusy(false);
  };

  return (
    <form
      ref={form}
      noValidate
      aria-label="Name and address"
      className="flex flex-col gap-4 rounded-lg border bg-surface p-4"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Name"
          name="name"
          autoComplete="name"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
          fault={faults.name}
          note="Others see it in notebooks that you share."
        />
        <Field
          label="Email"
          name="email"
          type="email"
          autoComplete="username"
          autoCapitalize="off"
          spellCheck={false}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          fault={faults.email}
          note={emailNote(account, newEmail && !isAdministrator)}
        />
      </div>
      {asksPassword && (
        <PasswordField
          label="Password"
          name="currentPassword"
          autoComplete="current-password"
          value={currentPassword}
          onChange={(event) => setCurrentPassword(event.target.value)}
          fault={faults.currentPassword}
          note="To change the address that you sign in with."
        />
      )}
      {faults.rest !== undefined && (
        <p role="alert" className="text-bad">
          {faults.rest}
        </p>
      )}
      <div>
        <Button type="submit" disabled={busy || !(newName || newEmail)}>
          {busy ? 'Saving…' : 'Save'}
        </Button>
      </div>
    </form>
  );
}

function emailNote({ email, emailVerified }: Account, willBeUnproven: boolean): string {
  if (willBeUnproven) {
    return 'Nobody vouches for a new address: notebooks shared with it will not reach you, and those that you have stay.';
  }
  if (email?.endsWith('@localhost')) {
    return 'Set yours: you need it to sign in with a password.';
  }
  return emailVerified
    ? 'You sign in with it. Notebooks shared with it reach you.'
    : 'You sign in with it. Nobody vouches for it, so notebooks shared with it do not reach you: ask for a link.';
}
