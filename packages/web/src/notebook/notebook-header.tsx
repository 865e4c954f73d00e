import { limits, type Mode, type RunTarget } from '@rnb/protocol';
import { Link, useNavigate } from '@tanstack/react-router';
import {
  Ellipsis,
  History,
  Keyboard,
  Play,
  RotateCcw,
  Square,
  Timer,
  UserPlus,
  Zap,
} from 'lucide-react';
import { ToggleGroup } from 'radix-ui';
import { type ComponentProps, type ReactNode, useState } from 'react';
import { AccountMenu, useAccountEntries } from '../account/account-menu.tsx';
import { configureNotebook, renameNotebook } from '../client/index.ts';
import { AccessPopover } from '../sharing/access-popover.tsx';
import { ShareButton } from '../sharing/share-button.tsx';
import { Button, IconButton } from '../shell/button.tsx';
import { InlineEdit } from '../shell/inline-edit.tsx';
import { Logo } from '../shell/logo.tsx';
import { Menu } from '../shell/menu.tsx';
import { useThemeSetting } from '../shell/theme.ts';
import { ThemeMenu, themeEntries } from '../shell/theme-menu.tsx';
import { toast } from '../shell/toasts.tsx';
import { hint, tooltip } from '../shell/tooltip-layer.tsx';
import { SavedMark } from './connection-state.tsx';
import { KernelState } from './kernel-state.tsx';
import {
  useMeta,
  useNotebook,
  useOrder,
  useReachable,
  useRights,
  useStatus,
  useSummary,
} from './notebook-context.ts';
import { PresenceAvatars } from './presence-avatars.tsx';
import { useRunPreview } from './run-preview.tsx';
import { keysOf } from './shortcuts.ts';

function complain(error: Error) {
  toast(error.message, { tone: 'bad' });
}

export function NotebookHeader({ onShowShortcuts }: { onShowShortcuts(): void }) {
  const { client } = useNotebook();
  const { title } = useMeta();
  const role = useStatus('role');
  const loaded = useStatus('loaded');
  const { mayEdit } = useRights();
  const [shares, setShares] = useState(false);
  return (
    <div className="flex h-12 items-center gap-1 px-3 sm:gap-2 sm:px-4">
      <Link to="/" aria-label="All notebooks" className="shrink-0 rounded-md">
        <Logo />
      </Link>
      <h1 className="flex min-w-0">
        <InlineEdit
          label="Title of the notebook"
          value={title}
          maxLength={limits.maxTitleLength}
          readOnly={!mayEdit}
          onCommit={(next) => void renameNotebook(client.id, next).catch(complain)}
          className="font-semibold"
        />
      </h1>
      <SavedMark />
      {loaded && <AccessPopover />}
      <span className="grow" />
      <PresenceAvatars />
      <KernelState />
      {loaded && (
        <>
          <LazyMark />
          {/* What comes and goes stands left of what is clicked: nothing slides under the pointer. */}
          {role !== 'viewer' && <RunStale />}
          {role !== 'viewer' && <Interrupt />}
          <ModeToggle readOnly={!mayEdit} />
          {role !== 'viewer' && <RunAll />}
          <ShareButton open={shares} onOpenChange={setShares} />
          <MoreMenu onShowShortcuts={onShowShortcuts} onShare={() => setShares(true)} />
        </>
      )}
      <span className="max-sm:hidden">
        <IconButton
          label="Keyboard shortcuts"
          keys={keysOf('show-shortcuts')}
          onClick={onShowShortcuts}
        >
          <Keyboard />
        </IconButton>
      </span>
      {/* A phone has no room for them: there they are in the menu. */}
      <span className="flex items-center gap-2 max-sm:hidden">
        <ThemeMenu />
        <AccountMenu />
      </span>
    </div>
  );
}

const modes: readonly { mode: Mode; label: string; title: string }[] = [
  { mode: 'auto', label: 'Auto', title: 'Cells run by themselves when what they read changes' },
  { mode: 'lazy', label: 'Lazy', title: 'Cells are only marked stale until you run them' },
];

function configure(...settings: Parameters<typeof configureNotebook>): void {
  configureNotebook(...settings).catch(complain);
}

