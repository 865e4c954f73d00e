import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';

interface Target {
  id: string;
  type: string;
  title: string;
  webSocketDebuggerUrl: string;
}

export interface Cookie {
  name: string;
  value: string;
  url: string;
}

const pollMs = 50;
const patienceMs = 30_000;

/**
 * A Chromium with one page, and no more of an inspector in it than it takes to go to an address: with the whole of it
 * a page reads its scripts anew for every error stack that it records.
 */
export class BareChromium {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #inspector: string;
  readonly #page: Target;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, () => void>();
  #lastId = 0;

  private constructor(
    process: ChildProcess,
    profile: string,
    inspector: string,
    page: Target,
    socket: WebSocket,
  ) {
    this.#process = process;
    this.#profile = profile;
    this.#inspector = inspector;
    this.#page = page;
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#answers.get(JSON.parse(data.toString()).id)?.());
  }

  static async launch(
    executable: string,
    viewport: { width: number; height: number },
  ): Promise<BareChromium> {
    const profile = await mkdtemp(join(tmpdir(), 'rnb-bench-'));
    const args = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--window-size=${viewport.width},${viewport.height}`,
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ];
    const process = spawn(executable, args, { stdio: 'ignore' });
    const inspector = await until(async () => {
      const port = await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
      return port.includes('\n') ? `http://127.0.0.1:${port.split('\n')[0]}` : undefined;
    });
    const page = await until(async () =>
      (await targetsOf(inspector)).find(({ type }) => type === 'page'),
    );
    const socket = new WebSocket(page.webSocketDebuggerUrl, { perMessageDeflate: false });
    await once(socket, 'open');
    const chromium = new BareChromium(process, profile, inspector, page, socket);
    await chromium.#ask('Page.enable');
    return chromium;
  }

  async setCookie(cookie: Cookie): Promise<void> {
    await this.#ask('Network.setCookie', cookie);
  }

  /** Runs before the scripts of every page. */
  async addScript(source: string): Promise<void> {
    await this.#ask('Page.addScriptToEvaluateOnNewDocument', { source });
  }

  async goTo(url: string): Promise<void> {
    await this.#ask('Page.navigate', { url });
  }

  /** What stands behind `prefix` in the page's title, once it begins with it: the way in which a page says something. */
  async told(prefix: string): Promise<string> {
    return until(async () => {
      const page = (await targetsOf(this.#inspector)).find(({ id }) => id === this.#page.id);
      return page?.title.startsWith(prefix) ? page.title.slice(prefix.length) : undefined;
    });
  }

  async close(): Promise<void> {
    this.#socket.close();
    const gone = once(this.#process, 'exit');
    this.#process.kill();
    await gone;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  async #ask(method: string, params: object = {}): Promise<void> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#answers.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params }));
    await promise;
    this.#answers.delete(id);
  }
}

async function targetsOf(inspector: string): Promise<Target[]> {
  return (await (await fetch(`${inspector}/json/list`)).json()) as Target[];
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(pollMs);
  }
  throw new Error(`Chromium did not get ready in ${patienceMs / 1_000} s.`);
}
