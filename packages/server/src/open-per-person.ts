/** Tabs of one person, of all notebooks together, be they sockets or streams; a browser alone allows fewer than 256. */
export const maxOpenPerPerson = 100;

/** Counts what people hold open, each until its connection is gone, and with it what was waiting to be sent. */
export class OpenPerPerson {
  readonly #counts = new Map<string, number>();

  /** False where it would be one too many. */
  take(userId: string): boolean {
    const count = this.#counts.get(userId) ?? 0;
    if (count >= maxOpenPerPerson) return false;
    this.#counts.set(userId, count + 1);
    return true;
  }

  release(userId: string): void {
    const left = (this.#counts.get(userId) ?? 0) - 1;
    if (left > 0) this.#counts.set(userId, left);
    else this.#counts.delete(userId);
  }
}
