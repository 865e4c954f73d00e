import type { IssuerUser } from '@rnb/server/clerk-issuer';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { ClerkDouble, portalHost } from './clerk-double/clerk-double.ts';
import { NotebookPage } from './notebook-page.ts';
import { type RunningServer, startServer, temporaryDataDir } from './running-server.ts';
import { chromiumFlags } from './world.ts';

/** A real server whose people sign in with Clerk, and real browsers; of Clerk, all but its servers is real. */
export class ClerkWorld {
  readonly clerk: ClerkDouble;
  readonly server: RunningServer;
  /** What any page had to complain of. */
  readonly complaints: string[] = [];
  readonly #data: Awaited<ReturnType<typeof temporaryDataDir>>;
  readonly #browser: Browser;

  private constructor(
    clerk: ClerkDouble,
    data: Awaited<ReturnType<typeof temporaryDataDir>>,
    server: RunningServer,
    browser: Browser,
  ) {
    this.clerk = clerk;
    this.#data = data;
    this.server = server;
    this.#browser = browser;
  }

  static async open(): Promise<ClerkWorld> {
    const clerk = await ClerkDouble.start();
    const data = await temporaryDataDir();
    const server = await startServer(data.path, process.env.RNB_PYTHON, {
      ...clerk.issuer.env,
      RNB_TOKEN: '',
    });
    clerk.webhooksTo = server.url;
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      headless: true,
      args: [...chromiumFlags, ...clerk.chromiumFlags],
    });
    return new ClerkWorld(clerk, data, server, browser);
  }

  /** A browser in which nobody is signed in. */
  async browser(): Promise<BrowserContext> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 } });
    context.on('weberror', (error) => this.complaints.push(String(error.error())));
    context.on('console', (message) => {
      const text = message.text();
      if (/Content Security Policy|CORS policy/i.test(text)) this.complaints.push(text);
    });
    return context;
  }

  /** Somebody whom Clerk knows, signed in in a browser of their own. */
  async person(firstName: string): Promise<{ user: IssuerUser; context: BrowserContext }> {
    const user = this.clerk.issuer.addUser({ firstName });
    const context = await this.browser();
    const page = await context.newPage();
    await page.goto(this.server.url);
    await this.signIn(page, user);
    await page.getByRole('heading', { name: 'Notebooks' }).waitFor();
    await page.close();
    return { user, context };
  }

  /** On Clerk's page, where the app has sent whoever is not signed in. */
  async signIn(page: Page, user: IssuerUser): Promise<void> {
    await page.waitForURL(({ hostname }) => hostname === portalHost);
    await page.locator(`button[value="${user.id}"]`).click();
    await page.waitForURL(({ origin }) => origin === this.server.url);
  }

  /** The notebook of that title, opened from the list. */
  async openFromList(context: BrowserContext, title: string): Promise<NotebookPage> {
    const page = await context.newPage();
    await page.goto(this.server.url);
    await page.getByRole('link', { name: title }).first().click();
    const notebook = new NotebookPage(page);
    await notebook.firstCell().waitFor();
    return notebook;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
    await this.#data[Symbol.asyncDispose]();
    await this.clerk[Symbol.asyncDispose]();
  }
}
