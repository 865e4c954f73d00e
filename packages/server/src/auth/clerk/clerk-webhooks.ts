/**
 * What Clerk tells by itself: a session ended, a user was deleted, banned or changed. A delivery counts if it is
 * signed, no older than five minutes, and was not here before. Deliveries may come twice, late, and in any order, so
 * acting on one again, or on an old one, changes nothing; only then need a delivery be remembered last of all, and
 * none is lost that could not be acted on.
 */
import { verifyWebhook } from '@clerk/backend/webhooks';
import { z } from 'zod';
import type { AuditEntry } from '../../store/audit-log.ts';
import type { EndedSignIns } from '../../store/ended-sign-ins.ts';
import type { PeopleStore } from '../../store/people-store.ts';
import { nameOf } from '../person-name.ts';
import type { ClerkApi } from './clerk-api.ts';
import { fetchUser, readUser } from './clerk-profiles.ts';
import type { ClerkSignIn } from './clerk-sign-in.ts';

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
  ended: Pick<EndedSignIns, 'end' | 'tellUser' | 'hasDelivery' | 'keepDelivery'>;
  people: Pick<PeopleStore, 'find'>;
  signIn: Pick<ClerkSignIn, 'update'>;
  audit(entry: AuditEntry): void;
  log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

export class ClerkWebhooks {
  readonly #deps: ClerkWebhooksDeps;

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
    if (await ended.hasDelivery(sending)) return false;
    await this.#act(event.data, id);
    await ended.keepDelivery(sending);
    return true;
  }

  async #act({ type, data }: Event, delivery: string): Promise<void> {
    const { ended } = this.#deps;
    switch (type) {
      case 'session.ended':
      case 'session.removed':
      case 'session.revoked':
        await ended.end(`session:${data.id}`);
        return this.#tell(data.user_id, `session ${type.replace('session.', '')}`, delivery);
      case 'user.deleted':
        await ended.tellUser(data.id, { isOut: true, at: Number.POSITIVE_INFINITY });
        return this.#tell(data.id, 'account deleted', delivery);
      case 'user.updated':
        return this.#update(data, delivery);
    }
  }

  /**
   * An event may be older than the one before it, so Clerk is asked how the user is now. That a user is locked, which
   * wrong passwords do and so anybody can, keeps them from signing in and ends nothing.
   */
  async #update(data: { id: string }, delivery: string): Promise<void> {
    const { api, ended, signIn } = this.#deps;
    const user = api ? await fetchUser(api, data.id) : readUser(data);
    const isOut = !user || user.banned;
    const at = user?.updatedAt ?? Number.NEGATIVE_INFINITY;
    const { isNews } = await ended.tellUser(data.id, { isOut, at });
    if (!isNews) return;
    if (isOut) return this.#tell(data.id, user ? 'banned' : 'account deleted', delivery);
    await signIn.update(user.profile);
  }

  async #tell(userId: string, detail: string, delivery: string): Promise<void> {
    const person = await this.#deps.people.find(userId);
    if (!person) return;
    this.#deps.audit({
      action: 'signed_out',
      once: `webhook ${delivery}`,
      actorId: userId,
      actorName: nameOf(person),
      via: 'Clerk',
      address: null,
      notebook: null,
      detail,
    });
  }
}
