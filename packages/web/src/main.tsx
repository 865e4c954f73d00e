import './no-eval.ts';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import './styles/app.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiProblem, onSignedOut } from './client/http.ts';
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
  if (router.state.location.pathname !== '/sign-in') void router.navigate({ to: '/sign-in' });
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
const app = (
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
      <Toasts />
      <TooltipLayer />
    </QueryClientProvider>
  </StrictMode>
);
// Not before the page's own code is there: without it there is nothing to draw, twice.
void router.load().finally(() => createRoot(root).render(app));
