/** Writing at the pace of a hand: a key at a time, with the pauses in which completions come and saves go out. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { CodeNotebook } from './code-notebook.ts';
import { NotebookPage } from './notebook-page.ts';
import { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await World.open();
});

afterAll(async () => {
  await world.close();
});

const notebookOf = (title: string, ...sources: string[]) =>
  CodeNotebook.open(world, title, ...sources);

/** Each line at the pace of a hand, with a pause in which completions come before Enter. */
async function writeSlowly(page: Page, ...lines: string[]): Promise<void> {
  await page.clock.install();
  for (const [index, line] of lines.entries()) {
    if (index > 0) await page.keyboard.press('Enter');
    await page.keyboard.type(line, { delay: 60 });
    await page.clock.runFor(350);
  }
}

const title = (page: Page) => page.getByRole('textbox', { name: 'Title of the notebook' });

test('Enter is a line break, whatever is offered', async () => {
  const { page, has, edit } = await notebookOf('Enter', '1', 'prices = [1]');
  const lines = [
    'import os',
    'import pandas as pd',
    'from os import path',
    'lst',
    'x = None',
    'pric',
    'y = 10',
  ];
  await edit(0);
  await page.keyboard.press('ControlOrMeta+A');
  await writeSlowly(page, ...lines);
  await has(lines.join('\n'), 'prices = [1]');
});

test('a completion is taken with Tab, or with Enter once it was chosen with the arrow keys', async () => {
  const { page, keyboard, has, edit } = await notebookOf('Take', '1', 'prices = [1]');
  const offer = page.locator('.cm-tooltip-autocomplete');
  await edit(0);
  await keyboard.press('ControlOrMeta+A');
  await keyboard.type('pric');
  await offer.waitFor();
  await keyboard.press('Tab');
  await has('prices', 'prices = [1]');
  await keyboard.type(', pric');
  await offer.waitFor();
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await has('prices, prices', 'prices = [1]');
});

test.each([0, 400])(
  'a click of %i ms on the title ends the editing of a cell, and what is typed is the title',
  async (delay) => {
    const { id, page, keyboard, notebook, has, edit } = await notebookOf('Old', 'a = 1', 'b = 2');
    const prose = await world.api.addCell(id, {
      kind: 'markdown',
      code: 'Many\n\nlines\n\nof\n\ntext',
    });
    await edit(1);
    await title(page).click({ delay });
    await keyboard.type('Added', { delay: 30 });
    await keyboard.press('Enter');
    await expect.poll(async () => (await world.api.notebook(id)).title).toMatch(/Added/);
    // The text above it collapses when it is left.
    await notebook.cell(prose).dblclick();
    await notebook.cell(prose).locator('.cm-content:focus').waitFor();
    await title(page).click({ delay });
    await keyboard.type('Daddy', { delay: 30 });
    await keyboard.press('Enter');
    await expect.poll(async () => (await world.api.notebook(id)).title).toMatch(/Daddy/);
    await has('a = 1', 'b = 2', 'Many\n\nlines\n\nof\n\ntext');
  },
);

test('single keys act on a cell that has the focus, and on nothing else', async () => {
  const { page, keyboard, notebook, cell, has } = await notebookOf('Single', 'a = 1', 'b = 2');
  await notebook.cell(cell(0)).click({ position: { x: 5, y: 5 } });
  await notebook.cell(cell(0)).locator('.cell-selected').waitFor();
  for (const name of ['Keyboard shortcuts', 'More']) {
    await page.getByRole('button', { name }).focus();
    await keyboard.type('dbm');
    await keyboard.type('dd');
  }
  await page.evaluate('document.activeElement.blur()');
  await keyboard.type('dd');

  // A click beside the cells leaves the keys with the one that is selected.
  await page.locator('main').click({ position: { x: 300, y: 1_000 } });
  await expect.poll(() => page.evaluate('document.activeElement.dataset.cell')).toBe(cell(0));
  await keyboard.type('dd');
  await has('b = 2');
  // One step back is all that there was.
  await keyboard.type('z');
  await has('a = 1', 'b = 2');
});

