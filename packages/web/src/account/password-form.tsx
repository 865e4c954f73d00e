import { type Account, passwordLimits } from '@rnb/protocol';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changePassword } from '../client/accounts.ts';
import { PasswordField } from '../shell/field.tsx';
import { Form } from '../shell/form.tsx';
import { toast } from '../shell/toasts.tsx';

/** Changes the password, or sets the first. Every other browser is signed out. */
export function PasswordForm({ account: { email, hasPassword } }: { account: Account }) {
  const queries = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  return (
    <Form
      label="Password"
      fields={['currentPassword', 'newPassword']}
      submit={{
        word: hasPassword ? 'Change the password' : 'Set a password',
        busy: 'Saving…',
        disabled: next === '',
      }}
      check={() => ({
        ...(hasPassword && current === '' && { currentPassword: 'Enter your present password.' }),
        ...([...next].length < passwordLimits.minLength && {
          newPassword: `Enter at least ${passwordLimits.minLength} characters.`,
        }),
      })}
      send={async () => {
        await changePassword({
          newPassword: next,
          ...(hasPassword && { currentPassword: current }),
        });
        setCurrent('');
        setNext('');
        toast(wordOfPassword({ email, hasPassword }));
        for (const key of ['account', 'sessions', 'own-trail']) {
          void queries.invalidateQueries({ queryKey: [key] });
        }
      }}
    >
      {(faults) => (
        <>
          {/* For password managers, which keep a password by whose it is. */}
          <input
            type="text"
            name="username"
            autoComplete="username"
            value={email ?? ''}
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
        </>
      )}
    </Form>
  );
}

function wordOfPassword({ email, hasPassword }: Pick<Account, 'email' | 'hasPassword'>): string {
  if (hasPassword) return 'Password changed. Every other browser is signed out.';
  // Nobody can sign in with the address that the first account is made with.
  return email?.endsWith('@localhost')
    ? 'Password set. Set your email address too: you sign in with both.'
    : 'Password set. You can sign in with it from now on.';
}
