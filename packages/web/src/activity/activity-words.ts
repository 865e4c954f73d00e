import type { AuditAction } from '@rnb/protocol';

const verbs: Record<AuditAction, string> = {
  signed_up: 'made their account',
  signed_in: 'signed in',
  signed_out: 'signed out',
  sign_in_failed: 'failed to sign in',
  password_changed: 'changed their password',
  account_changed: 'changed their',
  address_taken: 'was vouched for as having the address',
  sign_ins_ended: 'signed out',
  invitation_created: 'invited',
  invitation_revoked: 'took back the invitation of',
  person_blocked: 'blocked',
  person_unblocked: 'let in again:',
  password_reset: 'gave a link for a new password to',
  token_created: 'made the API token',
  token_revoked: 'revoked the API token',
  notebook_created: 'made the notebook',
  notebook_deleted: 'deleted the notebook',
  notebook_restored: 'brought the notebook back',
  notebook_transferred: 'gave the notebook',
  exported: 'exported',
  notebook_renamed: 'renamed the notebook',
  mode_changed: 'changed when its cells run:',
  cells_run: 'ran',
  run_interrupted: 'stopped what ran',
  kernel_restarted: 'restarted the kernel',
  member_added: 'shared it with',
  member_changed: 'changed the rights of a member:',
  member_removed: 'took it from',
  member_left: 'left',
  link_created: 'made a link to join',
  link_revoked: 'revoked a link to join',
  link_joined: 'joined by a link',
  connection_changed: 'changed a connection',
};

/** What somebody did, behind their name. */
export function activityWords({ action, detail }: { action: AuditAction; detail: string }): string {
  return [verbs[action], action === 'cells_run' ? cellsIn(detail) : detail].join(' ').trim();
}

const cellWords = new Map([
  ['all', 'all cells'],
  ['stale', 'the stale cells'],
  ['edited', 'what they wrote'],
]);

function cellsIn(detail: string): string {
  const count = /^(\d+) by name$/.exec(detail)?.[1];
  if (count !== undefined) return count === '1' ? 'a cell' : `${count} cells`;
  return cellWords.get(detail) ?? 'cells';
}

export interface Day<T> {
  /** Of the reader's own clock. */
  label: string;
  events: T[];
}

const dayWords = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** Events by the day on which they were, in the order in which they come. */
export function byDay<T extends { at: string }>(events: readonly T[], now: Date): Day<T>[] {
  const days: Day<T>[] = [];
  const today = dayWords.format(now);
  const dayBefore = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  const yesterday = dayWords.format(dayBefore);
  for (const event of events) {
    const date = dayWords.format(new Date(event.at));
    const label = date === today ? 'Today' : date === yesterday ? 'Yesterday' : date;
    const last = days.at(-1);
    if (last?.label === label) last.events.push(event);
    else days.push({ label, events: [event] });
  }
  return days;
}
