import type { ApiToken, CreatedApiToken, TokenScope } from '@rnb/protocol';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { AccountLayout, Section } from '../account/account-layout.tsx';
import { createToken, fetchTokens, revokeToken } from '../client/accounts.ts';
import { AskedList } from '../shell/asked-list.tsx';
import { Badge } from '../shell/badge.tsx';
import { Button } from '../shell/button.tsx';
import { Choice } from '../shell/choice.tsx';
import { ConfirmDialog } from '../shell/confirm-dialog.tsx';
import { CopyText } from '../shell/copy-text.tsx';
import { Field } from '../shell/field.tsx';
import { Form } from '../shell/form.tsx';
import { exactTime, relativeTime, untilWords } from '../shell/time.ts';

const tokensKey = ['tokens'];

const scopes: readonly { value: TokenScope; label: string; detail: string }[] = [
  { value: 'read', label: 'Read', detail: 'sees notebooks and their results' },
  { value: 'run', label: 'Run', detail: 'also runs cells' },
  { value: 'edit', label: 'Edit', detail: 'also writes, makes and deletes notebooks' },
];

const lifetimes = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '366', label: '1 year' },
] as const;

/** The API tokens of the person: what programs sign in with. */
export function TokensPage() {
  const queries = useQueryClient();
  const tokens = useQuery({ queryKey: tokensKey, queryFn: ({ signal }) => fetchTokens(signal) });
  const [made, setMade] = useState<CreatedApiToken | null>(null);
  const [isDone, setIsDone] = useState(false);
  const refresh = () => {
    void queries.invalidateQueries({ queryKey: tokensKey });
    void queries.invalidateQueries({ queryKey: ['own-trail'] });
  };
  return (
    <AccountLayout
      title="API tokens"
      about={
        <>
          Programs sign in with a token. It acts as you, in the notebooks that you have, but shares
          none and changes no account. See the{' '}
          <a href="/api/docs/" className="font-medium text-accent hover:underline">
            API documentation
          </a>
          .
        </>
      }
    >
      <Section title={made ? 'Your new token' : 'New token'}>
        {made ? (
          <NewToken
            made={made}
            onDone={() => {
              setMade(null);
              setIsDone(true);
            }}
          />
        ) : (
          <TokenForm
            focused={isDone}
            onMade={(token) => {
              setMade(token);
              refresh();
            }}
          />
        )}
      </Section>
      <Section title="Your tokens">
        <AskedList query={tokens} name="tokens" empty="No tokens yet.">
          {(all) =>
            all.map((token) => (
              <TokenRow
                key={token.id}
                token={token}
                onRevoked={() => {
                  if (made?.id === token.id) setMade(null);
                  refresh();
                }}
              />
            ))
          }
        </AskedList>
      </Section>
    </AccountLayout>
  );
}

function TokenForm({
  focused,
  onMade,
}: {
  /** It came back in the place of what had the focus. */
  focused: boolean;
  onMade(token: CreatedApiToken): void;
}) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<TokenScope>('read');
  const [lifetime, setLifetime] = useState<(typeof lifetimes)[number]['value']>('90');
  return (
    <Form
      label="New token"
      fields={['name']}
      submit={{ word: 'Make the token', busy: 'Making it…', look: 'primary' }}
      check={() =>
        name.trim() === ''
          ? { name: 'Name it after what uses it, to know later what to revoke.' }
          : {}
      }
      send={async () => onMade(await createToken({ name, scope, expiresInDays: Number(lifetime) }))}
      beside={
        <>
          <span className="flex items-center gap-2">
            <span aria-hidden="true">It may</span>
            <Choice label="What it may do" value={scope} options={scopes} onChange={setScope} />
          </span>
          <span className="flex items-center gap-2">
            <span aria-hidden="true">for</span>
            <Choice
              label="How long it works"
              value={lifetime}
              options={lifetimes}
              onChange={setLifetime}
            />
          </span>
          <span className="grow" />
        </>
      }
    >
      {(faults) => (
        <Field
          label="Name"
          name="token-name"
          autoFocus={focused}
          autoComplete="off"
          placeholder="nightly report"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
          fault={faults.name}
        />
      )}
    </Form>
  );
}

function NewToken({ made, onDone }: { made: CreatedApiToken; onDone(): void }) {
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-accent bg-surface p-4">
      <p role="status">
        <span className="font-medium">Copy “{made.name}” now: it is not shown again.</span>{' '}
        <span className="text-muted">
          Whoever has it acts as you. Keep it where your program keeps its secrets, not in a
          notebook.
        </span>
      </p>
      <CopyText label={`The token “${made.name}”`} text={made.token} focused="button" />
      <p className="text-muted text-xs">
        Send it with every request, as{' '}
        <code className="whitespace-nowrap font-mono">Authorization: Bearer …</code>
      </p>
      <div>
        <Button onClick={onDone}>Done</Button>
      </div>
    </div>
  );
}

function TokenRow({ token, onRevoked }: { token: ApiToken; onRevoked(): void }) {
  const [asks, setAsks] = useState(false);
  const { name, scope, hint, expiresAt, lastUsedAt } = token;
  const now = Date.now();
  const expired = Date.parse(expiresAt) <= now;
  return (
    <li className="flex min-h-14 items-center gap-3 px-4 py-2">
      <div className={`min-w-0 grow ${expired ? 'text-muted' : ''}`}>
        <div className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="min-w-0 truncate font-medium" title={name}>
            {name}
          </span>
          <Badge>{scopes.find(({ value }) => value === scope)?.label}</Badge>
          {expired && <Badge tone="warn">Expired</Badge>}
        </div>
        <div className="text-muted text-xs">
          Ends in <span className="font-mono">{hint}</span> ·{' '}
          <span title={exactTime(expiresAt)}>
            {expired
              ? `expired ${relativeTime(Date.parse(expiresAt), now)}`
              : `works ${untilWords(expiresAt, now)}`}
          </span>{' '}
          · {lastUsedAt === null ? 'never used' : `last used ${lastUse(token, now)}`}
        </div>
      </div>
      <Button size="small" aria-label={`Revoke ${name}`} onClick={() => setAsks(true)}>
        {expired ? 'Remove' : 'Revoke…'}
      </Button>
      {asks && (
        <ConfirmDialog
          title={expired ? `Remove “${name}”?` : `Revoke “${name}”?`}
          action={expired ? 'Remove' : 'Revoke'}
          run={async () => {
            await revokeToken(token.id);
            onRevoked();
          }}
          onClose={() => setAsks(false)}
        >
          <p>{consequence(token, now)}</p>
        </ConfirmDialog>
      )}
    </li>
  );
}

/** Within a minute. */
function lastUse({ lastUsedAt, lastUsedFrom }: ApiToken, now: number): string {
  const when = relativeTime(Date.parse(lastUsedAt ?? ''), now);
  return lastUsedFrom === null ? when : `${when} from ${lastUsedFrom}`;
}

function consequence(token: ApiToken, now: number): string {
  if (Date.parse(token.expiresAt) <= now) {
    return 'It works no longer. Removing it only takes it out of this list.';
  }
  return token.lastUsedAt === null
    ? 'Nothing has used it yet. Whatever was given it is refused from now on, and it cannot be brought back.'
    : `Whatever uses it stops working at once, and what it has open is closed. It was last used ${lastUse(token, now)}. It cannot be brought back.`;
}
