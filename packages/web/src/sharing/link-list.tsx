import type { GrantedRole, ShareLink } from '@rnb/protocol';
import { Copy, Link2, UserMinus } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button, IconButton } from '../shell/button.tsx';
import { Choice } from '../shell/choice.tsx';
import { CopyText } from '../shell/copy-text.tsx';
import { PersonRow } from '../shell/person-row.tsx';
import { untilWords } from '../shell/time.ts';
import { RoleSelect } from './role-select.tsx';
import { labelOf } from './roles.ts';
import type { SharingChanges } from './use-sharing.ts';

const lifetimes = [
  { value: '1', label: '1 day' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: 'never', label: 'until revoked' },
] as const;
type Lifetime = (typeof lifetimes)[number]['value'];

/** The links that open the notebook, and a new one. */
export function LinkList({
  notebook,
  links,
  changes,
}: {
  notebook: string;
  links: readonly ShareLink[];
  changes: SharingChanges;
}) {
  const [role, setRole] = useState<GrantedRole>('viewer');
  const [lifetime, setLifetime] = useState<Lifetime>('7');
  const [made, setMade] = useState<string | null>(null);
  return (
    <section aria-labelledby="share-links" className="mt-5">
      <h3 id="share-links" className="font-medium">
        Links
      </h3>
      <p className="text-muted text-xs">
        A link gives the notebook to whoever signs in with it, for as long as the link lasts.
      </p>
      {links.length > 0 && (
        <ul className="-mx-5 mt-2 divide-y border-y sm:max-h-[30dvh] sm:overflow-y-auto">
          {links.map((link) => (
            <LinkRow
              key={link.id}
              notebook={notebook}
              link={link}
              isNew={link.id === made}
              changes={changes}
            />
          ))}
        </ul>
      )}
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <RoleSelect label="Role that the link gives" value={role} onChange={setRole} />
        <Choice
          label="How long the link lasts"
          value={lifetime}
          options={lifetimes}
          onChange={setLifetime}
        />
        <Button
          size="small"
          disabled={changes.createLink.isPending}
          onClick={() =>
            changes.createLink.mutate(
              { role, expiresInDays: lifetime === 'never' ? null : Number(lifetime) },
              { onSuccess: ({ id }) => setMade(id) },
            )
          }
        >
          <Link2 aria-hidden="true" />
          Make a link
        </Button>
      </div>
    </section>
  );
}

function LinkRow({
  notebook,
  link,
  isNew,
  changes,
}: {
  notebook: string;
  link: ShareLink;
  isNew: boolean;
  changes: SharingChanges;
}) {
  const [asked, setAsked] = useState(false);
  const [byHand, setByHand] = useState(false);
  const revoke = useRef<HTMLButtonElement>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const wasAsked = useRef(false);
  useEffect(() => {
    if (asked) keep.current?.focus();
    else if (wasAsked.current) revoke.current?.focus();
    wasAsked.current = asked;
  }, [asked]);
  const { role, expiresAt, people } = link;
  const until = untilWords(expiresAt, Date.now());
  const whose = `for ${role}s, ${until}`;
  const address = `${location.origin}/notebooks/${notebook}#join=${link.secret}`;
  return (
    <li className="px-5 py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="min-w-32 grow basis-32">
          <span className="block">
            <span className="font-medium">{labelOf(role)}</span>
            <span className="text-muted"> · {until}</span>
          </span>
          <span className="block text-muted text-xs">
            {people.length === 0 ? 'Nobody has the notebook by it' : 'Came by it:'}
          </span>
        </span>
        <span className="ml-auto flex gap-2">
          {!byHand && (
            <CopyLink
              address={address}
              whose={whose}
              focused={isNew}
              onFail={() => setByHand(true)}
            />
          )}
          <Button
            ref={revoke}
            size="small"
            aria-label={`Revoke the link ${whose}`}
            aria-expanded={asked}
            onClick={() => setAsked(!asked)}
          >
            Revoke…
          </Button>
        </span>
      </div>
      {people.length > 0 && (
        <ul aria-label={`Came by the link ${whose}`}>
          {people.map((person) => (
            <li key={person.id} className="flex items-center gap-3 py-1">
              <PersonRow name={person.name} detail={person.email}>
                <IconButton
                  label={`Remove ${person.name}`}
                  onClick={() => changes.putOut.mutate({ person, link })}
                >
                  <UserMinus />
                </IconButton>
              </PersonRow>
            </li>
          ))}
        </ul>
      )}
      {byHand && (
        <div className="mt-2">
          <CopyText label={`The link ${whose}`} text={address} focused="text" />
        </div>
      )}
      {asked && (
        <fieldset
          aria-label="Revoke the link"
          className="mt-2 flex flex-wrap items-center gap-2 rounded-md bg-bad-soft px-3 py-2"
        >
          <p className="min-w-48 grow basis-48">{consequence(people.map(({ name }) => name))}</p>
          <span className="ml-auto flex gap-2">
            <Button ref={keep} size="small" onClick={() => setAsked(false)}>
              Keep
            </Button>
            <Button size="small" look="primary" onClick={() => changes.revokeLink.mutate(link)}>
              Revoke
            </Button>
          </span>
        </fieldset>
      )}
    </li>
  );
}

function consequence(names: string[]): string {
  const [first, ...others] = names;
  if (first === undefined) return 'It then opens the notebook for nobody any more.';
  const who =
    others.length === 0
      ? `${first} loses`
      : `${first} and ${others.length === 1 ? others[0] : `${others.length} others`} lose`;
  return `${who} the notebook at once, unless a membership or another link gives it to them.`;
}

function CopyLink({
  address,
  whose,
  focused,
  onFail,
}: {
  address: string;
  /** Says which of several links it is. */
  whose: string;
  focused: boolean;
  onFail(): void;
}) {
  const [copied, setCopied] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (focused) button.current?.focus();
  }, [focused]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address);
      setCopied(true);
    } catch {
      // Without https browsers give no way to the clipboard.
      onFail();
    }
  };
  return (
    <Button ref={button} size="small" onClick={() => void copy()} onBlur={() => setCopied(false)}>
      <Copy aria-hidden="true" />
      <span>
        <span aria-live="polite">{copied ? 'Copied' : 'Copy link'}</span>
        <span className="sr-only"> {whose}</span>
      </span>
    </Button>
  );
}
