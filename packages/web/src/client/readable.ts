/** A value that changes over time, in the shape React's `useSyncExternalStore` takes. */
export interface Readable<T> {
  /** The same reference until the value changed. */
  get(): T;
  subscribe(listener: () => void): () => void;
}

/** The one place a `Readable` is written to. */
export class Value<T> implements Readable<T> {
  #current: T;
  readonly #listeners = new Set<() => void>();

  constructor(initial: T) {
    this.#current = initial;
  }

  readonly get = (): T => this.#current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(next: T): void {
    if (Object.is(next, this.#current)) return;
    this.#current = next;
    for (const listener of [...this.#listeners]) listener();
  }
}
