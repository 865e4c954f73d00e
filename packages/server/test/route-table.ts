import type { PersonName } from './http-world.ts';

export interface TestedRoute {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI has it. */
  path: string;
  /** A body that it takes. */
  body?: object;
  /** Who may call it; `anybody` without signing in. */
  may: 'anybody' | readonly PersonName[];
  /** The body has to prove something, which this one does not: the tests of signing in do. */
  provesNothing?: true;
}

const all: PersonName[] = ['owner', 'editor', 'runner', 'viewer', 'stranger', 'revoked'];
const viewers: PersonName[] = ['owner', 'editor', 'runner', 'viewer'];
const runners: PersonName[] = ['owner', 'editor', 'runner'];
const editors: PersonName[] = ['owner', 'editor'];
const owners: PersonName[] = ['owner'];

const notebook = '/api/notebooks/{id}';
const cell = `${notebook}/cells/{cellId}`;

const signIn = (how: string, body: object): TestedRoute => ({
  method: 'POST',
  path: `/api/auth/${how}`,
  may: 'anybody',
  body,
});

/** What an allowed call asks of the notebook's session, by the names that FakeSession has for it. */
export const reaches: Record<string, string> = {
  [`GET ${notebook}`]: 'describe',
  [`PATCH ${notebook}`]: 'edit',
  [`POST ${notebook}/cells`]: 'edit',
  [`PUT ${cell}`]: 'commit',
  [`POST ${cell}/move`]: 'edit',
  [`DELETE ${cell}`]: 'edit',
  [`GET ${cell}/completions`]: 'complete',
  [`GET ${cell}/outputs/{n}/rows`]: 'rows',
  [`POST ${notebook}/run`]: 'run',
  [`GET ${notebook}/plan`]: 'plan',
  [`POST ${notebook}/interrupt`]: 'interrupt',
  [`POST ${notebook}/restart`]: 'restart',
  [`GET ${notebook}/graph`]: 'snapshot',
  [`GET ${notebook}/events`]: 'snapshot',
};

/** The least scope of an API token that is enough for a route, be its person the owner; no token is for what is not here. */
export const tokenRoutes: Record<'read' | 'run' | 'edit', readonly string[]> = {
  read: [
    'GET /api/me',
    'GET /api/notebooks',
    `GET ${notebook}`,
    `GET ${cell}/outputs/{n}/rows`,
    `GET ${notebook}/plan`,
    `GET ${notebook}/graph`,
    `GET ${notebook}/events`,
  ],
  run: [
    `GET ${cell}/completions`,
    `POST ${notebook}/run`,
    `POST ${notebook}/interrupt`,
    `POST ${notebook}/restart`,
  ],
  edit: [
    'POST /api/notebooks',
    `POST ${notebook}/restore`,
    `POST ${notebook}/join`,
    `PATCH ${notebook}`,
    `POST ${notebook}/cells`,
    `PUT ${cell}`,
    `POST ${cell}/move`,
    `DELETE ${cell}`,
    `DELETE ${notebook}`,
  ],
};

/** Every route of the API and who may call it, written down by hand: what the routes declare is compared with this. */
export const routes: TestedRoute[] = [
  { method: 'GET', path: '/api/health', may: 'anybody' },
  { method: 'GET', path: '/api/ready', may: 'anybody' },
  { method: 'GET', path: '/metrics', may: 'anybody' },
  { method: 'GET', path: '/api/config', may: 'anybody' },
  { ...signIn('link', { token: 'x' }), provesNothing: true },
  { ...signIn('sign-in/email', { email: 'a@example.org', password: 'x' }), provesNothing: true },
  {
    ...signIn('sign-up/email', { name: 'A', email: 'a@example.org', password: 'x' }),
    provesNothing: true,
  },
  { ...signIn('invitation', { token: 'x' }), provesNothing: true },
  { method: 'POST', path: '/api/auth/sign-out', may: 'anybody' },
  // Whoever signs as Clerk does.
  { method: 'POST', path: '/api/clerk/webhooks', may: 'anybody', provesNothing: true },
  { method: 'GET', path: '/api/me', may: all },
  { method: 'GET', path: '/api/tokens', may: all },
  { method: 'POST', path: '/api/tokens', may: all, body: { name: 'ci', scope: 'read' } },
  { method: 'DELETE', path: '/api/tokens/{tokenId}', may: all },
  { method: 'GET', path: '/api/account/audit', may: all },
  { method: 'GET', path: '/api/account', may: all },
  { method: 'PATCH', path: '/api/account', may: all, body: { name: 'Another name' } },
  {
    method: 'POST',
    path: '/api/account/password',
    may: all,
    body: { currentPassword: 'violet kettle under snow', newPassword: 'violet kettle under snow' },
  },
  { method: 'GET', path: '/api/account/sessions', may: all },
  { method: 'DELETE', path: '/api/account/sessions/{sessionId}', may: all },
  { method: 'POST', path: '/api/account/sign-out-others', may: all },
  // The owner is the administrator as well.
  { method: 'GET', path: '/api/people', may: owners },
  { method: 'PATCH', path: '/api/people/{personId}', may: owners, body: { isBlocked: true } },
  { method: 'POST', path: '/api/people/{personId}/password-link', may: owners },
  { method: 'GET', path: '/api/people/invitations', may: owners },
  {
    method: 'POST',
    path: '/api/people/invitations',
    may: owners,
    body: { email: 'new@example.org' },
  },
  { method: 'DELETE', path: '/api/people/invitations/{invitationId}', may: owners },
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
  { method: 'DELETE', path: `${notebook}/people/{personId}`, may: owners },
  { method: 'POST', path: `${notebook}/links`, may: owners, body: { role: 'viewer' } },
  { method: 'DELETE', path: `${notebook}/links/{linkId}`, may: owners },
  // And whoever has the secret of a link; the matrix gives none of them one.
  { method: 'POST', path: `${notebook}/join`, may: viewers, body: { secret: 'x' } },
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