function ModeToggle({ readOnly }: { readOnly: boolean }) {
  const { client } = useNotebook();
  const { mode } = useMeta();
  return (
    <ToggleGroup.Root
      type="single"
      aria-label="When cells run"
      value={mode}
      disabled={readOnly}
      className="flex h-7 shrink-0 rounded-md border p-0.5 max-md:hidden"
      onValueChange={(value) => {
        const chosen = modes.find((each) => each.mode === value);
        if (chosen) configure(client.id, { mode: chosen.mode });
      }}
    >
      {modes.map((each) => (
        <ToggleGroup.Item
          key={each.mode}
          value={each.mode}
          {...hint(each.title)}
          className="rounded px-2 text-muted text-xs hover:text-ink data-[state=on]:bg-accent-soft data-[state=on]:font-medium data-[state=on]:text-ink"
        >
          {each.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

/** Where there is no room for the toggle. On a phone what is to be done about the mode says it as well. */
function LazyMark() {
  const { mode } = useMeta();
  const { counts } = useSummary();
  if (mode !== 'lazy') return null;
  const title = modes.find((each) => each.mode === mode)?.title ?? '';
  return (
    <span
      {...tooltip(title)}
      className={`rounded bg-accent-soft px-1.5 py-1 text-xs md:hidden ${counts.stale > 0 ? 'max-sm:sr-only' : ''}`}
    >
      Lazy
    </span>
  );
}

function RunStale() {
  const { counts } = useSummary();
  if (counts.stale === 0) return null;
  return (
    <RunButton target="stale" title="Run stale" className="max-sm:px-1.5">
      <span>
        {/* The narrowest pages have no room for it. */}
        <span className="max-[22.5rem]:sr-only">Run </span>stale
      </span>
      <span className="text-warn tabular-nums">{counts.stale}</span>
    </RunButton>
  );
}

/** It keeps its place while nothing runs, so that a click that comes too late hits nothing else. */
function Interrupt() {
  const { actions } = useNotebook();
  const { atRest } = useSummary();
  const reachable = useReachable();
  return (
    <Button
      size="small"
      disabled={!reachable}
      className={atRest ? 'invisible' : ''}
      onClick={() => actions.interrupt()}
    >
      <Square aria-hidden="true" className="fill-bad text-bad" />
      <span className="max-sm:sr-only">Interrupt</span>
    </Button>
  );
}

function RunAll() {
  const isEmpty = useOrder().length === 0;
  return (
    <RunButton target="all" title="Run all" aria-label="Run all" look="primary" disabled={isEmpty}>
      <Play aria-hidden="true" />
      <span className="max-sm:hidden">Run all</span>
    </RunButton>
  );
}

/** Hovered or with the focus, it shows which cells it would run. */
function RunButton({
  target,
  title,
  children,
  ...button
}: {
  target: RunTarget & string;
  /** Shown until the answer is there. */
  title: string;
  children: ReactNode;
} & Pick<ComponentProps<typeof Button>, 'look' | 'disabled' | 'className' | 'aria-label'>) {
  const { actions } = useNotebook();
  const { words, handlers } = useRunPreview(target);
  return (
    <Button
      size="small"
      {...button}
      {...handlers}
      {...(words === null ? tooltip(title) : hint(words))}
      onClick={() => actions.run(target)}
    >
      {children}
    </Button>
  );
}

const onPhones = '(width < 40rem)';

/** Everything that the bar has no room for, and what is wanted seldom. */
function MoreMenu({ onShowShortcuts, onShare }: { onShowShortcuts(): void; onShare(): void }) {
  const { actions, client } = useNotebook();
  const navigate = useNavigate();
  const owns = useStatus('role') === 'owner';
  const { counts } = useSummary();
  const { mode, runOnIdle } = useMeta();
  const other = mode === 'auto' ? 'lazy' : 'auto';
  const account = useAccountEntries();
  const theme = useThemeSetting();
  return (
    <>
      <Menu
        trigger={
          <IconButton label="More">
            <Ellipsis />
          </IconButton>
        }
        entries={() => [
          {
            label: `Run stale cells (${counts.stale})`,
            icon: <Play />,
            disabled: counts.stale === 0 || !actions.mayRun,
            onSelect: () => actions.run('stale'),
          },
          {
            label: 'Restart kernel',
            icon: <RotateCcw />,
            disabled: !actions.mayRun,
            onSelect: () => actions.restart(),
          },
          {
            label: other === 'lazy' ? 'Run cells only when asked' : 'Run cells by themselves',
            icon: <Zap />,
            disabled: !actions.mayEdit,
            onSelect: () => configure(client.id, { mode: other }),
          },
          {
            label: 'Run a cell after a pause in typing',
            icon: <Timer />,
            checked: runOnIdle,
            disabled: !actions.mayEdit,
            onSelect: () => configure(client.id, { runOnIdle: !runOnIdle }),
          },
          ...(owns
            ? [
                'separator' as const,
                { label: 'Share…', icon: <UserPlus />, onSelect: onShare },
                {
                  label: 'Activity',
                  icon: <History />,
                  onSelect: () =>
                    void navigate({ to: '/notebooks/$id/activity', params: { id: client.id } }),
                },
              ]
            : []),
          'separator',
          {
            label: 'Keyboard shortcuts',
            icon: <Keyboard />,
            keys: keysOf('show-shortcuts'),
            onSelect: onShowShortcuts,
          },
          ...(matchMedia(onPhones).matches
            ? [
                'separator' as const,
                ...themeEntries(theme),
                'separator' as const,
                ...account.entries(),
              ]
            : []),
        ]}
      />
      {account.question}
    </>
  );
}
