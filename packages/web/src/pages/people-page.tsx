import type { CreatedInvitation, Invitation, PersonRecord } from '@rnb/protocol';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Ban, Ellipsis, KeyRound, LogIn } from 'lucide-react';
import { useRef, useState } from 'react';
import { AccountLayout, Section } from '../account/account-layout.tsx';
import { useMe } from '../account/use-me.ts';
import {
  createInvitation,
  fetchInvitations,
  fetchPeople,
  givePasswordLink,
  revokeInvitation,
  setBlocked,
} from '../client/accounts.ts';
import { fetchConfig } from '../client/http.ts';
import { AskedList } from '../shell/asked-list.tsx';
import { Badge } from '../shell/badge.tsx';
import { Button, IconButton } from '../shell/button.tsx';
import { ConfirmDialog } from '../shell/confirm-dialog.tsx';
import { CopyText } from '../shell/copy-text.tsx';
import { Field } from '../shell/field.tsx';
import { Form } from '../shell/form.tsx';
import { Menu } from '../shell/menu.tsx';
import { Notice } from '../shell/notice.tsx';
import { PersonRow } from '../shell/person-row.tsx';
import { exactTime, relativeTime, untilWords } from '../shell/time.ts';
import { ToNotebooks } from '../shell/to-notebooks.tsx';
import { toast } from '../shell/toasts.tsx';

const peopleKey = ['people'];
const invitationsKey = ['invitations'];

/** Who has an account on this server, for its administrator. */
export function PeoplePage() {
  const config = useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => fetchConfig(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const policy = config.data?.signUp;
  const me = useMe();
  if (me && !me.isAdministrator) {
    return (
      <Notice title="Only the administrator sees this" actions={<ToNotebooks />}>
        Who has an account here is looked after by the administrator of this server.
      </Notice>
    );
  }
  return (
    <AccountLayout
      title="People"
      about="Who has an account on this server. You look after accounts; notebooks are their owners’."
    >
      {policy === 'open' && (
        <p className="mb-6 rounded-md bg-warn-soft px-3 py-2">
          Anybody who reaches this server can make an account (SIGN_UP is open). An invitation that
          names an address also vouches for it.
        </p>
      )}
      {policy === 'closed' ? (
        <p className="mb-6 rounded-md bg-sunken px-3 py-2 text-muted">
          This server takes no new accounts (SIGN_UP is closed). Set it to invite, and start the
          server again, to invite people.
        </p>
      ) : (
        <Invitations />
      )}
      <Accounts />
    </AccountLayout>
  );
}

function Invitations() {
  const queries = useQueryClient();
  const invitations = useQuery({
    queryKey: invitationsKey,
    queryFn: ({ signal }) => fetchInvitations(signal),
  });
  const [made, setMade] = useState<CreatedInvitation | null>(null);
  const [isDone, setIsDone] = useState(false);
  const refresh = () => void queries.invalidateQueries({ queryKey: invitationsKey });
  const revoke = useMutation({
    mutationFn: revokeInvitation,
    onSuccess: (_, id) => {
      if (made?.id === id) setMade(null);
    },
    onError: (error) => toast(error.message, { tone: 'bad' }),
    onSettled: refresh,
  });
  return (
    <Section
      title="Invite somebody"
      about="An invitation is a link for one account. It works once, for 7 days. No mail is sent: send the link yourself."
    >
      {made ? (
        <NewInvitation
          made={made}
          onDone={() => {
            setMade(null);
            setIsDone(true);
          }}
        />
      ) : (
        <InvitationForm
          focused={isDone}
          onMade={(invitation) => {
            setMade(invitation);
            refresh();
          }}
        />
      )}
      <div className="mt-3">
        <AskedList query={invitations} name="open invitations" empty="No invitation is open.">
          {(all) =>
            all.map((invitation) => (
              <InvitationRow
                key={invitation.id}
                invitation={invitation}
                busy={revoke.isPending}
                onRevoke={() => revoke.mutate(invitation.id)}
              />
            ))
          }
        </AskedList>
      </div>
    </Section>
  );
}

function InvitationForm({
  focused,
  onMade,
}: {
  /** It came back in the place of what had the focus. */
  focused: boolean;
  onMade(invitation: CreatedInvitation): void;
}) {
  const [email, setEmail] = useState('');
  return (
    <Form
      label="Invite somebody"
      fields={['email']}
      submit={{ word: 'Make an invitation', busy: 'Making it…', look: 'primary' }}
      send={async () => onMade(await createInvitation(email.trim() === '' ? null : email))}
    >
      {(faults) => (
        <Field
          label="Email address, if you know it"
          name="invited"
          autoFocus={focused}
          type="email"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder="ann@example.org"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          fault={faults.email}
          note="Then only this address can use the invitation, and whoever does counts as having it: notebooks shared with it reach them."
        />
      )}
    </Form>
  );
}

function NewInvitation({ made, onDone }: { made: CreatedInvitation; onDone(): void }) {
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-accent bg-surface p-4">
      <p role="status">
        <span className="font-medium">Copy the link now: it is not shown again.</span>{' '}
        <span className="text-muted">
          {made.email === null
            ? 'Whoever opens it first can make an account.'
            : `Send it to ${made.email} and nowhere else: it proves the address.`}
        </span>
      </p>
      <CopyText
        label="The invitation"
        text={`${location.origin}/sign-in#invitation=${made.token}`}
        focused="button"
      />
      <div>
        <Button onClick={onDone}>Done</Button>
      </div>
    </div>
  );
}

