/**
 * What the servers of one database tell each other, by its LISTEN and NOTIFY. A notice is a hint to look again, never
 * the truth, which is in the tables: whoever listens must be right without it, only later.
 */
import { randomUUID } from 'node:crypto';
import { Client, type ClientConfig } from 'pg';
import { z } from 'zod';
import type { StoreLog } from './open-store.ts';

export const Notice = z.discriminatedUnion('type', [
  /** Whoever has this notebook may have more or less of it now. */
  z.object({ type: z.literal('access_changed'), notebook: z.string() }),
  /** `session:…`, `token:…` or `user:…`: it counts no longer. */
  z.object({ type: z.literal('sign_in_ended'), subject: z.string() }),
]);
export type Notice = z.infer<typeof Notice>;

/** `missed`: there was a time when nothing could be heard; everything may be different. */
export type Heard = Notice | { type: 'missed' };

const channel = 'rnb_notices';
const firstDelayMs = 100;
const longestDelayMs = 5_000;
const Envelope = z.object({ from: z.string(), notice: Notice });

export class Notices {
  readonly #where: ClientConfig;
  readonly #log: StoreLog;
  readonly #self = randomUUID();
  readonly #listeners = new Set<(heard: Heard) => void>();
  #client: Client | null = null;
  #retry: NodeJS.Timeout | null = null;
  #delayMs = firstDelayMs;
  #closed = false;
  #listening: Promise<void>;
  #publishing: Promise<void> = Promise.resolve();

  constructor(where: ClientConfig, log: StoreLog) {
    this.#where = where;
    this.#log = log;
    this.#listening = this.#listen(false);
  }

  /** Returns how to stop. */
  subscribe(listener: (heard: Heard) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells everybody, in this process at once. What it is about is committed already. */
  publish(notice: Notice): void {
    this.#tell(notice);
    // One after the other: a connection has one query at a time.
    this.#publishing = this.#publishing.then(() => this.#publishToOthers(notice));
  }

  /** Resolves once others can be heard, or could not be reached. */
  get ready(): Promise<void> {
    return this.#listening;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#listening;
    await this.#publishing;
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => {});
  }

  async #publishToOthers(notice: Notice): Promise<void> {
    await this.#listening;
    const payload = JSON.stringify({ from: this.#self, notice });
    try {
      await this.#client?.query('select pg_notify($1, $2)', [channel, payload]);
    } catch (error) {
      // They look again by themselves every now and then.
      this.#log.warn({ error: String(error) }, 'Other servers could not be told of a change');
    }
  }

  async #listen(again: boolean): Promise<void> {
    const client = new Client({ ...this.#where, keepAlive: true });
    const lost = () => {
      if (this.#client !== client || this.#closed) return;
      this.#client = null;
      this.#listenLater();
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ payload }) => this.#receive(payload));
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
    } catch (error) {
      await client.end().catch(() => {});
      this.#log.warn({ error: String(error) }, 'Other servers cannot be heard');
      this.#listenLater();
      return;
    }
    this.#client = client;
    this.#delayMs = firstDelayMs;
    if (again) this.#tell({ type: 'missed' });
  }

  #listenLater(): void {
    if (this.#closed || this.#retry !== null) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#listening = this.#listen(true);
    }, this.#delayMs);
    this.#retry.unref();
    this.#delayMs = Math.min(longestDelayMs, this.#delayMs * 2);
  }

  #receive(payload: string | undefined): void {
    const parsed = Envelope.safeParse(parseJson(payload));
    // Another version of the server may say what this one does not know.
    if (!parsed.success || parsed.data.from === this.#self) return;
    this.#tell(parsed.data.notice);
  }

  #tell(heard: Heard): void {
    for (const listener of [...this.#listeners]) listener(heard);
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
