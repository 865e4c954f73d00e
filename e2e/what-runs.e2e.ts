/** What runs, what does not, and how the page says so before and after. */
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

test('a key disables a cell, its readers say so, and undo brings both back', async () => {
  const { id, notebook, keyboard, cell, runs } = await notebookOf(
    'Disabled',
    'x = 1\nx',
    'x + 1',
    '3',
  );
  const [first, reader] = [cell(0), cell(1)];
  await notebook.cell(first).click({ position: { x: 5, y: 5 } });
  await keyboard.press('e');
  await notebook.sees(first, 'Disabled');
  await notebook.sees(first, 'From its last run, before it was disabled');
  await notebook.sees(reader, 'Cell 1 is disabled');

  const before = await runs();
  const run = notebook.page.getByRole('button', { name: 'Run cell 1' });
  expect(await run.getAttribute('aria-disabled')).toBe('true');
  await keyboard.press('ControlOrMeta+Enter');
  await notebook.page.getByText('Cell 1 is disabled and does not run').first().waitFor();
  const all = await world.api.run(id);
  expect(all.cells.map(({ run }, index) => run !== before[index])).toEqual([false, false, true]);

  await keyboard.press('z');
  await notebook.sees(first, /^Success/);
  await notebook.sees(reader, /^Success/);
});

test('old values say that they are old, those of prose too', async () => {
  const { id, notebook, page, cell } = await notebookOf('Old', 'x = 1', 'x + 1');
  const prose = await world.api.addCell(id, { kind: 'markdown', code: 'x is {x}' });
  await notebook.rewrite(cell(0), 'x = (1');
  for (const each of [cell(1), prose]) {
    await notebook.sees(each, 'From its last run, before it was blocked');
  }
  await notebook.rewrite(cell(0), 'x = 1');
  await notebook.sees(prose, 'x is 1');
  await page.getByRole('radio', { name: 'Lazy' }).click();
  await expect.poll(async () => (await world.api.notebook(id)).mode).toBe('lazy');
  await notebook.rewrite(cell(0), 'x = 2');
  for (const each of [cell(1), prose]) {
    await notebook.sees(each, 'From its last run, before it became stale');
  }
});

test('what is changed in place is told from what is defined', async () => {
  const { notebook, cell } = await notebookOf('Changed', 'a = []', 'a.append(1)\nb = a');
  await notebook.sees(cell(0), /^defines\s*a$/);
  await notebook.sees(cell(1), /^changes\s*a$/);
  await notebook.sees(cell(1), /^defines\s*b$/);
});

test('a cell that stops itself is not an error, and holds up its readers', async () => {
  const { notebook, cell } = await notebookOf('Stopped', 'x = 1\nstop()\nx = 2', 'x + 1');
  await notebook.sees(cell(0), 'Stopped early');
  await notebook.sees(cell(0), /^Success/);
  await notebook.sees(cell(1), 'Cell 1 stopped');
  await notebook.rewrite(cell(0), 'x = 2');
  await notebook.sees(cell(1), '3');
});

test('who reaches a Run button, by pointer or key, sees which cells would run', async () => {
  const { notebook, cell, runs } = await notebookOf('Planned', 'x = 1', 'y = x', 'z = 5');
  const { page } = notebook;
  const planned = () =>
    page
      .locator('[data-planned]')
      .evaluateAll((cells) => cells.map((each) => each.getAttribute('data-cell')));
  const before = await runs();

  await page.getByRole('button', { name: 'Run cell 1' }).hover();
  await expect.poll(planned).toEqual([cell(0), cell(1)]);
  await page.getByText('Run cell 1: runs 2 cells').waitFor();
  await page.mouse.move(0, 0);
  await expect.poll(planned).toEqual([]);

  const lazy = page.getByRole('radio', { name: 'Lazy' });
  await lazy.focus();
  await page.keyboard.press('Tab');
  await page.locator('[aria-label="Run all"]:focus').waitFor();
  await expect.poll(planned).toEqual([cell(0), cell(1), cell(2)]);
  await page.getByRole('status').getByText('Runs 3 cells').waitFor();
  // And in the tooltip, which was there before the answer.
  await expect.poll(() => page.getByText('Runs 3 cells').count()).toBe(2);
  await page.keyboard.press('Tab');
  await expect.poll(planned).toEqual([]);
  expect(await runs()).toEqual(before);
});

