import { useQuery } from '@tanstack/react-query';
import { fetchMe } from '../client/http.ts';

export const meKey = ['me'];

/** Who is signed in, as far as is known. */
export function useMe() {
  const { data } = useQuery({
    queryKey: meKey,
    queryFn: ({ signal }) => fetchMe(signal),
    staleTime: 60_000,
  });
  return data ?? null;
}
