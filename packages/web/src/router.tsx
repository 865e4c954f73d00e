import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { whenEarlyAnswered } from './client/browser-socket.ts';
import { pendingInvitation } from './client/join-link.ts';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { NotebookListPage } from './pages/notebook-list-page.tsx';
import { SignInPage } from './pages/sign-in-page.tsx';

/** A page that stays blank for longer had better say what it waits for. */
const longestBlankMs = 100;

const root = createRootRoute({ component: Outlet, notFoundComponent: () => <NotFoundPage /> });

/** Clerk has pages of its own for that. */
function notWithClerk(): void {
  if (document.documentElement.dataset.signIn === 'clerk') throw redirect({ to: '/' });
}

const list = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    // Somebody came by a share link and had to sign in first.
    const invitation = pendingInvitation();
    if (invitation) throw redirect({ to: '/notebooks/$id', params: { id: invitation.notebook } });
  },
  component: NotebookListPage,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  beforeLoad: notWithClerk,
  component: SignInPage,
});

const notebook = createRoute({
  getParentRoute: () => root,
  path: '/notebooks/$id',
  loader: () => whenEarlyAnswered(longestBlankMs),
  component: lazyRouteComponent(() => import('./pages/notebook-page.tsx'), 'NotebookPage'),
});

const activity = createRoute({
  getParentRoute: () => root,
  path: '/notebooks/$id/activity',
  component: lazyRouteComponent(() => import('./pages/activity-page.tsx'), 'ActivityPage'),
});

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  component: lazyRouteComponent(() => import('./pages/account-page.tsx'), 'AccountPage'),
});

const tokens = createRoute({
  getParentRoute: () => root,
  path: '/account/tokens',
  component: lazyRouteComponent(() => import('./pages/tokens-page.tsx'), 'TokensPage'),
});

const people = createRoute({
  getParentRoute: () => root,
  path: '/people',
  beforeLoad: notWithClerk,
  component: lazyRouteComponent(() => import('./pages/people-page.tsx'), 'PeoplePage'),
});

export const router = createRouter({
  routeTree: root.addChildren([list, signIn, notebook, activity, account, tokens, people]),
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
