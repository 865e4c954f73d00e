import type { Account } from '@rnb/protocol';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { updateAccount } from '../client/accounts.ts';
import { Field, PasswordField } from '../shell/field.tsx';
import { Form } from '../shell/form.tsx';
import { toast } from '../shell/toasts.tsx';
import { meKey, useMe } from './use-me.ts';

/** Name and address. A new address takes the password, for it is what one signs in with. */
export function WhoIAmForm({ account }: { account: Account }) {
  const queries = useQueryClient();
  // What is not being changed is shown as it is, wherever it was changed.
  const [draft, setDraft] = useState<{ name?: string; email?: string }>({});
  const [currentPassword, setCurrentPassword] = useState('');
  const isAdministrator = useMe()?.isAdministrator ?? false;
  const { name, email } = { name: account.name, email: account.email ?? '', ...draft };
  const newName = name.trim() !== account.name;
  const newEmail = email.trim().toLowerCase() !== (account.email ?? '');
  const asksPassword = newEmail && account.hasPassword === true;
  return (
    <Form
      label="Name and address"
      fields={['name', 'email', 'currentPassword']}
      submit={{ word: 'Save', busy: 'Saving…', disabled: !(newName || newEmail) }}
      check={() =>
        asksPassword && currentPassword === ''
          ? { currentPassword: 'Enter your password to change the address.' }
          : {}
      }
      send={async () => {
        const changed = await updateAccount({
          ...(newName && { name }),
          ...(newEmail && { email }),
          ...(asksPassword && { currentPassword }),
        });
        queries.setQueryData(['account'], changed);
        setDraft({});
        setCurrentPassword('');
        toast('Saved');
        void queries.invalidateQueries({ queryKey: meKey });
        void queries.invalidateQueries({ queryKey: ['own-trail'] });
      }}
    >
      {(faults) => (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field
              label="Name"
              name="name"
              autoComplete="name"
              maxLength={100}
              value={name}
              onChange={(event) => setDraft({ ...draft, name: event.target.value })}
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
              onChange={(event) => setDraft({ ...draft, email: event.target.value })}
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
        </>
      )}
    </Form>
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
