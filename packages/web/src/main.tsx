import './no-eval.ts';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import './styles/app.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { knownMe, meKey, onSomebodyElse } from './account/use-me.ts';
import { auth, setAuth } from './client/auth.ts';
import { ApiProblem, onSignedOut } from './client/http.ts';
import { startOver, wouldLoseByLeaving } from './client/leaving.ts';
import { localAuth } from './client/local-auth.ts';
import { onOtherTab } from './client/other-tabs.ts';
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

setAuth(localAuth((fragment) => router.navigate({ to: '/sign-in', hash: fragment })));

onSignedOut(() => void toSignIn());

async function toSignIn(): Promise<void> {
  const { pathname } = router.state.location;
  // An open notebook says so itself, in its place.
  if (pathname !== '/sign-in' && !/^\/notebooks\/\w+\/?$/.test(pathname)) {
    // Where that fails, the page goes on saying what is wrong.
    await auth()
      .signIn()
      .catch(() => undefined);
  }
  // Whoever signs in next is not to see what somebody else had.
  queries.removeQueries({ type: 'inactive' });
}

onSomebodyElse(queries, startOver);
onOtherTab(() => void queries.invalidateQueries({ queryKey: meKey }));

addEventListener('beforeunload', (event) => {
  if (wouldLoseByLeaving(knownMe(queries)?.id ?? null)) event.preventDefault();
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
