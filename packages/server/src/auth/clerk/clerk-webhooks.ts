/**
 * What Clerk tells by itself: a session ended, a user was deleted, banned or changed. A delivery counts if it is
 * signed, no older than five minutes, and was not here before. Deliveries may come twice, late, and in any order.
 */
import { verifyWebhook } from '@clerk/backend/webhooks';
import { z } from 'zod';
import type { AccountStore } from '../../store/account-store.ts';
import type { AuditEntry } from '../../store/audit-log.ts';
import type { EndedSignIns } from '../../store/ended-sign-ins.ts';
import type { PeopleStore } from '../../store/people-store.ts';
import type { ClerkApi } from './clerk-api.ts';
import { type ClerkUserState, fetchUser, readUser } from './clerk-profiles.ts';
import type { ClerkSignIn } from './clerk-sign-in.ts';

const maxRemembered = 10_000;

/** Other events are taken and left alone. */
const Event = z.discriminatedUnion('type', [
  z.object({
    type: z.enum(['session.ended', 'session.removed', 'session.revoked']),
    data: z.object({ id: z.string(), user_id: z.string() }),
  }),
  z.object({ type: z.literal('user.deleted'), data: z.object({ id: z.string() }) }),
  z.object({ type: z.literal('user.updated'), data: z.looseObject({ id: z.string() }) }),
]);
type Event = z.infer<typeof Event>;

export interface ClerkWebhooksDeps {
  secret: string;
  api: ClerkApi | null;
  ended: Pick<EndedSignIns, 'end' | 'begin' | 'takeDelivery' | 'returnDelivery'>;
  people: Pick<PeopleStore, 'find'>;
  accounts: Pick<AccountStore, 'setBlocked'>;
  signIn: Pick<ClerkSignIn, 'update'>;
  audit(entry: AuditEntry): void;
  log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

export class ClerkWebhooks {
  readonly #deps: ClerkWebhooksDeps;
  /** When the users of events were last changed, where Clerk cannot be asked; the oldest are forgotten first. */
  readonly #updatedAt = new Map<string, number>();

  constructor(deps: ClerkWebhooksDeps) {
    this.#deps = deps;
  }

  /** False for what Clerk did not send just now. Rejects where it could not be acted on: Clerk then sends it again. */
  async receive(headers: Headers, body: string): Promise<boolean> {
    const { secret, ended, log } = this.#deps;
    const request = new Request('http://localhost/', { method: 'POST', headers, body });
    let told: unknown;
    try {
      told = await verifyWebhook(request, { signingSecret: secret });
    } catch (error) {
      log.info({ reason: String(error).slice(0, 200) }, 'A webhook was refused');
      return false;
    }
    const event = Event.safeParse(told);
    if (!event.success) return true;
    const id = headers.get('svix-id') ?? '';
    // When Clerk sends one again, it signs anew: the very same one is a copy that somebody else sends.
    const sending = `${id} ${headers.get('svix-timestamp')}`;
    if (!(await ended.takeDelivery(sending))) return false;
    if (!(await ended.takeDelivery(id))) return true;
    try {
      await this.#act(event.data);
    } catch (error) {
      await ended.returnDelivery(id);
      throw error;
    }
    return true;
  }

  async #act({ type, data }: Event): Promise<void> {
    switch (type) {
      case 'session.ended':
      case 'session.removed':
      case 'session.revoked':
        await this.#deps.ended.end(`session:${data.id}`);
        return this.#tell(data.user_id, `session ${type.replace('session.', '')}`);
      case 'user.deleted':
        this.#isNewest(data.id, Number.POSITIVE_INFINITY);
        return this.#putOut(data.id, 'account deleted');
      case 'user.updated':
        return this.#update(data);
    }
  }

  /**
   * An event may be older than the one before it, so Clerk is asked how the user is now. That a user is locked, which
   * wrong passwords do and so anybody can, keeps them from signing in and ends nothing.
   */
  async #update(data: { id: string }): Promise<void> {
    const { api, ended, accounts, signIn } = this.#deps;
    const user = api ? await fetchUser(api, data.id) : readUser(data);
    if (!api && user && !this.#isNewest(data.id, user.updatedAt)) return;
    if (!user || user.banned) return this.#putOut(data.id, user ? 'banned' : 'account deleted');
    await ended.begin(`user:${data.id}`);
    await accounts.setBlocked(data.id, false);
    await signIn.update(user.profile);
  }

  /** Their API tokens, too, which Clerk knows nothing of. */
  async #putOut(userId: string, detail: string): Promise<void> {
    await this.#deps.ended.end(`user:${userId}`);
    await this.#deps.accounts.setBlocked(userId, true);
    await this.#tell(userId, detail);
  }

  #isNewest(user: string, updatedAt: ClerkUserState['updatedAt']): boolean {
    const before = this.#updatedAt.get(user) ?? 0;
    if (updatedAt < before) return false;
    this.#updatedAt.delete(user);
    this.#updatedAt.set(user, updatedAt);
    const [oldest] = this.#updatedAt.keys();
    if (this.#updatedAt.size > maxRemembered && oldest !== undefined)
      this.#updatedAt.delete(oldest);
    return true;
  }

  async #tell(userId: string, detail: string): Promise<void> {
    const person = await this.#deps.people.find(userId);
    if (!person) return;
    this.#deps.audit({
      action: 'signed_out',
      actorId: userId,
      actorName: person.email ? `${person.name} (${person.email})` : person.name,
      via: 'Clerk',
      address: null,
      notebook: null,
      detail,
    });
  }
}