function InvitationRow({
  invitation,
  busy,
  onRevoke,
}: {
  invitation: Invitation;
  busy: boolean;
  onRevoke(): void;
}) {
  const who = invitation.email ?? 'Whoever has the link';
  return (
    <li className="flex min-h-12 items-center gap-3 px-4 py-2">
      <div className="min-w-0 grow">
        <div className="truncate font-medium" title={who}>
          {who}
        </div>
        <div className="text-muted text-xs">
          Invited {relativeTime(Date.parse(invitation.createdAt), Date.now())} · works{' '}
          {untilWords(invitation.expiresAt, Date.now())}
        </div>
      </div>
      <Button
        size="small"
        disabled={busy}
        aria-label={`Revoke the invitation of ${who}`}
        onClick={onRevoke}
      >
        Revoke
      </Button>
    </li>
  );
}

function Accounts() {
  const people = useQuery({ queryKey: peopleKey, queryFn: ({ signal }) => fetchPeople(signal) });
  return (
    <Section title="Accounts">
      <AskedList query={people} name="accounts" empty="Nobody has an account yet.">
        {(all) => all.map((person) => <AccountRow key={person.id} person={person} />)}
      </AskedList>
    </Section>
  );
}

function AccountRow({ person }: { person: PersonRecord }) {
  const me = useMe();
  const queries = useQueryClient();
  const [asks, setAsks] = useState<'block' | 'password' | null>(null);
  const [link, setLink] = useState<string | null>(null);
  const { id, name, email, isAdministrator, isBlocked, sessionCount, lastSeenAt } = person;
  const refresh = () => queries.invalidateQueries({ queryKey: peopleKey });
  const letIn = useMutation({
    mutationFn: () => setBlocked(id, false),
    onError: (error) => toast(error.message, { tone: 'bad' }),
    onSettled: refresh,
  });
  const isMe = id === me?.id;
  const row = useRef<HTMLLIElement>(null);
  return (
    <li ref={row} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
      <PersonRow name={name} detail={email}>
        <span className="ml-auto flex items-center gap-2">
          {isAdministrator && <Badge tone="accent">Administrator</Badge>}
          {isBlocked && <Badge tone="warn">Blocked</Badge>}
          <span
            className="text-right text-muted text-xs"
            title={`Last seen ${exactTime(lastSeenAt)}`}
          >
            {sessionCount === 0
              ? `last here ${relativeTime(Date.parse(lastSeenAt), Date.now())}`
              : sessionCount === 1
                ? 'signed in'
                : `signed in, ${sessionCount} browsers`}
          </span>
          {isMe ? (
            <span className="w-7" />
          ) : (
            <Menu
              trigger={
                <IconButton label={`Actions for ${name}`}>
                  <Ellipsis />
                </IconButton>
              }
              entries={() => [
                {
                  label: 'New password…',
                  icon: <KeyRound />,
                  disabled: isBlocked,
                  onSelect: () => setAsks('password'),
                },
                isBlocked
                  ? { label: 'Let in again', icon: <LogIn />, onSelect: () => letIn.mutate() }
                  : {
                      label: 'Block…',
                      icon: <Ban />,
                      dangerous: true,
                      onSelect: () => setAsks('block'),
                    },
              ]}
            />
          )}
        </span>
      </PersonRow>
      {link !== null && (
        <div className="flex basis-full flex-col gap-2 py-1">
          <p role="status">
            <span className="font-medium">Copy the link now: it is not shown again.</span>{' '}
            <span className="text-muted">
              Send it to {name} and nobody else. It signs them in once, within a day, to set a new
              password.
            </span>
          </p>
          <CopyText
            label={`The link for ${name}`}
            text={`${location.origin}/sign-in#token=${link}&next=/account`}
            focused="button"
          />
          <div>
            <Button
              size="small"
              onClick={() => {
                setLink(null);
                row.current?.querySelector('button')?.focus();
              }}
            >
              Done
            </Button>
          </div>
        </div>
      )}
      {asks === 'password' && (
        <ConfirmDialog
          title={`A new password for ${name}?`}
          action="Make the link"
          run={async () => {
            setLink((await givePasswordLink(id)).token);
            await refresh();
          }}
          onClose={() => setAsks(null)}
        >
          <p>
            Their password stops working and they are signed out everywhere. You get a link to send
            to them, with which they set a new one.
          </p>
        </ConfirmDialog>
      )}
      {asks === 'block' && (
        <ConfirmDialog
          title={`Block ${name}?`}
          action="Block"
          run={async () => {
            await setBlocked(id, true);
            await refresh();
          }}
          onClose={() => setAsks(null)}
        >
          <p>
            {name} is signed out everywhere at once, cannot sign in, and their API tokens stop
            working, until you let them in again.
          </p>
          <p>
            Their notebooks stay as they are, and those with whom they are shared keep them. You can
            take this back at any time.
          </p>
        </ConfirmDialog>
      )}
    </li>
  );
}
