import { createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { NotebookListPage } from './pages/notebook-list-page.tsx';
import { NotebookPage } from './pages/notebook-page.tsx';
import { SignInPage } from './pages/sign-in-page.tsx';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage });

const list = createRoute({ getParentRoute: () => root, path: '/', component: NotebookListPage });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: SignInPage,
});

export const notebookRoute = createRoute({
  getParentRoute: () => root,
  path: '/notebooks/$id',
  component: function NotebookRoute() {
    const { id } = notebookRoute.useParams();
    return <NotebookPage key={id} id={id} />;
  },
});

export const router = createRouter({ routeTree: root.addChildren([list, signIn, notebookRoute]) });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