test('in lazy mode stale cells are counted, planned and run with what they need', async () => {
  const { id, notebook, cell } = await notebookOf('Lazy', 'x = 1', 'y = x + 1', 'y + 1');
  const { page } = notebook;
  await page.getByRole('radio', { name: 'Lazy' }).click();
  await expect.poll(async () => (await world.api.notebook(id)).mode).toBe('lazy');
  await notebook.rewrite(cell(0), 'x = 10');
  await notebook.sees(cell(1), 'x changed in cell 1');
  await notebook.sees(cell(2), 'x changed in cell 1');
  const stale = page.getByRole('button', { name: 'Run stale' });
  await expect.poll(() => stale.textContent()).toBe('Run stale2');
  await stale.hover();
  await page.getByText('Runs 2 cells').first().waitFor();
  await stale.click();
  await notebook.sees(cell(2), '12');
  await stale.waitFor({ state: 'hidden' });
});

test.each([400, 1280])('on a page %i pixels wide nothing slides when a run ends', async (width) => {
  const { notebook, page, cell } = await notebookOf('Still', 'x = 1', 'x + 1');
  await page.setViewportSize({ width, height: 900 });
  const buttons = page
    .locator('header')
    .locator('button', { hasText: /^(Interrupt|Auto|Lazy|Run all)$/ });
  const places = () =>
    buttons.evaluateAll((all) =>
      all.map((each) => [each.textContent, each.getBoundingClientRect().x]),
    );
  const interrupt = page.getByRole('button', { name: 'Interrupt', exact: true });
  await notebook.rewrite(cell(0), 'x = 1\nwhile True: pass');
  await interrupt.waitFor();
  const running = await places();
  expect(running).toHaveLength(4);
  await interrupt.click();
  await notebook.sees(cell(0), /^Interrupted/);
  await interrupt.waitFor({ state: 'hidden' });
  expect(await places()).toEqual(running);
});

test('a narrow page shows that nothing runs by itself, and nothing covers a Run button', async () => {
  const { id, notebook, page, cell } = await notebookOf('Narrow', 'x = 1\nstop()', 'y = 2', 'y');
  await page.setViewportSize({ width: 360, height: 900 });
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Run cells only when asked' }).click();
  await expect.poll(async () => (await world.api.notebook(id)).mode).toBe('lazy');
  await page.locator('header').getByText('Lazy').first().waitFor();
  await notebook.rewrite(cell(1), 'y = 3');
  await page.getByRole('button', { name: 'Run stale' }).waitFor();
  // Edited, stopped early, and its time.
  await notebook.cell(cell(0)).locator('.cm-content, .static-code').first().click();
  await page.keyboard.type(' ');
  await notebook.sees(cell(0), 'Edited');
  const covered = await page.locator('[aria-label^="Run cell"]').evaluateAll((all) =>
    all.flatMap((run) => {
      const { left } = run.getBoundingClientRect();
      // What sticks out of its box covers it, too.
      const before = [...(run.previousElementSibling?.querySelectorAll('*') ?? [])];
      const isCovered = before.some((part) => part.getBoundingClientRect().right > left);
      return isCovered ? [run.getAttribute('aria-label')] : [];
    }),
  );
  expect(covered).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
});

test('what waits says for which cell', async () => {
  const { notebook, cell } = await notebookOf('Queue', 'x = 1', 'x + 1');
  await notebook.rewrite(cell(0), 'x = 1\nwhile True: pass');
  await notebook.sees(cell(1), 'Waits for cell 1');
  await notebook.interrupt();
  await notebook.sees(cell(1), 'Cell 1 was interrupted');
});

test('what was interrupted or cancelled says so and is no failure, and shows what it had shown', async () => {
  const { id, notebook, page, cell } = await notebookOf('Interrupted', '1', '2');
  await notebook.rewrite(cell(0), "print('so far')\nwhile True: pass");
  await notebook.sees(cell(0), 'so far');
  const waiting = await world.api.addCell(id, { code: '3' }, { wait: false });
  await notebook.sees(waiting, /^Queued/);
  await notebook.interrupt();
  await notebook.sees(cell(0), /^Interrupted/);
  await notebook.sees(cell(0), 'so far');
  await notebook.sees(cell(0), 'Interrupted before its end. Run it again.');
  await notebook.sees(waiting, /Cancelled before it ran. Run it to see its result.$/);
  const { cells } = await world.api.notebook(id);
  expect(cells.map(({ status, reason }) => [status, reason])).toEqual([
    ['error', 'Interrupted before its end. Run it again.'],
    ['success', null],
    ['idle', 'Cancelled before it ran. Run it to see its result.'],
  ]);
  expect(await notebook.cell(cell(0)).getByText('Error').count()).toBe(0);
  expect(await page.locator('.out-error').count()).toBe(0);
  await page.reload();
  await notebook.sees(cell(0), /^Interrupted/);
});

