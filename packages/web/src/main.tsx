import './no-eval.ts';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import './styles/app.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { auth } from './client/auth.ts';
import { ApiProblem, onSignedOut } from './client/http.ts';
import { signInFragment } from './client/own-path.ts';
import { router } from './router.tsx';
import { Toasts } from './shell/toasts.tsx';
import { TooltipLayer } from './shell/tooltip-layer.tsx';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays a refusal; only a server that cannot be reached is worth asking again.
      retry: (failures, error) =>
        failures < 3 && error instanceof ApiProblem && error.code === 'unavailable',
    },
  },
});

onSignedOut(() => {
  queries.clear();
  const { pathname } = router.state.location;
  // A notebook says so itself, and loses nothing that was written in it.
  if (pathname === '/sign-in' || pathname.startsWith('/notebooks/')) return;
  if (auth().provider === 'clerk') auth().signIn();
  else {
    const { searchStr: search, hash } = router.state.location;
    const fragment = signInFragment({ pathname, search, hash: hash && `#${hash}` });
    void router.navigate({ to: '/sign-in', hash: fragment });
  }
});

const SignInGate = lazy(async () => ({
  default: (await import('./account/sign-in-gate.tsx')).SignInGate,
}));

const page = (
  <>
    <RouterProvider router={router} />
    <Toasts />
    <TooltipLayer />
  </>
);
// Our server marks its page with how people sign in; whoever else gives it has the server asked.
const known = document.documentElement.dataset.signIn === 'local';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
const app = (
  <StrictMode>
    <QueryClientProvider client={queries}>
      {known ? (
        page
      ) : (
        <Suspense>
          <SignInGate>{page}</SignInGate>
        </Suspense>
      )}
    </QueryClientProvider>
  </StrictMode>
);
// Not before the page's own code is there: without it there is nothing to draw, twice.
void router.load().finally(() => createRoot(root).render(app));
