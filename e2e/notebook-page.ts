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
    await this.cell(id).locator('.cm-content, [data-code]').first().click();
    await this.cell(id).locator('.cm-content[contenteditable="true"]').waitFor();
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.insertText(code);
    await this.page.keyboard.press('Shift+Enter');
  }

  /** Resolves when the cell shows this text in its code, outputs or status. */
  async sees(id: string, text: string | RegExp): Promise<void> {
    await this.cell(id).getByText(text).first().waitFor();
  }

  async interrupt(): Promise<void> {
    await this.page.getByRole('button', { name: /interrupt/i }).click();
  }
}
