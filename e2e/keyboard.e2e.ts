import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NotebookPage } from './notebook-page.ts';
import { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await World.open();
});

afterAll(async () => {
  await world.close();
});

/** A notebook of Python cells that nobody has run, open in a tab. */
async function notebookOf(title: string, ...sources: string[]) {
  const id = await world.api.createNotebook(title);
  const [blank] = (await world.api.notebook(id)).cells;
  for (const code of sources) await world.api.addCell(id, { code }, { wait: false });
  await world.api.request('DELETE', `/api/notebooks/${id}/cells/${blank?.id}`);
  const { cells } = await world.api.notebook(id);
  const notebook = await world.openNotebook(id);
  return {
    notebook,
    keyboard: notebook.page.keyboard,
    cell: (index: number) => cells[index]?.id ?? '',
    /** Resolves when the server has these cells, in this order. */
    has: (...expected: string[]) =>
      expect
        .poll(async () => (await world.api.notebook(id)).cells.map(({ code }) => code))
        .toEqual(expected),
  };
}

async function edit(notebook: NotebookPage, cell: string): Promise<void> {
  await notebook.cell(cell).locator('.static-code, .cm-content').first().click();
  await notebook.cell(cell).locator('.cm-content[contenteditable="true"]:focus').waitFor();
}

test('one Escape leaves the code, whatever was typed last, and single keys then act on the cell', async () => {
  const { notebook, keyboard, cell, has } = await notebookOf('Escape', '1');
  await edit(notebook, cell(0));
  // No completion matches it, so there is nothing on the screen that Escape could close.
  await keyboard.type('xqz');
  await keyboard.press('Escape');
  await notebook.cell(cell(0)).locator('.cell-selected').waitFor();
  await keyboard.press('d');
  await keyboard.press('d');
  await has();
  await keyboard.press('z');
  await has('1xqz');
});

test('the list of shortcuts gives the focus back to the code it was opened from', async () => {
  const { notebook, keyboard, cell, has } = await notebookOf('Dialog', '1');
  await edit(notebook, cell(0));
  await keyboard.press('ControlOrMeta+k');
  const dialog = notebook.page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await dialog.waitFor();
  await keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await notebook.cell(cell(0)).locator('.cm-content:focus').waitFor();
  await keyboard.type('0');
  await has('10');
});