test('what a click closes leaves the focus with the selected cell', async () => {
  const { page, notebook, cell } = await notebookOf('Closing', 'a = 1', 'b = 2');
  await notebook.cell(cell(0)).click({ position: { x: 5, y: 5 } });
  await page.keyboard.type('dd');
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect.poll(() => page.evaluate('document.activeElement.dataset.cell')).toBe(cell(1));
});

test('the search in a cell that was entered by key is still of that cell', async () => {
  const { page, keyboard, notebook, cell } = await notebookOf('Find', 'words = 1');
  await notebook.cell(cell(0)).click({ position: { x: 5, y: 5 } });
  await keyboard.press('Enter');
  await notebook.cell(cell(0)).locator('.cm-content:focus').waitFor();
  await keyboard.press('ControlOrMeta+f');
  await page.getByRole('textbox', { name: 'Find' }).fill('words');
  await page.getByRole('button', { name: 'All', exact: true }).waitFor();
  await keyboard.press('Escape');
  await notebook.cell(cell(0)).locator('.cm-content:focus').waitFor();
});

test('the menu of a cell that was being edited has the keys, and gives them back', async () => {
  const { page, keyboard, cell, has, edit } = await notebookOf('Menu', 'a = 1', 'b = 2');
  const focusedCell = () =>
    page.evaluate('document.activeElement.closest("[data-cell]")?.dataset.cell');
  await edit(0);
  await page.getByRole('button', { name: 'Actions for cell 1' }).click();
  await page.locator('[role="menu"]:focus-within').waitFor();
  await keyboard.press('Escape');
  await expect.poll(focusedCell).toBe(cell(0));
  await page.getByRole('button', { name: 'Actions for cell 1' }).click();
  await page.locator('[role="menu"]:focus-within').waitFor();
  await keyboard.press('End');
  await keyboard.press('Enter');
  await has('b = 2');
  await expect.poll(focusedCell).toBe(cell(1));
});

test('a new notebook is ready for typing', async () => {
  const page = await world.openList();
  await page.getByRole('button', { name: 'New notebook' }).click();
  await page.waitForURL(/\/notebooks\/[0-9a-f]{32}/);
  await page.locator('.cm-content[contenteditable="true"]:focus').waitFor();
  await page.keyboard.type('6 * 7');
  await page.keyboard.press('Shift+Enter');
  const notebook = new NotebookPage(page);
  await notebook.firstCell().getByText('42', { exact: true }).waitFor();
});

test('a tab knows at once that it is offline, says that nothing runs, and comes back at once', async () => {
  const { page, keyboard, has, edit } = await notebookOf('Offline', 'a = 1');
  await edit(0);
  await page.context().setOffline(true);
  await page.getByText('You are offline.').waitFor({ timeout: 2_000 });
  await keyboard.type('0');
  await keyboard.press('ControlOrMeta+Enter');
  await page.getByText(/^Not connected: nothing runs/).waitFor();
  await page.context().setOffline(false);
  await page.getByText('You are offline.').waitFor({ state: 'hidden', timeout: 3_000 });
  await has('a = 10');
});

