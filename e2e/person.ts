import type { BrowserContext, Page } from 'playwright-core';
import { NotebookPage } from './notebook-page.ts';

/** What the API answered, as the page's own requests see it. */
interface Answer {
  status: number;
  body: unknown;
}

/** One of several people, in a browser of their own. */
export class Person {
  readonly context: BrowserContext;
  readonly name: string;
  readonly email: string;
  readonly #url: string;

  constructor(context: BrowserContext, url: string, who: { name: string; email: string }) {
    this.context = context;
    this.#url = url;
    this.name = who.name;
    this.email = who.email;
  }

  get password(): string {
    return `a long password of ${this.name}`;
  }

  /** Makes an account by an invitation, and is signed in with it. */
  async signUp(invitation: string): Promise<void> {
    const { name, email, password } = this;
    const answer = await this.request('POST', '/api/auth/sign-up/email', {
      name,
      email,
      password,
      invitation,
    });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  /** One request with the browser's cookies, as a page of the server makes it. */
  async request(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.context.request.fetch(this.#url + path, {
      method,
      headers: { origin: this.#url },
      ...(body === undefined ? {} : { data: body }),
    });
    const text = await response.text();
    return { status: response.status(), body: text === '' ? null : JSON.parse(text) };
  }

  /** A tab at an address of the server. */
  async open(path: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(this.#url + path);
    return page;
  }

  async openNotebook(id: string): Promise<NotebookPage> {
    const notebook = new NotebookPage(await this.open(`/notebooks/${id}`));
    await notebook.firstCell().waitFor();
    return notebook;
  }
}
