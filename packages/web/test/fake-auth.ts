import { type Auth, SignInUnreachable } from '../src/client/auth.ts';

/** A sign-in by tokens, as Clerk's: signs people in and out, and becomes unreachable, when it is told to. */
export class FakeAuth implements Auth {
  readonly provider = 'clerk';
  readonly keepsAccounts = false;
  readonly #listeners = new Set<(user: string | null) => void>();
  #count = 0;
  user: string | null = 'u1';
  reachable = true;
  signIns = 0;

  getToken({ fresh = false } = {}): Promise<string | null> {
    if (!this.reachable) return Promise.reject(new SignInUnreachable('Clerk is away.'));
    if (fresh) this.#count += 1;
    return Promise.resolve(this.user === null ? null : `${this.user}-${this.#count}`);
  }

  isSignedIn(): boolean {
    return this.user !== null;
  }

  async signIn(): Promise<void> {
    this.signIns += 1;
  }

  onReturn(): () => void {
    return () => undefined;
  }

  onChange(listener: (user: string | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  become(user: string | null): void {
    this.user = user;
    for (const listener of [...this.#listeners]) listener(user);
  }
}