test('after a restart a cell that heeded no interrupt runs no more, and its next run shows', async () => {
  const stubborn = `while True:
    try:
        print('tick')
        while True: pass
    except BaseException: pass`;
  const { id, notebook, page, cell } = await notebookOf('Stubborn', '1');
  const header = page.locator('header');
  for (const word of ['Success', 'Idle']) {
    const target = word === 'Idle' ? await world.api.addCell(id, { code: '' }) : cell(0);
    await notebook.cell(target).waitFor();
    await notebook.rewrite(target, stubborn);
    await notebook.sees(target, 'tick');
    await notebook.interrupt();
    await notebook.sees(target, /tick\s+tick/);
    await notebook.sees(target, /^Running/);
    await header.getByText('busy').waitFor();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Restart' }).click();
    await header.getByText('not started').waitFor();
    await notebook.sees(target, word === 'Idle' ? /^Idle/ : /cancelled|Cancelled/);
    expect(
      await notebook
        .cell(target)
        .getByText(/^Running/)
        .count(),
    ).toBe(0);
    await notebook.rewrite(target, "'again'");
    await notebook.sees(target, /^Success/);
    await notebook.sees(target, "'again'");
    await expect.poll(() => notebook.cell(target).getByText('tick').count()).toBe(0);
  }
});

test('hundreds of names, prose that fails and a tooltip leave the page readable', async () => {
  const { id, notebook, page, cell } = await notebookOf(
    'Readable',
    'from os import *',
    'y = 2\ny',
    'z = 3\nz',
  );
  const more = notebook.cell(cell(0)).getByRole('button', { name: /^and \d{3} more$/ });
  const names = notebook.cell(cell(0)).locator('code:not(.static-code *)');
  await expect.poll(() => names.count()).toBe(12);
  await more.click();
  await expect.poll(() => names.count()).toBeGreaterThan(200);
  await notebook.cell(cell(0)).getByRole('button', { name: 'Show fewer' }).click();
  await expect.poll(() => names.count()).toBe(12);

  const prose = await world.api.addCell(id, {
    kind: 'markdown',
    code: 'It is {y}, not {y / 0}, **truly**.',
  });
  await notebook.sees(prose, 'truly');
  await notebook.sees(prose, /^It is 2, not/);
  await notebook.sees(prose, '⚠ {y / 0} ZeroDivisionError: division by zero');
  await notebook.sees(prose, /^Error/);

  await page.getByRole('button', { name: 'Run cell 2' }).hover();
  const tooltip = page.getByText('Run cell 2: runs 2 cells');
  await tooltip.waitFor();
  const box = await tooltip.boundingBox();
  const code = await page
    .locator('.static-code, .cm-editor')
    .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().toJSON()));
  expect(box).not.toBeNull();
  for (const { top, bottom } of code) {
    expect(bottom <= (box?.y ?? 0) || top >= (box?.y ?? 0) + (box?.height ?? 0)).toBe(true);
  }
});

test('where resting runs, a pause runs whole code, and leaves alone what is still being written', async () => {
  const { notebook, page, keyboard, cell, edit, runs } = await notebookOf('Resting', '1');
  const pauses: unknown[] = [];
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      if (typeof payload === 'string' && payload.includes('commit_cells')) pauses.push(payload);
    }),
  );
  await page.reload();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'after a pause in typing' }).click();
  const [before = null] = await runs();
  await page.clock.install();

  await edit(0);
  await keyboard.press('ControlOrMeta+A');
  await keyboard.type('6 * 7 +');
  await page.clock.runFor(3_000);
  await expect.poll(() => pauses.length).toBe(1);

  // Something is being chosen: a completion, then a part of the text.
  await keyboard.type(' pri', { delay: 60 });
  await page.clock.runFor(350);
  await page.getByRole('option').first().waitFor();
  await page.clock.runFor(3_000);
  for (const key of ['Escape', 'Backspace', 'Backspace', 'Backspace', '0', 'ControlOrMeta+A']) {
    await keyboard.press(key);
  }
  await page.clock.runFor(3_000);
  await keyboard.press('ArrowRight');
  await page.clock.runFor(3_000);
  await notebook.sees(cell(0), '42');
  expect(pauses).toHaveLength(2);
  // What was half-written was no run, not even one that failed.
  expect(await runs()).toEqual([(before ?? 0) + 1]);
});
