import { useEffect, useSyncExternalStore } from 'react';

/** A part of the page that is loaded when it is first wanted. */
export interface LateModule<T> {
  /** Null until it was loaded. */
  get(): T | null;
  subscribe(listener: () => void): () => void;
  load(): void;
}

const retryMs = 5_000;

export function lateModule<T>(load: () => Promise<T>): LateModule<T> {
  let module: T | null = null;
  let loading = false;
  const listeners = new Set<() => void>();
  const attempt = () => {
    if (loading) return;
    loading = true;
    load().then(
      (loaded) => {
        module = loaded;
        for (const listener of listeners) listener();
      },
      () => {
        // Without a connection: again for as long as somebody on the page shows that it is missing.
        loading = false;
        setTimeout(() => {
          if (listeners.size > 0) attempt();
        }, retryMs);
      },
    );
  };
  return {
    get: () => module,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load: attempt,
  };
}

export function useLateModule<T>(
  { get, subscribe, load }: LateModule<T>,
  wanted: boolean,
): T | null {
  useEffect(() => {
    if (wanted) load();
  }, [wanted, load]);
  return useSyncExternalStore(subscribe, get);
}
