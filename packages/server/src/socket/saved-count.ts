/**
 * Counts the updates of one socket and says how many of them, from the first on, are committed (S4). Commits may end
 * in any order; the count never runs ahead of one that has not.
 */
export class SavedCount {
  readonly #tell: (updates: number) => void;
  readonly #onFailure: (error: unknown) => void;
  #received = 0;
  #committed = 0;
  #chain: Promise<void> = Promise.resolve();
  #failed = false;
  #toldSoon = false;

  constructor(tell: (updates: number) => void, onFailure: (error: unknown) => void) {
    this.#tell = tell;
    this.#onFailure = onFailure;
  }

  add(commit: Promise<void>): void {
    this.#received += 1;
    const place = this.#received;
    // Observed at once, so that a failure is never an unhandled rejection while earlier commits are awaited.
    const outcome = commit.then(
      () => true,
      (error: unknown) => {
        if (!this.#failed) this.#onFailure(error);
        this.#failed = true;
        return false;
      },
    );
    this.#chain = this.#chain.then(async () => {
      await outcome;
      if (this.#failed) return;
      this.#committed = place;
      this.#tellSoon();
    });
  }

  /** Commits of one transaction end together; they are told as one. */
  #tellSoon(): void {
    if (this.#toldSoon) return;
    this.#toldSoon = true;
    setImmediate(() => {
      this.#toldSoon = false;
      this.#tell(this.#committed);
    });
  }
}
