import { useEffect, useSyncExternalStore } from 'react';

/** A part of the page that is loaded when it is first wanted. */
export interface LateModule<T> {
  /** Null until it was loaded. */
  get(): T | null;
  subscribe(listener: () => void): () => void;
  load(): void;
}

export function lateModule<T>(load: () => Promise<T>): LateModule<T> {
  let module: T | null = null;
  let loading = false;
  const listeners = new Set<() => void>();
  return {
    get: () => module,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load: () => {
      if (loading) return;
      loading = true;
      load().then(
        (loaded) => {
          module = loaded;
          for (const listener of listeners) listener();
        },
        () => {
          // Without a connection; the next one who wants it tries again.
          loading = false;
        },
      );
    },
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
