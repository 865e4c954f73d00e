import type { Member, Sharing } from '@rnb/protocol';
import { Crown, Ellipsis, UserMinus } from 'lucide-react';
import { Switch } from 'radix-ui';
import { useEffect, useRef, useState } from 'react';
import { Button, IconButton } from '../shell/button.tsx';
import { Menu } from '../shell/menu.tsx';
import { PersonRow } from '../shell/person-row.tsx';
import { tooltip } from '../shell/tooltip-layer.tsx';
import { RoleSelect } from './role-select.tsx';
import { TransferDialog } from './transfer-dialog.tsx';
import type { SharingChanges } from './use-sharing.ts';

const noConnections = 'Viewers run nothing, so they use no database connections.';
const aboutConnections =
  'May use the database connections of this notebook. There are none yet: they come with SQL cells. The right is kept until then.';

/** The owner, and everybody who is a member, in the order in which they came. */
export function MemberList({
  notebook,
  sharing,
  changes,
}: {
  notebook: { id: string; title: string };
  sharing: Sharing;
  changes: SharingChanges;
}) {
  const [heir, setHeir] = useState<Member['person']>(null);
  const { owner, members } = sharing;
  // Whom somebody has invited again is there already.
  const removed = changes.removed.filter(
    (gone) => !members.some((member) => isSameMember(member, gone)),
  );
  const rows = [...members, ...removed].sort((a, b) =>
    a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0,
  );
  return (
    <>
      <ul
        aria-label="Members"
        className="-mx-5 divide-y border-y sm:max-h-[40dvh] sm:overflow-y-auto"
      >
        <li className="flex items-center gap-3 px-5 py-2">
          <PersonRow name={owner.name} detail={owner.email}>
            <span className="pr-10 text-muted text-xs">Owner</span>
          </PersonRow>
        </li>
        {rows.map((member) =>
          members.includes(member) ? (
            <MemberRow
              key={member.id}
              member={member}
              changes={changes}
              onTransfer={() => setHeir(member.person)}
            />
          ) : (
            <RemovedRow key={member.id} member={member} changes={changes} />
          ),
        )}
      </ul>
      {rows.length === 0 && (
        <p className="py-2 text-muted text-sm">Only you have this notebook so far.</p>
      )}
      {heir && <TransferDialog notebook={notebook} heir={heir} onClose={() => setHeir(null)} />}
    </>
  );
}

/** Whether they are one person, or one address of somebody who has not signed in yet. */
function isSameMember(a: Member, b: Member): boolean {
  return a.person && b.person
    ? a.person.id === b.person.id
    : a.invited !== null && a.invited === b.invited;
}

const nameOf = ({ person, invited }: Member): string => person?.name || (invited ?? '');

function MemberRow({
  member,
  changes,
  onTransfer,
}: {
  member: Member;
  changes: SharingChanges;
  onTransfer(): void;
}) {
  const { id, person, invited, role, mayUseConnections } = member;
  const name = nameOf(member);
  const mayRun = role !== 'viewer';
  const about = mayRun ? aboutConnections : noConnections;
  const detail = person ? (person.email ?? invited) : 'Invited, not taken up yet';
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-5 py-2">
      <PersonRow name={name} detail={detail}>
        <span className="ml-auto flex items-center gap-3">
          <span {...tooltip(about)} className="flex items-center gap-1.5 text-xs">
            <Switch.Root
              aria-label={`${name} may use database connections`}
              aria-description={about}
              checked={mayRun && mayUseConnections}
              disabled={!mayRun}
              onCheckedChange={(on) =>
                changes.change.mutate({ id, terms: { mayUseConnections: on } })
              }
              className="flex h-4 w-7 shrink-0 items-center rounded-full border border-field bg-sunken disabled:opacity-50 p-px data-[state=checked]:border-accent data-[state=checked]:bg-accent"
            >
              <Switch.Thumb className="block size-3 rounded-full bg-muted transition-transform data-[state=checked]:translate-x-3 data-[state=checked]:bg-on-accent" />
            </Switch.Root>
            <span aria-hidden="true" className={mayRun ? 'text-muted' : 'text-faint'}>
              Connections
            </span>
          </span>
          <RoleSelect
            label={`Role of ${name}`}
            value={role}
            className="h-7 w-20"
            onChange={(next) => changes.change.mutate({ id, terms: { role: next } })}
          />
          <Menu
            trigger={
              <IconButton label={`More about ${name}`}>
                <Ellipsis />
              </IconButton>
            }
            entries={() => [
              {
                label: person ? 'Make owner…' : 'Make owner… (not before it is taken up)',
                icon: <Crown />,
                disabled: person === null,
                onSelect: onTransfer,
              },
              'separator',
              {
                label: 'Remove',
                icon: <UserMinus />,
                dangerous: true,
                onSelect: () => changes.remove.mutate(member),
              },
            ]}
          />
        </span>
      </PersonRow>
    </li>
  );
}

/** In the place of whom it was: what was done, and the way back. */
function RemovedRow({ member, changes }: { member: Member; changes: SharingChanges }) {
  const undo = useRef<HTMLButtonElement>(null);
  // The menu that did it is gone, and would have given the focus back.
  useEffect(() => undo.current?.focus(), []);
  return (
    <li className="flex items-center gap-3 bg-sunken px-5 py-2">
      <span role="status" className="min-w-0 grow text-muted">
        <span className="font-medium">{nameOf(member)}</span> was removed.
      </span>
      <Button
        ref={undo}
        size="small"
        disabled={changes.takeBack.isPending}
        onClick={() => changes.takeBack.mutate(member)}
      >
        Undo
      </Button>
    </li>
  );
}
