import { limits, type NotebookSummary } from '@rnb/protocol';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Ellipsis, LogOut, Pencil, Plus, Search, Trash2 } from 'lucide-react';
import { ToggleGroup } from 'radix-ui';
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { AccountMenu } from '../account/account-menu.tsx';
import { useMe } from '../account/use-me.ts';
import {
  createNotebook,
  deleteNotebook,
  listNotebooks,
  renameNotebook,
  restoreNotebook,
} from '../client/http.ts';
import { findUnsent, subscribeUnsent } from '../client/unsent-edits.ts';
import { LeaveDialog } from '../sharing/leave-dialog.tsx';
import { labelOf } from '../sharing/roles.ts';
import { Badge } from '../shell/badge.tsx';
import { Button, IconButton } from '../shell/button.tsx';
import { useDocumentTitle } from '../shell/document-title.ts';
import { Failed } from '../shell/failed.tsx';
import { InlineEdit } from '../shell/inline-edit.tsx';
import { Logo } from '../shell/logo.tsx';
import { Menu } from '../shell/menu.tsx';
import { SkeletonRows } from '../shell/skeleton-rows.tsx';
import { ThemeMenu } from '../shell/theme-menu.tsx';
import { toast } from '../shell/toasts.tsx';
import { focusIsLost, useRowFocus } from '../shell/use-row-focus.ts';
import { When } from '../shell/when.tsx';

const listKey = ['notebooks'];

function complain(error: Error) {
  toast(error.message, { tone: 'bad' });
}

export function NotebookListPage() {
  useDocumentTitle('Notebooks');
  const notebooks = useQuery({ queryKey: listKey, queryFn: ({ signal }) => listNotebooks(signal) });
  const [wanted, setWanted] = useState('');
  const [whose, setWhose] = useState<Whose>('all');
  const rowFocus = useRowFocus();
  const anyShared = notebooks.data?.some(({ role }) => role !== 'owner') ?? false;
  // What was shared may be gone again, and the choice with it.
  const part = anyShared ? whose : 'all';
  const shown = useMemo(() => {
    const needle = wanted.trim().toLowerCase();
    return (notebooks.data ?? [])
      .filter(({ title }) => title.toLowerCase().includes(needle))
      .filter(({ role }) => part === 'all' || (part === 'mine') === (role === 'owner'))
      .sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  }, [notebooks.data, wanted, part]);

  return (
    <div className="mx-auto flex min-h-dvh max-w-4xl flex-col px-4 sm:px-6">
      <header className="flex h-14 items-center gap-3">
        <Logo />
        <span className="font-semibold tracking-tight">Reactive Notebook</span>
        <span className="grow" />
        <span className="-mr-1.5">
          <ThemeMenu />
        </span>
        <AccountMenu />
      </header>
      <main className="grow pt-6 pb-16">
        <div className="mb-4 flex flex-wrap items-center gap-2">
          <h1 className="grow font-semibold text-xl tracking-tight">Notebooks</h1>
          <CreateButtons />
        </div>
        {notebooks.data && notebooks.data.length > 0 && (
          <div className="mb-3 flex flex-wrap gap-2">
            <label className="flex h-9 min-w-48 grow items-center gap-2 rounded-md border border-field bg-surface px-3 text-faint focus-within:ring-2 focus-within:ring-accent">
              <Search className="size-4 shrink-0" aria-hidden="true" />
              <input
                type="search"
                aria-label="Search notebooks by title"
                placeholder="Search by title"
                value={wanted}
                onChange={(event) => setWanted(event.target.value)}
                className="w-full bg-transparent text-ink outline-none placeholder:text-faint"
              />
            </label>
            {anyShared && <WhoseToggle value={whose} onChange={setWhose} />}
          </div>
        )}
        <div tabIndex={-1} className="rounded-lg outline-none" {...rowFocus}>
          {notebooks.isPending ? (
            <SkeletonRows name="notebooks" row="h-12" />
          ) : notebooks.isError ? (
            <Failed query={notebooks} />
          ) : notebooks.data.length === 0 ? (
            <div className="rounded-lg border border-dashed p-12 text-center">
              <p className="font-medium text-base">No notebooks yet</p>
              <p className="mt-1 text-muted">
                Start with a blank one, or open the demo to see cells follow each other.
              </p>
            </div>
          ) : shown.length === 0 ? (
            <p className="p-12 text-center text-muted">
              {wanted.trim() === ''
                ? 'None of these notebooks is yours yet.'
                : `No notebook is called “${wanted.trim()}”.`}
            </p>
          ) : (
            <ul className="divide-y overflow-hidden rounded-lg border bg-surface">
              {shown.map((notebook) => (
                <NotebookRow key={notebook.id} notebook={notebook} />
              ))}
            </ul>
          )}
        </div>
      </main>
    </div>
  );
}

type Whose = 'all' | 'mine' | 'shared';
const parts: readonly { value: Whose; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'mine', label: 'Mine' },
  { value: 'shared', label: 'Shared with me' },
];

