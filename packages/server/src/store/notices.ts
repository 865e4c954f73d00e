/**
 * What the servers of one database tell each other, by its LISTEN and NOTIFY. A notice is a hint to look again, never
 * the truth, which is in the tables: whoever listens must be right without it, only later.
 */
import { randomUUID } from 'node:crypto';
import { Client, type ClientConfig } from 'pg';
import { z } from 'zod';
import type { StoreLog } from './open-store.ts';
import { isAway } from './retry.ts';

export const Notice = z.discriminatedUnion('type', [
  /** Whoever has this notebook may have more or less of it now. */
  z.object({ type: z.literal('access_changed'), notebook: z.string() }),
  /** `session:…`, `token:…` or `user:…`: it counts no longer. */
  z.object({ type: z.literal('sign_in_ended'), subject: z.string() }),
]);
export type Notice = z.infer<typeof Notice>;

/** There was a time when nothing could be heard, or too much to be told; everything may be different. */
const Missed = z.object({ type: z.literal('missed') });
export type Heard = Notice | z.infer<typeof Missed>;

const channel = 'rnb_notices';
const firstDelayMs = 100;
const longestDelayMs = 5_000;
/** Waiting for the database to be back; more are told as one `missed`. */
export const maxWaiting = 1_000;
const Envelope = z.object({ from: z.string(), notice: z.union([Notice, Missed]) });

export interface NoticesTiming {
  /** A connection that is silent is asked so often whether it lives. */
  askEveryMs: number;
  /** And has so long to answer. */
  answerWithinMs: number;
}

export class Notices {
  readonly #where: ClientConfig;
  readonly #log: StoreLog;
  readonly #timing: NoticesTiming;
  readonly #self = randomUUID();
  readonly #listeners = new Set<(heard: Heard) => void>();
  /** What others are still to be told, as JSON; the same need not be told twice. */
  readonly #waiting = new Set<string>();
  #client: Client | null = null;
  #retry: NodeJS.Timeout | null = null;
  #delayMs = firstDelayMs;
  #closed = false;
  #listening: Promise<void>;
  #telling: Promise<void> = Promise.resolve();
  /** Ends the pause of a connection that has nothing to tell. */
  #wake = () => {};

  constructor(
    where: ClientConfig,
    log: StoreLog,
    timing: NoticesTiming = { askEveryMs: 5_000, answerWithinMs: 5_000 },
  ) {
    this.#where = where;
    this.#log = log;
    this.#timing = timing;
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
    this.#waiting.add(JSON.stringify(notice));
    if (this.#waiting.size > maxWaiting) {
      this.#waiting.clear();
      this.#waiting.add(JSON.stringify({ type: 'missed' }));
    }
    this.#wake();
  }

  /** Resolves once others can be heard, or could not be reached. */
  get ready(): Promise<void> {
    return this.#listening;
  }

  /** Others are told what is still waiting, if the database answers. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#listening;
    this.#wake();
    await this.#telling;
    const client = this.#client;
    this.#client = null;
    if (client) await this.#end(client);
  }

  /**
   * Tells others what is waiting, and asks a silent connection now and then whether it lives: one query at a time.
   * What cannot be told waits for the next connection.
   */
  async #tellOthers(client: Client): Promise<void> {
    while (client === this.#client) {
      const [told] = this.#waiting;
      if (told === undefined && this.#closed) return;
      // Taken out first: what is published meanwhile is news, even if it says the same.
      if (told !== undefined) this.#waiting.delete(told);
      try {
        if (told !== undefined) {
          const payload = `{"from":"${this.#self}","notice":${told}}`;
          await client.query('select pg_notify($1, $2)', [channel, payload]);
        } else if ((await this.#pause()) === 'silent') {
          await client.query('select 1');
        }
      } catch (error) {
        if (told !== undefined && isAway(error)) this.#waiting.add(told);
        this.#lose(client, error);
      }
    }
  }

  #pause(): Promise<'silent' | 'woken'> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#timing.askEveryMs, 'silent');
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve('woken');
      };
    });
  }

  async #listen(again: boolean): Promise<void> {
    const { answerWithinMs } = this.#timing;
    const client = new Client({
      ...this.#where,
      keepAlive: true,
      connectionTimeoutMillis: answerWithinMs,
      // A database that fails over may leave a connection that is open and answers nothing.
      query_timeout: answerWithinMs,
    });
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, 'it was closed'));
    client.on('notification', ({ payload }) => this.#receive(payload));
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
    } catch (error) {
      await this.#end(client);
      this.#log.warn({ error: String(error) }, 'Other servers cannot be heard');
      this.#listenLater();
      return;
    }
    this.#client = client;
    this.#delayMs = firstDelayMs;
    if (again) this.#tell({ type: 'missed' });
    this.#telling = this.#tellOthers(client);
  }

  #lose(client: Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#log.warn({ error: String(error) }, 'The connection to other servers broke');
    this.#wake();
    void this.#end(client);
    this.#listenLater();
  }

  /** Without waiting longer for a database that answers nothing. */
  async #end(client: Client): Promise<void> {
    const tooLong = setTimeout(
      () => client.connection.stream.destroy(),
      this.#timing.answerWithinMs,
    );
    await client.end().catch(() => {});
    clearTimeout(tooLong);
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
