/** How long before its end a token is renewed; one of less than twice that at half its time. */
const marginMs = 10_000;
const tryAgainAfterMs = 2_000;

/** Keeps one socket authenticated: sends a fresh token before the last one expires (PROTOCOL S13). */
export class TokenRenewal {
  readonly #getFreshToken: () => Promise<string | null>;
  readonly #send: (token: string) => void;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: {
    /** Null when nobody is signed in any more; throws where that cannot be told now. */
    getFreshToken: () => Promise<string | null>;
    send: (token: string) => void;
  }) {
    this.#getFreshToken = options.getFreshToken;
    this.#send = options.send;
  }

  /** The server counts on the present token for so long; null: for good. */
  accepted(expiresInMs: number | null): void {
    this.stop();
    if (expiresInMs === null) return;
    const waitMs = expiresInMs > 2 * marginMs ? expiresInMs - marginMs : expiresInMs / 2;
    this.#renewIn(Math.max(0, waitMs));
  }

  /** The socket is gone. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #renewIn(waitMs: number): void {
    const timer = setTimeout(() => void this.#renew(timer), waitMs);
    this.#timer = timer;
  }

  async #renew(timer: ReturnType<typeof setTimeout>): Promise<void> {
    try {
      const token = await this.#getFreshToken();
      // Without one, the server ends the socket when the old one has expired.
      if (token !== null && this.#timer === timer) this.#send(token);
    } catch {
      if (this.#timer === timer) this.#renewIn(tryAgainAfterMs);
    }
  }
}
