import {
  EmailAddress,
  type InvitationTerms,
  passwordLimits,
  type SignUpPolicy,
} from '@rnb/protocol';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocation, useRouter } from '@tanstack/react-router';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { fetchInvitationTerms, fetchMeIfSignedIn, signIn, signUp } from '../client/accounts.ts';
import { ApiProblem, fetchConfig, signInByLink } from '../client/http.ts';
import { ownPath } from '../client/own-path.ts';
import { Button } from '../shell/button.tsx';
import { useDocumentTitle } from '../shell/document-title.ts';
import { faultsOf } from '../shell/faults.ts';
import { Field, PasswordField } from '../shell/field.tsx';
import { Form, textOf } from '../shell/form.tsx';
import { Logo } from '../shell/logo.tsx';
import { Notice } from '../shell/notice.tsx';

/** What a link to this page carries in its fragment: `#token=…` or the bare token, or `#invitation=…`; and where to go then. */
function secretsIn(hash: string) {
  const fragment = hash.replace(/^#/, '');
  const named = new URLSearchParams(fragment);
  const bare = fragment !== '' && !fragment.includes('=') ? fragment : null;
  return {
    link: named.get('token') ?? bare,
    invitation: named.get('invitation'),
    next: named.get('next'),
  };
}

// Read once, when the page loads, and taken out of the address so that it stays in no history and no screenshot.
const secrets = secretsIn(location.pathname === '/sign-in' ? location.hash : '');
if (secrets.link !== null || secrets.invitation !== null) {
  const { next } = secrets;
  const rest = next === null ? '' : `#${new URLSearchParams({ next })}`;
  history.replaceState(history.state, '', location.pathname + rest);
}
// A link that is opened where this page is already shown changes the fragment alone.
addEventListener('hashchange', () => {
  if (location.pathname !== '/sign-in') return;
  const { link, invitation } = secretsIn(location.hash);
  if (link !== null || invitation !== null) location.reload();
});
let attempt: Promise<void> | null = null;

/** Goes on to where somebody wanted to go before they had to sign in. */
function useGoOn(): () => void {
  const router = useRouter();
  const queries = useQueryClient();
  const hash = useLocation({ select: (place) => place.hash });
  // As it was at first: on the way there the page is drawn once more, at another address.
  const [next] = useState(() => ownPath(new URLSearchParams(hash).get('next')));
  return useCallback(() => {
    // What was asked before is somebody else's.
    queries.clear();
    router.history.replace(next);
  }, [queries, router, next]);
}

export function SignInPage() {
  return secrets.link === null ? <WithoutLink /> : <WithLink link={secrets.link} />;
}

/** Who is signed in in this browser, which another tab may have changed. */
const useMeIfSignedIn = () =>
  useQuery({
    queryKey: ['me-if-signed-in'],
    queryFn: ({ signal }) => fetchMeIfSignedIn(signal),
    staleTime: 0,
    gcTime: 0,
  });

/** A link may be somebody else's, who sent it: nobody becomes them without knowing. */
function WithLink({ link }: { link: string }) {
  const me = useMeIfSignedIn();
  const goOn = useGoOn();
  const [isMeant, setMeant] = useState(false);
  if (isMeant || me.isError || me.data === null) return <ByLink link={link} />;
  if (!me.data) return <Waiting />;
  return (
    <Notice
      title={`You are signed in as ${me.data.name}`}
      actions={
        <>
          <Button look="primary" onClick={() => setMeant(true)}>
            Sign in by the link
          </Button>
          <Button
            onClick={() => {
              secrets.link = null;
              goOn();
            }}
          >
            Stay as you are
          </Button>
        </>
      }
    >
      This link signs in whoever it was made for, which may be another person. What you do then, you
      do as them.
    </Notice>
  );
}

function Waiting() {
  return (
    <div className="animate-late">
      <Notice title="Sign in">
        <span role="status">One moment.</span>
      </Notice>
    </div>
  );
}

type LinkState = 'signing-in' | 'link-used' | 'left' | { failed: string };

function ByLink({ link }: { link: string }) {
  const [state, setState] = useState<LinkState>('signing-in');
  const goOn = useGoOn();

  useEffect(() => {
    if (state !== 'signing-in') return;
    // One attempt however often the effect runs: the token works only once.
    attempt ??= signInByLink(link);
    let left = false;
    attempt.then(
      () => {
        secrets.link = null;
        if (!left) goOn();
      },
      (error: unknown) => {
        if (left) return;
        const known = error instanceof ApiProblem ? error : null;
        if (known && known.code !== 'unauthenticated') setState({ failed: known.detail });
        else setState('link-used');
      },
    );
    return () => {
      left = true;
    };
  }, [state, link, goOn]);

  if (state === 'signing-in') {
    return (
      <Notice title="Signing in…">
        <span role="status">One moment.</span>
      </Notice>
    );
  }
  const leave = (
    <Button
      onClick={() => {
        secrets.link = null;
        setState('left');
      }}
    >
      Sign in by password
    </Button>
  );
  if (state === 'left') return <WithoutLink />;
  if (state === 'link-used') {
    return (
      <Notice title="This link no longer works" actions={leave}>
        A sign-in link works once, and for a day. Sign in by password, or open a new link: every
        start of the server prints one for the administrator, who can give you one.
      </Notice>
    );
  }
  return (
    <Notice
      title="Signing in did not work"
      actions={
        <>
          <Button
            look="primary"
            onClick={() => {
              attempt = null;
              setState('signing-in');
            }}
          >
            Try again
          </Button>
          {leave}
        </>
      }
    >
      {state.failed}
    </Notice>
  );
}

function WithoutLink() {
  const goOn = useGoOn();
  const [invitation, setInvitation] = useState(secrets.invitation);
  const [wantsAccount, setWantsAccount] = useState(invitation !== null);
  const config = useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => fetchConfig(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const me = useMeIfSignedIn();
  const terms = useQuery({
    queryKey: ['invitation'],
    enabled: invitation !== null,
    gcTime: 0,
    queryFn: () => fetchInvitationTerms(invitation ?? ''),
  });

  // Whoever is signed in already, in another tab perhaps, has nothing to do here; an invitation is for somebody else.
  const isSignedIn = Boolean(me.data) && invitation === null;
  useEffect(() => {
    if (isSignedIn) goOn();
  }, [isSignedIn, goOn]);

  if (config.isError) {
    return (
      <Notice
        title="Sign in"
        actions={<Button onClick={() => void config.refetch()}>Try again</Button>}
      >
        {config.error.message}
      </Notice>
    );
  }
  if (isSignedIn) return null;
  if (!config.data || me.isPending || (invitation !== null && terms.isPending)) return <Waiting />;
  const { signUp: policy } = config.data;
  const refused = invitation !== null && terms.isError;
  const mayMakeAccount = policy === 'open' || (invitation !== null && !refused);

  if (wantsAccount && mayMakeAccount) {
    return (
      <Card title="Make your account">
        <SignUpForm invitation={invitation} terms={terms.data ?? null} onDone={goOn} />
        <Aside>
          You have an account?{' '}
          <Turn
            onClick={() => {
              secrets.invitation = null;
              setWantsAccount(false);
              setInvitation(null);
            }}
          >
            Sign in
          </Turn>
        </Aside>
      </Card>
    );
  }
  return (
    <Card title="Sign in">
      {refused && (
        <p role="alert" className="mb-4 rounded-md bg-warn-soft px-3 py-2">
          {terms.error.message}
        </p>
      )}
      <SignInForm onDone={goOn} />
      <Aside>
        {policy === 'open' ? (
          <>
            No account yet? <Turn onClick={() => setWantsAccount(true)}>Make one</Turn>
          </>
        ) : (
          noAccount(policy)
        )}
      </Aside>
      <Aside>Is the server yours? Open the link that it printed when it started.</Aside>
    </Card>
  );
}

function noAccount(policy: SignUpPolicy | null): string {
  return policy === 'invite'
    ? 'No account yet? Ask the administrator for an invitation.'
    : 'This server takes no new accounts.';
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  useDocumentTitle(title);
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center p-4">
      <div className="w-full max-w-sm">
        <Logo className="mx-auto size-10" />
        <h1 className="mt-4 mb-6 text-center font-semibold text-xl tracking-tight">{title}</h1>
        {children}
      </div>
    </main>
  );
}

function Aside({ children }: { children: ReactNode }) {
  return <p className="mt-4 text-center text-muted">{children}</p>;
}

function Turn({ onClick, children }: { onClick(): void; children: ReactNode }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="rounded font-medium text-accent hover:underline"
    >
      {children}
    </button>
  );
}

