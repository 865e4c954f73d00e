import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { NotebookPage } from './notebook-page.ts';
import type { World } from './world.ts';

/** A notebook of Python cells, run once and open in a tab. */
export class CodeNotebook {
  readonly id: string;
  readonly notebook: NotebookPage;
  readonly #world: World;
  readonly #cells: readonly string[];

  private constructor(world: World, id: string, cells: readonly string[], notebook: NotebookPage) {
    this.#world = world;
    this.id = id;
    this.#cells = cells;
    this.notebook = notebook;
  }

  static async open(world: World, title: string, ...sources: string[]): Promise<CodeNotebook> {
    const id = await world.api.createNotebook(title);
    const [blank] = (await world.api.notebook(id)).cells;
    const cells: string[] = [];
    for (const code of sources) cells.push(await world.api.addCell(id, { code }));
    await world.api.request('DELETE', `/api/notebooks/${id}/cells/${blank?.id}`);
    return new CodeNotebook(world, id, cells, await world.openNotebook(id));
  }

  get page(): Page {
    return this.notebook.page;
  }

  get keyboard(): Page['keyboard'] {
    return this.notebook.page.keyboard;
  }

  /** The id of a cell, counted from 0 as they were made. */
  readonly cell = (index: number): string => this.#cells[index] ?? '';

  /** Clicks into the code of a cell, and resolves when its editor has the focus. */
  readonly edit = async (index: number): Promise<void> => {
    const cell = this.notebook.cell(this.cell(index));
    await cell.locator('.static-code, .cm-content').first().click();
    await cell.locator('.cm-content[contenteditable="true"]:focus').waitFor();
  };

  /** The number of each cell's last run, once the notebook is at rest. */
  readonly runs = async (): Promise<(number | null)[]> => {
    await expect.poll(async () => (await this.#world.api.notebook(this.id)).atRest).toBe(true);
    return (await this.#world.api.notebook(this.id)).cells.map(({ run }) => run);
  };

  /** Resolves when the server has cells of these sources, in this order. */
  readonly has = async (...expected: string[]): Promise<void> => {
    const sources = async () =>
      (await this.#world.api.notebook(this.id)).cells.map(({ code }) => code);
    await expect.poll(sources).toEqual(expected);
  };
}