function WhoseToggle({ value, onChange }: { value: Whose; onChange(value: Whose): void }) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label="Whose notebooks"
      value={value}
      className="flex h-9 shrink-0 rounded-md border bg-surface p-0.5"
      onValueChange={(chosen) => {
        const part = parts.find((each) => each.value === chosen);
        if (part) onChange(part.value);
      }}
    >
      {parts.map((part) => (
        <ToggleGroup.Item
          key={part.value}
          value={part.value}
          className="rounded px-2.5 text-muted hover:text-ink data-[state=on]:bg-accent-soft data-[state=on]:font-medium data-[state=on]:text-ink"
        >
          {part.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

function CreateButtons() {
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: (template: 'blank' | 'demo') => createNotebook({ template }),
    onSuccess: ({ id }) => navigate({ to: '/notebooks/$id', params: { id } }),
    onError: complain,
  });
  return (
    <div className="flex gap-2">
      <Button disabled={create.isPending} onClick={() => create.mutate('demo')}>
        New demo
      </Button>
      <Button look="primary" disabled={create.isPending} onClick={() => create.mutate('blank')}>
        <Plus aria-hidden="true" />
        New notebook
      </Button>
    </div>
  );
}

/** Something was written in it that this tab alone has: to open it is to send it. */
function NotSaved({ notebook }: { notebook: string }) {
  const user = useMe()?.id;
  const isKept = useSyncExternalStore(
    subscribeUnsent,
    () => user !== undefined && findUnsent(notebook, user) !== null,
  );
  return (
    // What is on its way is saved before this is seen.
    isKept && (
      <span className="shrink-0 animate-late whitespace-nowrap">
        <Badge tone="warn">Not saved</Badge>
      </span>
    )
  );
}

function NotebookRow({ notebook }: { notebook: NotebookSummary }) {
  const link = useRef<HTMLAnchorElement>(null);
  const [leaves, setLeaves] = useState(false);
  const [renaming, setRenaming] = useState(false);
  const wasRenaming = useRef(false);
  useEffect(() => {
    if (wasRenaming.current && !renaming && focusIsLost()) link.current?.focus();
    wasRenaming.current = renaming;
  }, [renaming]);
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: listKey });
  const edit = (change: (all: NotebookSummary[]) => NotebookSummary[]) =>
    queries.setQueryData<NotebookSummary[]>(listKey, (all) => all && change(all));

  const takeOff = () => edit((all) => all.filter(({ id }) => id !== notebook.id));

  const rename = useMutation({
    mutationFn: (title: string) => renameNotebook(notebook.id, title),
    onMutate: (title) =>
      edit((all) => all.map((other) => (other.id === notebook.id ? { ...other, title } : other))),
    onError: complain,
    onSettled: refresh,
  });
  const restore = useMutation({
    mutationFn: () => restoreNotebook(notebook.id),
    onError: complain,
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: () => deleteNotebook(notebook.id),
    onMutate: takeOff,
    onSuccess: () => {
      toast(`Deleted “${notebook.title}”`, {
        action: { label: 'Undo', run: () => restore.mutate() },
      });
    },
    onError: complain,
    onSettled: refresh,
  });

  const owns = notebook.role === 'owner';
  const mayRename = owns || notebook.role === 'editor';
  return (
    <li className="group relative flex h-12 items-center gap-3 pr-2 pl-4 focus-within:bg-sunken hover:bg-sunken">
      {renaming ? (
        <InlineEdit
          autoFocus
          label="Title"
          value={notebook.title}
          maxLength={limits.maxTitleLength}
          onCommit={(title) => rename.mutate(title)}
          onDone={() => setRenaming(false)}
          className="-ml-1.5 grow font-medium"
        />
      ) : (
        <Link
          to="/notebooks/$id"
          params={{ id: notebook.id }}
          title={notebook.title}
          ref={link}
          className="min-w-0 grow truncate font-medium outline-none after:absolute after:inset-0 focus-visible:after:rounded-lg focus-visible:after:outline-2 focus-visible:after:outline-accent focus-visible:after:-outline-offset-2"
        >
          {notebook.title}
        </Link>
      )}
      <NotSaved notebook={notebook.id} />
      {!owns && (
        <span className="flex min-w-0 shrink items-center gap-2 text-muted max-sm:shrink-0">
          <span
            className="max-w-40 truncate max-sm:hidden"
            title={`Belongs to ${notebook.owner.name}`}
          >
            from {notebook.owner.name}
          </span>
          <span className="shrink-0 rounded bg-accent-soft px-1.5 text-ink text-xs leading-5">
            {labelOf(notebook.role)}
          </span>
        </span>
      )}
      <span className="hidden w-20 shrink-0 text-right text-faint tabular-nums sm:block">
        {notebook.cellCount === 1 ? '1 cell' : `${notebook.cellCount.toLocaleString()} cells`}
      </span>
      <When at={notebook.updatedAt} className="shrink-0 text-right text-faint sm:w-28" />
      <div className="relative z-10 opacity-100 focus-within:opacity-100 group-hover:opacity-100 sm:opacity-0 sm:has-data-[state=open]:opacity-100">
        <Menu
          trigger={
            <IconButton label={`Actions for ${notebook.title}`}>
              <Ellipsis />
            </IconButton>
          }
          entries={() => [
            {
              label: 'Rename',
              icon: <Pencil />,
              disabled: !mayRename,
              onSelect: () => setRenaming(true),
            },
            owns
              ? {
                  label: 'Delete',
                  icon: <Trash2 />,
                  dangerous: true,
                  onSelect: () => remove.mutate(),
                }
              : {
                  label: 'Leave…',
                  icon: <LogOut />,
                  dangerous: true,
                  onSelect: () => setLeaves(true),
                },
          ]}
        />
      </div>
      {leaves && (
        <LeaveDialog notebook={notebook} onLeft={takeOff} onClose={() => setLeaves(false)} />
      )}
    </li>
  );
}
