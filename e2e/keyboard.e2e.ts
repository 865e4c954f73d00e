import { afterAll, beforeAll, expect, test } from 'vitest';
import { CodeNotebook } from './code-notebook.ts';
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

test('one Escape leaves the code, whatever was typed last, and single keys then act on the cell', async () => {
  const { notebook, keyboard, cell, has, edit } = await notebookOf('Escape', '1');
  await edit(0);
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
  const { notebook, keyboard, cell, has, edit } = await notebookOf('Dialog', '1');
  await edit(0);
  await keyboard.press('ControlOrMeta+k');
  const dialog = notebook.page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await dialog.waitFor();
  await keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await notebook.cell(cell(0)).locator('.cm-content:focus').waitFor();
  await keyboard.type('0');
  await has('10');
});

test('a selected cell is cut and pasted elsewhere, into another notebook too, and text becomes a cell', async () => {
  const { notebook, keyboard, cell, has, edit } = await notebookOf(
    'Clipboard',
    'a = 1',
    'b = 2',
    'c = 3',
  );
  const other = await notebookOf('Other', 'z = 26');
  await notebook.page.bringToFront();
  await notebook.cell(cell(0)).click({ position: { x: 5, y: 5 } });
  await keyboard.press('ControlOrMeta+x');
  await has('b = 2', 'c = 3');
  await keyboard.press('j');
  await keyboard.press('ControlOrMeta+v');
  await has('b = 2', 'c = 3', 'a = 1');

  // In the code of a cell the same keys are about its text.
  await edit(1);
  await keyboard.press('ControlOrMeta+a');
  await keyboard.press('ControlOrMeta+c');
  await keyboard.press('Escape');
  await keyboard.press('ControlOrMeta+v');
  await has('b = 2', 'b = 2', 'c = 3', 'a = 1');

  await keyboard.press('ControlOrMeta+c');
  await other.notebook.page.bringToFront();
  await other.notebook.cell(other.cell(0)).click({ position: { x: 5, y: 5 } });
  await other.keyboard.press('ControlOrMeta+v');
  await other.has('z = 26', 'b = 2');
  await other.keyboard.press('z');
  await other.has('z = 26');
});

test('a cell is split at the cursor, merged again, and each is one step of undo', async () => {
  const { keyboard, has, edit } = await notebookOf('Split', 'a = 1\n\nb = 2', 'c = 3');
  await edit(0);
  await keyboard.press('ControlOrMeta+Home');
  await keyboard.press('ArrowDown');
  await keyboard.press('ControlOrMeta+Shift+_');
  await has('a = 1', 'b = 2', 'c = 3');
  // The lower half is being edited.
  await keyboard.type('# ');
  await has('a = 1', '# b = 2', 'c = 3');
  await keyboard.press('Escape');
  await keyboard.press('Shift+M');
  await has('a = 1', '# b = 2\nc = 3');
  await keyboard.press('z');
  await has('a = 1', '# b = 2', 'c = 3');
  await keyboard.press('z');
  await keyboard.press('z');
  await has('a = 1\n\nb = 2', 'c = 3');
});

test('undo can be pressed on and on, also when it takes the selected cell away', async () => {
  const { notebook, keyboard, cell, has } = await notebookOf('Undo', 'a = 1');
  await notebook.cell(cell(0)).click({ position: { x: 5, y: 5 } });
  await keyboard.press('ControlOrMeta+c');
  await keyboard.press('ControlOrMeta+v');
  await has('a = 1', 'a = 1');
  await keyboard.press('ControlOrMeta+v');
  await has('a = 1', 'a = 1', 'a = 1');
  await keyboard.press('z');
  await has('a = 1', 'a = 1');
  await keyboard.press('z');
  await has('a = 1');
  await keyboard.press('Shift+Z');
  await has('a = 1', 'a = 1');
});

test('the first click on an entry of a menu does it, whichever cell is selected', async () => {
  const { notebook, keyboard, cell, has } = await notebookOf('Menu', '1', '2');
  await notebook.cell(cell(0)).click({ position: { x: 5, y: 5 } });
  await notebook.page.getByRole('button', { name: 'Actions for cell 2' }).click();
  await notebook.page.getByRole('menuitem', { name: 'Duplicate' }).click();
  await has('1', '2', '2');
  await keyboard.type('0');
  await has('1', '2', '02');
});

test('a part of the notebook is run from the menu of a cell', async () => {
  const { notebook, runs } = await notebookOf('Parts', '1', '2', '3');
  const choose = async (entry: string) => {
    await notebook.page.getByRole('button', { name: 'Actions for cell 2' }).click();
    await notebook.page.getByRole('menuitem', { name: entry }).click();
  };
  const ran = async () => (await runs()).map((run, index) => run !== before[index]);
  let before = await runs();
  await choose('Run this and all below');
  await expect.poll(ran).toEqual([false, true, true]);
  before = await runs();
  await choose('Run all above');
  await expect.poll(ran).toEqual([true, false, false]);
});

test('after a dot and in a bracket the kernel says what may follow', async () => {
  const { notebook, keyboard, cell, runs, edit } = await notebookOf(
    'Completions',
    'import datetime\nprices = {"apple": 1, "pear": 2}',
    '',
  );
  await runs();
  await edit(1);
  await keyboard.type('datetime.dat');
  const offered = notebook.page.getByRole('option');
  await expect.poll(() => offered.allTextContents()).toContain('dateclass');
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await keyboard.type('.max, prices["pe');
  await expect.poll(() => offered.allTextContents()).toEqual(['pear']);
  await keyboard.press('Tab');
  await expect.poll(() => notebook.cell(cell(1)).textContent()).toContain('prices["pear"]');
});
