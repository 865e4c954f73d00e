import { Button } from './button.tsx';

/** In the place of what was asked for and did not come: why, and a way to ask again. */
export function Failed({ query }: { query: { error: Error | null; refetch(): unknown } }) {
  return (
    <div role="alert" className="rounded-lg border bg-surface p-6 text-center">
      <p className="mb-3 text-muted">{query.error?.message}</p>
      <Button onClick={() => void query.refetch()}>Try again</Button>
    </div>
  );
}
