import type { PersonName } from './http-world.ts';

export interface TestedRoute {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI has it. */
  path: string;
  /** A body that it takes. */
  body?: object;
  /** Who may call it; `anybody` without signing in. */
  may: 'anybody' | readonly PersonName[];
}

const all: PersonName[] = ['owner', 'editor', 'runner', 'viewer', 'stranger', 'revoked'];
const viewers: PersonName[] = ['owner', 'editor', 'runner', 'viewer'];
const runners: PersonName[] = ['owner', 'editor', 'runner'];
const editors: PersonName[] = ['owner', 'editor'];
const owners: PersonName[] = ['owner'];

const notebook = '/api/notebooks/{id}';
const cell = `${notebook}/cells/{cellId}`;

/** Every route of the API and who may call it, written down by hand: what the routes declare is compared with this. */
export const routes: TestedRoute[] = [
  { method: 'GET', path: '/api/health', may: 'anybody' },
  { method: 'GET', path: '/api/ready', may: 'anybody' },
  { method: 'GET', path: '/metrics', may: 'anybody' },
  { method: 'GET', path: '/api/config', may: 'anybody' },
  { method: 'POST', path: '/api/auth/link', may: 'anybody', body: { token: 'x' } },
  { method: 'GET', path: '/api/me', may: all },
  { method: 'GET', path: '/api/tokens', may: all },
  { method: 'POST', path: '/api/tokens', may: all, body: { name: 'ci', scope: 'read' } },
  { method: 'DELETE', path: '/api/tokens/{tokenId}', may: all },
  { method: 'GET', path: '/api/account/audit', may: all },
  { method: 'GET', path: '/api/notebooks', may: all },
  { method: 'POST', path: '/api/notebooks', may: all, body: {} },
  { method: 'POST', path: `${notebook}/restore`, may: owners },
  { method: 'GET', path: notebook, may: viewers },
  { method: 'PATCH', path: notebook, may: editors, body: { title: 'T' } },
  { method: 'GET', path: `${notebook}/sharing`, may: owners },
  {
    method: 'POST',
    path: `${notebook}/members`,
    may: owners,
    body: { email: 'new@example.org', role: 'viewer' },
  },
  {
    method: 'PATCH',
    path: `${notebook}/members/{memberId}`,
    may: owners,
    body: { role: 'editor' },
  },
  { method: 'DELETE', path: `${notebook}/members/{memberId}`, may: owners },
  { method: 'POST', path: `${notebook}/links`, may: owners, body: { role: 'viewer' } },
  { method: 'DELETE', path: `${notebook}/links/{linkId}`, may: owners },
  // Whoever has the secret of a link; the matrix gives none of them one.
  { method: 'POST', path: `${notebook}/join`, may: owners, body: { secret: 'x' } },
  { method: 'POST', path: `${notebook}/transfer`, may: owners, body: { to: '{viewer}' } },
  { method: 'GET', path: `${notebook}/audit`, may: owners },
  { method: 'POST', path: `${notebook}/cells`, may: editors, body: { kind: 'python' } },
  { method: 'PUT', path: cell, may: editors, body: { code: 'y' } },
  { method: 'POST', path: `${cell}/move`, may: editors, body: { after: null } },
  { method: 'GET', path: `${cell}/completions`, may: runners },
  { method: 'GET', path: `${cell}/outputs/{n}/rows`, may: viewers },
  { method: 'POST', path: `${notebook}/run`, may: runners, body: {} },
  { method: 'GET', path: `${notebook}/plan`, may: viewers },
  { method: 'POST', path: `${notebook}/interrupt`, may: runners },
  { method: 'POST', path: `${notebook}/restart`, may: runners },
  { method: 'GET', path: `${notebook}/graph`, may: viewers },
  { method: 'GET', path: `${notebook}/events`, may: viewers },
  { method: 'DELETE', path: cell, may: editors },
  // The owner keeps it.
  { method: 'POST', path: `${notebook}/leave`, may: ['editor', 'runner', 'viewer'] },
  { method: 'DELETE', path: notebook, may: owners },
];

export const nameOf = (route: TestedRoute): string => `${route.method} ${route.path}`;