function SignInForm({ onDone }: { onDone(): void }) {
  return (
    <Form
      label="Sign in"
      look="page"
      fields={['email', 'password']}
      submit={{ word: 'Sign in', busy: 'Signing in…' }}
      check={(data) => ({
        ...(textOf(data, 'email') === '' && { email: 'Enter your email address.' }),
        ...(textOf(data, 'password') === '' && { password: 'Enter your password.' }),
      })}
      send={async (data) => {
        await signIn({ email: textOf(data, 'email'), password: textOf(data, 'password') });
        onDone();
      }}
      read={(error, fields) =>
        error instanceof ApiProblem && error.code === 'unauthenticated'
          ? { password: error.detail }
          : faultsOf(error, fields)
      }
    >
      {(faults) => (
        <>
          <Field
            label="Email"
            name="email"
            type="email"
            autoComplete="username"
            autoCapitalize="off"
            spellCheck={false}
            autoFocus
            fault={faults.email}
          />
          <PasswordField
            label="Password"
            name="password"
            autoComplete="current-password"
            fault={faults.password}
          />
        </>
      )}
    </Form>
  );
}

function SignUpForm({
  invitation,
  terms,
  onDone,
}: {
  invitation: string | null;
  terms: InvitationTerms | null;
  onDone(): void;
}) {
  const bound = terms?.email ?? null;
  return (
    <Form
      label="Make an account"
      look="page"
      fields={['name', 'email', 'password']}
      submit={{ word: 'Make the account', busy: 'Making the account…' }}
      check={(data) => ({
        ...(textOf(data, 'name').trim() === '' && {
          name: 'Enter your name, as others are to see it.',
        }),
        ...(!EmailAddress.safeParse(textOf(data, 'email')).success && {
          email: 'Enter your email address, like ann@example.org.',
        }),
        ...([...textOf(data, 'password')].length < passwordLimits.minLength && {
          password: `Enter at least ${passwordLimits.minLength} characters.`,
        }),
      })}
      send={async (data) => {
        await signUp({
          name: textOf(data, 'name'),
          email: textOf(data, 'email'),
          password: textOf(data, 'password'),
          ...(invitation !== null && { invitation }),
        });
        secrets.invitation = null;
        onDone();
      }}
    >
      {(faults) => (
        <>
          <Field
            label="Name"
            name="name"
            autoComplete="name"
            maxLength={100}
            autoFocus
            fault={faults.name}
          />
          <Field
            label="Email"
            name="email"
            type="email"
            autoComplete="username"
            autoCapitalize="off"
            spellCheck={false}
            {...(bound !== null && { value: bound, readOnly: true })}
            fault={faults.email}
            note={bound !== null && 'The invitation is for this address.'}
          />
          <PasswordField
            label="Password"
            name="password"
            autoComplete="new-password"
            fault={faults.password}
            note={`At least ${passwordLimits.minLength} characters. Several words are easy to keep.`}
          />
        </>
      )}
    </Form>
  );
}