test('what was written after the sign-in was lost is there after signing in again', async () => {
  const grace = await world.person('Grace');
  const made = await grace.request('POST', '/api/notebooks', { title: 'Signed out' });
  const { id } = z.object({ id: z.string() }).parse(made.body);
  const notebook = await grace.openNotebook(id);
  const { page } = notebook;
  const cell = (await notebook.firstCell().getAttribute('data-cell')) ?? '';
  await notebook.isSaved();
  await grace.context.setOffline(true);
  await page.getByText('You are offline.').waitFor();
  await notebook.type(cell, '"written while signed out"');
  await grace.request('POST', '/api/auth/sign-out', {});
  await grace.context.setOffline(false);

  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Email').fill(grace.email);
  await page.getByLabel('Password', { exact: true }).fill(grace.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await notebook.sees(cell, '"written while signed out"');
  await notebook.isSaved();
});

test('of a cell that ran when the server went out of reach nothing is said to be known', async () => {
  const { page, notebook, cell } = await notebookOf('Out of reach', 'a = 1', 'a + 1');
  await notebook.rewrite(cell(0), 'a = 1\nwhile True: pass');
  await notebook.sees(cell(0), /^Running/);
  await notebook.sees(cell(1), /^Queued/);
  const interrupt = page.getByRole('button', { name: 'Interrupt', exact: true });
  expect(await interrupt.isEnabled()).toBe(true);
  await page.context().setOffline(true);
  for (const each of [cell(0), cell(1)]) await notebook.sees(each, 'Not known');
  expect(await interrupt.isEnabled()).toBe(false);
  await page.context().setOffline(false);
  await notebook.sees(cell(0), /^Running/);
  await interrupt.click();
  await notebook.sees(cell(0), /^Interrupted/);
});

test('running a Markdown cell shows it, and Enter edits it again', async () => {
  const { id, page, notebook } = await notebookOf('Prose', 'a = 1');
  const prose = await world.api.addCell(id, { kind: 'markdown', code: 'Some **text**' });
  await notebook.cell(prose).dblclick();
  await notebook.cell(prose).locator('.cm-content:focus').waitFor();
  await page.keyboard.press('ControlOrMeta+Enter');
  await notebook.cell(prose).locator('strong').waitFor();
  await page.keyboard.press('Enter');
  await notebook.cell(prose).locator('.cm-content:focus').waitFor();
});

test('a cell dropped below the last one is the last one', async () => {
  const { page, notebook, cell, has } = await notebookOf('Drop', 'a = 1', 'b = 2', 'c = 3');
  await notebook.cell(cell(0)).hover();
  await notebook
    .cell(cell(0))
    .getByRole('button', { name: /^Move cell/ })
    .hover();
  await page.mouse.down();
  const last = await notebook.cell(cell(2)).boundingBox();
  await page.mouse.move(200, (last?.y ?? 0) + (last?.height ?? 0) + 200, { steps: 5 });
  await page.locator(`[data-cell="${cell(2)}"][data-drop="bottom"]`).waitFor();
  await page.mouse.up();
  await has('b = 2', 'c = 3', 'a = 1');
});

test('a name that comes from further down says so', async () => {
  const { notebook, cell } = await notebookOf('Order', 'late + 1', 'late = 2', 'late + 3');
  await notebook.sees(cell(0), /^reads.*late.*from cell 2, below/);
  await notebook.sees(cell(2), /^reads.*late$/);
});

test('what an earlier session left says that it is not live, errors and tables too', async () => {
  const { id, cell } = await notebookOf(
    'Earlier',
    'import pandas as pd\npd.DataFrame({"q": [1, 2]})',
    '1 / 0',
  );
  const before = await world.openNotebook(id);
  await before.sees(cell(1), /^Error/);
  expect(await before.page.getByText('Not live').count()).toBe(0);
  await world.killAndRestart();
  const notebook = await world.openNotebook(id);
  for (const index of [0, 1]) await notebook.sees(cell(index), 'Not live');
  await notebook.sees(cell(0), 'Run the cell to sort or filter');
});

test('of a flood the end is on the screen, and what comes before it on demand', async () => {
  const { notebook, cell } = await notebookOf('Flood', 'for i in range(20_000): print(i)');
  const printed = notebook.cell(cell(0)).locator('.out-console');
  const last = printed.locator('.out-line').last();
  await printed.getByText('19999', { exact: true }).waitFor();
  await expect
    .poll(() =>
      last.evaluate((it) => {
        const box = it.closest('.out-cut')?.getBoundingClientRect();
        return box !== undefined && it.getBoundingClientRect().bottom <= box.bottom + 1;
      }),
    )
    .toBe(true);
  await printed.getByRole('button', { name: 'Show 5,000 of 19,000 earlier lines' }).click();
  await printed.getByRole('button', { name: 'Show 5,000 of 14,000 earlier lines' }).waitFor();
});

test('code and what it printed are drawn without ligatures', async () => {
  const { notebook, cell } = await notebookOf('Letters', 'print("a -> b != c")');
  await notebook.sees(cell(0), 'a -> b != c');
  for (const part of ['.static-code, .cm-content', '.out-console']) {
    const drawn = notebook.cell(cell(0)).locator(part).first();
    expect(
      await drawn.evaluate((it) => it.computedStyleMap().get('font-variant-ligatures')?.toString()),
    ).toBe('none');
  }
});
