import { useQuery } from '@tanstack/react-query';
import { AccountLayout, Section } from '../account/account-layout.tsx';
import { PasswordForm } from '../account/password-form.tsx';
import { SessionList } from '../account/session-list.tsx';
import { WhoIAmForm } from '../account/who-i-am-form.tsx';
import { OwnTrail } from '../activity/own-trail.tsx';
import { fetchAccount } from '../client/accounts.ts';
import { auth } from '../client/auth.ts';
import { Failed } from '../shell/failed.tsx';

/** One's own account: who one is, the password, where one is signed in, and what happened. */
export function AccountPage() {
  const { keepsAccounts } = auth();
  return (
    <AccountLayout
      title="Account"
      about={
        keepsAccounts
          ? 'Who you are on this server, and where you are signed in.'
          : 'Your name, address and password are kept where you sign in: open the picture above to change them.'
      }
    >
      {keepsAccounts && <LocalAccount />}
      <Section title="Activity" about="Sign-ins to your account, and what was changed in it.">
        <OwnTrail />
      </Section>
    </AccountLayout>
  );
}

function LocalAccount() {
  const account = useQuery({
    queryKey: ['account'],
    queryFn: ({ signal }) => fetchAccount(signal),
  });
  if (account.isError) {
    return (
      <div className="mb-8">
        <Failed query={account} />
      </div>
    );
  }
  if (!account.data) {
    return (
      <div role="status" aria-label="Loading your account" className="mb-8 flex flex-col gap-8">
        {['h-44', 'h-40'].map((height) => (
          <div
            key={height}
            className={`rounded-lg border bg-surface motion-safe:animate-pulse ${height}`}
          />
        ))}
      </div>
    );
  }
  const { id, name, email } = account.data;
  return (
    <>
      <Section title="Who you are">
        {/* What was changed elsewhere is not taken for a change made here. */}
        <WhoIAmForm key={JSON.stringify([id, name, email])} account={account.data} />
      </Section>
      <Section
        title="Password"
        about={
          account.data.hasPassword
            ? 'A new password signs out every other browser. API tokens stay.'
            : 'You have none yet, and came by the link of a start. Set one to sign in without it.'
        }
      >
        <PasswordForm key={String(account.data.hasPassword)} account={account.data} />
      </Section>
      <SessionList />
    </>
  );
}
