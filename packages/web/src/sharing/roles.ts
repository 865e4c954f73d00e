import { GrantedRole, type Role } from '@rnb/protocol';

/** What each role may do, for those who give it. */
export const roles: readonly { role: GrantedRole; label: string; may: string }[] = [
  { role: 'viewer', label: 'Viewer', may: 'sees it live' },
  { role: 'runner', label: 'Runner', may: 'may also run cells' },
  { role: 'editor', label: 'Editor', may: 'may also write' },
] satisfies { role: GrantedRole; label: string; may: string }[];

const labels: Record<Role, string> = {
  viewer: 'Viewer',
  runner: 'Runner',
  editor: 'Editor',
  owner: 'Owner',
};

export const labelOf = (role: Role): string => labels[role];

/** What somebody may do with a notebook, told to them. */
export const mayOf: Record<Role, string> = {
  viewer: 'You see it live, and change nothing.',
  runner: 'You see it live and may run its cells.',
  editor: 'You may run its cells and write in it.',
  owner: 'It is yours.',
};

export const isGranted = (role: Role): role is GrantedRole =>
  GrantedRole.options.some((granted) => granted === role);

/** What to tell somebody whose role has just become another one. */
export function roleNews(before: Role, now: Role): string {
  if (before === 'owner') return 'This notebook has another owner now. You may still edit it.';
  switch (now) {
    case 'owner':
      return 'This notebook is yours now.';
    case 'editor':
      return 'You may now edit this notebook.';
    case 'runner':
      return before === 'editor'
        ? 'You may now only run cells of this notebook, not edit it.'
        : 'You may now run cells of this notebook.';
    case 'viewer':
      return 'You may now only view this notebook.';
  }
}
