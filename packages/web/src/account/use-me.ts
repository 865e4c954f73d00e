import { Me } from '@rnb/protocol';
import { hashKey, type QueryClient, useQuery } from '@tanstack/react-query';
import { fetchMe } from '../client/http.ts';

export const meKey = ['me'];

/** Who is signed in, as far as is known. */
export function useMe() {
  const { data } = useQuery({ queryKey: meKey, queryFn: ({ signal }) => fetchMe(signal) });
  return data ?? null;
}

/** The same for what is drawn nowhere. */
export const knownMe = (queries: QueryClient): Me | null =>
  Me.safeParse(queries.getQueryData(meKey)).data ?? null;

/** Calls once somebody else turns out to be signed in than whom everything else here was asked for. */
export function onSomebodyElse(queries: QueryClient, listener: () => void): () => void {
  let known: string | null = null;
  return queries.getQueryCache().subscribe(({ query }) => {
    if (query.queryHash !== hashKey(meKey)) return;
    const id = knownMe(queries)?.id ?? null;
    if (known !== null && id !== null && id !== known) listener();
    known = id;
  });
}
