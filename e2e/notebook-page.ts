import type { Locator, Page } from 'playwright-core';

/** A notebook as a user sees it. Every wait ends when the page shows what is waited for. */
export class NotebookPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  firstCell(): Locator {
    return this.page.locator('[data-cell]').first();
  }

  cell(id: string): Locator {
    return this.page.locator(`[data-cell="${id}"]`);
  }

  /** Types new code over the old and runs it, with the keyboard. */
  async rewrite(id: string, code: string): Promise<void> {
    await this.type(id, code);
    await this.page.keyboard.press('Shift+Enter');
  }

  /** Types new code over the old. */
  async type(id: string, code: string): Promise<void> {
    // Until it is edited, a cell's code is plain text without an editor.
    await this.cell(id).locator('.static-code, .cm-content').first().click();
    await this.cell(id).locator('.cm-content[contenteditable="true"]:focus').waitFor();
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.insertText(code);
  }

  /** Resolves when the cell shows exactly this line in its code or outputs, or a text that the pattern matches. */
  async sees(id: string, text: string | RegExp): Promise<void> {
    await this.cell(id).getByText(text, { exact: true }).first().waitFor();
  }

  /** Resolves when the cell's output frame holds something that the selector finds. */
  async draws(id: string, selector: string): Promise<void> {
    const output = this.cell(id).locator('iframe');
    await output.scrollIntoViewIfNeeded();
    await output.contentFrame().locator(selector).first().waitFor();
  }

  /** Resolves when the page says that everything typed is safe. */
  async isSaved(): Promise<void> {
    await this.page.getByText('Saved', { exact: true }).waitFor();
  }

  async interrupt(): Promise<void> {
    await this.page.getByRole('button', { name: /interrupt/i }).click();
  }
}
