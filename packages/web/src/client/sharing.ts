/** Who has a notebook, over HTTP. */
import {
  AuditPage,
  type ChangeMember,
  type GrantedRole,
  Member,
  NotebookSummary,
  ShareLink,
  Sharing,
} from '@rnb/protocol';
import { api, Nothing, notebookPath } from './http.ts';

export const fetchSharing = (notebook: string, signal?: AbortSignal): Promise<Sharing> =>
  api(`${notebookPath(notebook)}/sharing`, Sharing, signal ? { signal } : {});

/** Who is to be a member: an address, or somebody who has signed in. */
export type Invited = { email: string } | { userId: string };

export const inviteMember = (
  notebook: string,
  who: Invited,
  terms: { role: GrantedRole; mayUseConnections?: boolean },
): Promise<Member> =>
  api(`${notebookPath(notebook)}/members`, Member, { method: 'POST', body: { ...who, ...terms } });

const memberPath = (notebook: string, member: string): string =>
  `${notebookPath(notebook)}/members/${encodeURIComponent(member)}`;

export const changeMember = (
  notebook: string,
  member: string,
  terms: ChangeMember,
): Promise<Member> => api(memberPath(notebook, member), Member, { method: 'PATCH', body: terms });

export const removeMember = (notebook: string, member: string): Promise<void> =>
  api(memberPath(notebook, member), Nothing, { method: 'DELETE' });

/** Whatever they have it by; none of the links that there are lets them in again. */
export const putOutOfNotebook = (notebook: string, person: string): Promise<void> =>
  api(`${notebookPath(notebook)}/people/${encodeURIComponent(person)}`, Nothing, {
    method: 'DELETE',
  });

export const leaveNotebook = (notebook: string): Promise<void> =>
  api(`${notebookPath(notebook)}/leave`, Nothing, { method: 'POST', body: {} });

/** `expiresInDays` null: until it is revoked. */
export const createShareLink = (
  notebook: string,
  terms: { role: GrantedRole; expiresInDays: number | null },
): Promise<ShareLink> =>
  api(`${notebookPath(notebook)}/links`, ShareLink, { method: 'POST', body: terms });

export const revokeShareLink = (notebook: string, link: string): Promise<void> =>
  api(`${notebookPath(notebook)}/links/${encodeURIComponent(link)}`, Nothing, {
    method: 'DELETE',
  });

/** Of whoever opened a share link, signed in or not. */
export const joinNotebook = (notebook: string, secret: string): Promise<NotebookSummary> =>
  api(`${notebookPath(notebook)}/join`, NotebookSummary, {
    method: 'POST',
    body: { secret },
    asStranger: true,
  });

export const transferNotebook = (notebook: string, to: string): Promise<void> =>
  api(`${notebookPath(notebook)}/transfer`, Nothing, { method: 'POST', body: { to } });

/** `before`: only what is older than the event with this id. */
export function fetchActivity(
  notebook: string,
  before: number | null,
  signal: AbortSignal,
): Promise<AuditPage> {
  const search = before === null ? '' : `?before=${before}`;
  return api(`${notebookPath(notebook)}/audit${search}`, AuditPage, { signal });
}
