import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { z } from 'zod';
import { ApiClient } from './api-client.ts';
import { NotebookPage } from './notebook-page.ts';
import { Person } from './person.ts';
import { type RunningServer, startServer, temporaryDataDir } from './running-server.ts';

export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real server and a real browser, signed in by the link that the server printed. */
export class World {
  readonly #data: Awaited<ReturnType<typeof temporaryDataDir>>;
  readonly #browser: Browser;
  readonly #context: BrowserContext;
  #people = 0;
  #server: RunningServer;
  #api: ApiClient;

  private constructor(
    data: Awaited<ReturnType<typeof temporaryDataDir>>,
    server: RunningServer,
    browser: Browser,
    context: BrowserContext,
  ) {
    this.#data = data;
    this.#server = server;
    this.#api = new ApiClient(server);
    this.#browser = browser;
    this.#context = context;
  }

  static async open(): Promise<World> {
    const data = await temporaryDataDir();
    const server = await startServer(data.path);
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      headless: true,
      args: chromiumFlags,
    });
    const context = await browser.newContext({ viewport: { width: 1280, height: 2_000 } });
    const world = new World(data, server, browser, context);
    await world.#signIn();
    return world;
  }

  get api(): ApiClient {
    return this.#api;
  }

  get server(): RunningServer {
    return this.#server;
  }

  /** Somebody else with an account, in a browser of their own: invited by the server's owner, so the address is proven. */
  async person(name: string): Promise<Person> {
    this.#people += 1;
    const email = `${name.toLowerCase().replaceAll(' ', '.')}.${this.#people}@example.org`;
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 } });
    const person = new Person(context, this.#server.url, { name, email });
    const { body } = await this.#api.request('POST', '/api/people/invitations', { email });
    const { token } = z.object({ token: z.string() }).parse(body);
    await person.signUp(token);
    return person;
  }

  /** A browser in which nobody is signed in. */
  async nobody(): Promise<BrowserContext> {
    return this.#browser.newContext({ viewport: { width: 1280, height: 900 } });
  }

  /** The server's owner, as one of several people. */
  owner(): Person {
    return new Person(this.#context, this.#server.url, { name: 'Owner', email: 'owner@localhost' });
  }

  /** A tab of the signed-in user. */
  async openList() {
    const page = await this.#context.newPage();
    await page.goto(this.#server.url);
    await page.getByRole('heading', { name: 'Notebooks' }).waitFor();
    return page;
  }

  /** A tab of a browser that is never `idle` makes no editor before it is asked to. */
  async openNotebook(id: string, { idle = true } = {}): Promise<NotebookPage> {
    const page = await this.#context.newPage();
    if (!idle) await page.addInitScript('globalThis.requestIdleCallback = () => 0;');
    await page.goto(`${this.#server.url}/notebooks/${id}`);
    const notebook = new NotebookPage(page);
    await notebook.firstCell().waitFor();
    return notebook;
  }

  /** Power fails, and comes back: SIGKILL, and a new server on the same data. Pages of the old one must be opened anew. */
  async killAndRestart(): Promise<void> {
    await this.#server.kill();
    this.#server = await startServer(this.#data.path);
    this.#api = new ApiClient(this.#server);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.stop();
    await this.#data[Symbol.asyncDispose]();
  }

  async #signIn(): Promise<void> {
    const page = await this.#context.newPage();
    await page.goto(this.#server.signInLink);
    await page.getByRole('heading', { name: 'Notebooks' }).waitFor();
    await page.close();
  }
}
