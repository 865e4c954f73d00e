/** Who waits for which cells to have run. */
export class AwaitedRuns {
  readonly #waiting = new Set<{ cells: Set<string>; resolve: () => void }>();
  readonly #lost = Promise.withResolvers<never>();

  constructor() {
    this.#lost.promise.catch(() => {});
  }

  /** Resolves when each of the cells has finished after now. */
  finish(cells: Iterable<string>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add({ cells: new Set(cells), resolve });
    return Promise.race([promise, this.#lost.promise]);
  }

  finished(cell: string): void {
    for (const waiter of this.#waiting) {
      waiter.cells.delete(cell);
      if (waiter.cells.size > 0) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }

  /** Nobody waits in vain once the connection is gone. */
  fail(error: Error): void {
    this.#lost.reject(error);
  }

  /** Rejects when the connection is gone, else never settles. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }
}
