/**
 * What somebody has of a notebook, for as long as they go on using it: over a socket, a stream of events, a request
 * whose body or answer takes its time.
 *
 * Rights are known as of the last look into the database. They are fresh for a second, unless a notice says that they
 * may have changed; nobody waits while they are fresh. Whoever acts on rights that are not has them looked up before. At
 * most one look is under way and one due, however many ask. What nobody asks about is looked at every half minute and
 * when it ends by itself, for those that watch.
 */
import type { Role } from '@rnb/protocol';
import type { Heard, Notices } from '../store/notices.ts';
import type { FoundNotebook, SharingStore } from '../store/sharing-store.ts';
import type { Authenticator } from './authenticate.ts';
import { type Action, authorize } from './authorize.ts';
import type { Principal } from './principal.ts';

export interface LastingAccessDeps {
  authenticator: Pick<Authenticator, 'holds'>;
  sharing: Pick<SharingStore, 'find'>;
  notices: Pick<Notices, 'subscribe'>;
  log: { warn(details: object, message: string): void };
}

/** Why nothing is left of it. `expired`: they have to prove anew who they are; `unauthenticated`: they are signed out. */
export type Lost = 'expired' | 'unauthenticated' | 'forbidden' | 'not_found';

const freshMs = 1_000;
const lookEveryMs = 30_000;
/** Whose proof has expired is good for so long: clocks differ, and the next proof may be on its way. */
const expiryGraceMs = 15_000;

export class LastingAccess {
  /** As of the last look; null where there is no such notebook, and for what is nobody's notebook. */
  found: FoundNotebook | null = null;
  readonly wanted: { notebook: string; action: Action } | null;
  #principal: Principal;
  readonly #deps: LastingAccessDeps;
  readonly #unsubscribe: () => void;
  #onLook: ((lost: Lost | null) => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isDue = false;
  #looking: Promise<Lost | null> | null = null;
  #refused: Lost | null = null;
  /** Who they are was proven just now, so that it need not be asked. */
  #isProven = true;

  /** `principal` was authenticated just now. What is wanted of no notebook is had by whoever is signed in. */
  constructor(
    principal: Principal,
    wanted: { notebook: string; action: Action } | null,
    deps: LastingAccessDeps,
  ) {
    this.#principal = principal;
    this.wanted = wanted;
    this.#deps = deps;
    this.#unsubscribe = deps.notices.subscribe((heard) => this.#hear(heard));
  }

  get principal(): Principal {
    return this.#principal;
  }

  /** In the notebook, as of the last look. */
  get role(): Role | null {
    return this.found?.grant?.role ?? null;
  }

  may(action: Action): boolean {
    return authorize(this.#principal, this.found, action).allowed;
  }

  /** Whether one may act on what is known without another look. */
  get isFresh(): boolean {
    return this.ageMs <= freshMs && this.#lost === null;
  }

  /** Since when nothing was looked up, in milliseconds; infinite once something may have changed. */
  get ageMs(): number {
    return performance.now() - this.#lookedAt;
  }

  /**
   * Looks as of now: not before this was called. Null where they have what is wanted. Rejects where that cannot be told,
   * which is no reason to throw anybody out, and none to do as they say.
   */
  look(): Promise<Lost | null> {
    if (this.#lost !== null) return Promise.resolve(this.#lost);
    this.#isDue = true;
    this.#looking ??= this.#lookWhileDue();
    return this.#looking;
  }

  /** Tells of every look from now on, and looks by itself in time. */
  watch(onLook: (lost: Lost | null) => void): void {
    this.#onLook = onLook;
    this.#lookInTime();
  }

  /** The same sign-in has been proven anew. */
  renew(principal: Principal): void {
    this.#principal = principal;
    this.#lookInTime();
  }

  /** Nothing more is heard; whoever still acts for them has to look. */
  stop(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    this.#onLook = null;
    clearTimeout(this.#timer);
    this.#unsubscribe();
  }

  get #lost(): Lost | null {
    return Date.now() >= this.#expiresAt ? 'expired' : this.#refused;
  }

  get #expiresAt(): number {
    const { expiresAt } = this.#principal;
    return expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt + expiryGraceMs;
  }

  #hear(heard: Heard): void {
    if (!this.#isAbout(heard)) return;
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    // One that is under way may have looked before whatever this is about.
    this.#isDue = true;
    if (this.#onLook) this.#lookByItself();
  }

  #isAbout(heard: Heard): boolean {
    switch (heard.type) {
      case 'access_changed':
        return heard.notebook === this.wanted?.notebook;
      case 'sign_in_ended':
        return [this.#principal.signInId, `user:${this.#principal.userId}`].includes(heard.subject);
      case 'missed':
        return true;
    }
  }

  async #lookWhileDue(): Promise<Lost | null> {
    try {
      while (this.#isDue) await this.#lookOnce();
      return this.#lost;
    } finally {
      this.#looking = null;
      this.#lookInTime();
    }
  }

  async #lookOnce(): Promise<void> {
    this.#isDue = false;
    const { authenticator, sharing } = this.#deps;
    const [principal, wanted, beganAt] = [this.#principal, this.wanted, performance.now()];
    const [holds, found] = await Promise.all([
      this.#isProven || authenticator.holds(principal),
      wanted && sharing.find(wanted.notebook, principal.userId),
    ]);
    // What was heard meanwhile is another look's.
    if (this.#isDue) return;
    this.#isProven = false;
    this.found = found;
    const decision = wanted && authorize(principal, found, wanted.action);
    if (!holds) this.#refused = 'unauthenticated';
    else if (decision && !decision.allowed) this.#refused = decision.code;
    else this.#lookedAt = beganAt;
    this.#onLook?.(this.#refused);
  }

  #lookInTime(): void {
    clearTimeout(this.#timer);
    if (!this.#onLook) return;
    const until = this.found?.grant?.until?.getTime() ?? Number.POSITIVE_INFINITY;
    // A moment later, so that it is over then; where the database's clock is behind, not at once again.
    const leftMs = Math.min(this.#expiresAt, until + 1) - Date.now();
    const waitMs = leftMs > 0 ? Math.min(lookEveryMs, leftMs) : freshMs;
    this.#timer = setTimeout(() => {
      if (this.#lost !== null) {
        this.#onLook?.(this.#lost);
        return;
      }
      this.#lookByItself();
      // A look may take long, and the sign-in ends in its time all the same.
      this.#lookInTime();
    }, waitMs);
    this.#timer.unref();
  }

  #lookByItself(): void {
    this.look().catch((error: unknown) => {
      this.#deps.log.warn({ err: error }, 'could not look up what somebody may do');
    });
  }
}
