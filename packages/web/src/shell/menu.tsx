import { Check } from 'lucide-react';
import { DropdownMenu, Slot } from 'radix-ui';
import { type ReactNode, useState } from 'react';

export type MenuEntry =
  | 'separator'
  /** What the entries below are about. */
  | { heading: ReactNode }
  | {
      label: string;
      icon?: ReactNode;
      keys?: string | undefined;
      disabled?: boolean;
      /** For what is on or off. */
      checked?: boolean;
      dangerous?: boolean;
      onSelect(): void;
    };

interface MenuProps {
  /** One element that takes a ref. */
  trigger: ReactNode;
  entries: () => MenuEntry[];
}

/** A dropdown menu. Until it is first opened it is no more than its trigger: every cell has one, few are ever used. */
export function Menu({ trigger, entries }: MenuProps) {
  const [used, setUsed] = useState(false);
  if (used) return <UsedMenu trigger={trigger} entries={entries} />;
  return (
    <Slot.Root aria-haspopup="menu" aria-expanded={false} onClick={() => setUsed(true)}>
      {trigger}
    </Slot.Root>
  );
}

function UsedMenu({ trigger, entries }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} defaultOpen>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-48 animate-rise overflow-y-auto rounded-lg border bg-raised p-1 shadow-[var(--shadow)]"
        >
          <Entries entries={entries} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** A component of its own, which lives only while the menu is open. */
function Entries({ entries }: Pick<MenuProps, 'entries'>) {
  return entries().map((entry, index) => {
    // biome-ignore-start lint/suspicious/noArrayIndexKey: these have no other identity
    if (entry === 'separator') {
      return <DropdownMenu.Separator key={index} className="my-1 h-px bg-line" />;
    }
    if ('heading' in entry) {
      return (
        <DropdownMenu.Label key={index} className="max-w-64 px-2 py-1.5">
          {entry.heading}
        </DropdownMenu.Label>
      );
    }
    // biome-ignore-end lint/suspicious/noArrayIndexKey: these have no other identity
    return <Item key={entry.label} entry={entry} />;
  });
}

function Item({ entry }: { entry: Extract<MenuEntry, { label: string }> }) {
  const { label, icon, keys, disabled = false, checked, dangerous, onSelect } = entry;
  const shared = {
    disabled,
    onSelect,
    className: `flex min-h-7 items-center gap-2 rounded-md px-2 text-sm outline-none data-[disabled]:opacity-40 data-[highlighted]:bg-sunken [&_svg]:size-4 [&_svg]:shrink-0 ${dangerous ? 'text-bad' : '[&_svg]:text-faint'}`,
  };
  const content = (
    <>
      {icon}
      <span className="grow">{label}</span>
      {keys && <kbd className="ml-4 font-sans text-faint text-xs">{keys}</kbd>}
    </>
  );
  if (checked === undefined) {
    return <DropdownMenu.Item {...shared}>{content}</DropdownMenu.Item>;
  }
  return (
    <DropdownMenu.CheckboxItem checked={checked} {...shared}>
      {content}
      {checked && <Check aria-hidden="true" />}
    </DropdownMenu.CheckboxItem>
  );
}
