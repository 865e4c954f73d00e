import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cellOf } from './api-client.ts';
import { temporaryDataDir } from './running-server.ts';
import { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await World.open();
});

afterAll(async () => {
  await world.close();
});

/** A notebook of Python cells, run once, with its cells' ids. */
async function notebookOf(title: string, ...sources: string[]) {
  const id = await world.api.createNotebook(title);
  const cells: string[] = [];
  for (const code of sources) cells.push(await world.api.addCell(id, { code }));
  return { id, cell: (index: number) => cells[index] ?? '' };
}

test('the sign-in link opens the list, and the list a demo', async () => {
  const page = await world.openList();
  await page.getByRole('button', { name: 'New demo' }).click();
  await page.waitForURL(/\/notebooks\/[0-9a-f]{32}/);
  await page.locator('[data-cell]').first().waitFor();
});

test('with accounts of its own a page loads nothing of Clerk, and asks nobody how people sign in', async () => {
  const page = await world.openList();
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(request.url()));
  await page.reload();
  await page.getByRole('heading', { name: 'Notebooks' }).waitFor();
  await page.getByRole('button', { name: /^Your account/ }).waitFor();
  expect(asked.filter((url) => /clerk|sign-in-gate|api\/config/.test(url))).toEqual([]);
});

test('editing x in the demo brings every dependent cell up to date', async () => {
  const id = await world.api.createNotebook('Demo', 'demo');
  const before = await world.api.run(id);
  const root = before.cells.find(({ code }) => /^x = 10$/m.test(code));
  expect(root, 'the demo defines x = 10').toBeDefined();
  const rootId = root?.id ?? '';

  const notebook = await world.openNotebook(id);
  await notebook.rewrite(rootId, (root?.code ?? '').replace(/^x = 10$/m, 'x = 20'));
  const dependent = before.cells.find(
    ({ reads, kind }) => reads.includes('x') && kind === 'python',
  );
  await expect
    .poll(async () => {
      const { atRest, cells } = await world.api.notebook(id);
      return atRest && cells.find((cell) => cell.id === dependent?.id)?.run !== dependent?.run;
    })
    .toBe(true);

  const after = await world.api.notebook(id);
  expect(after.cells.filter(({ status }) => status === 'error' || status === 'stale')).toEqual([]);
  expect(after.cells.find((cell) => cell.id === rootId)?.code).toContain('x = 20');
});

test('the demo draws its interactive charts', async () => {
  const id = await world.api.createNotebook('Charts', 'demo');
  const { cells } = await world.api.run(id);
  const notebook = await world.openNotebook(id);
  for (const [library, drawn] of [
    ['plotly', '.main-svg .bars path'],
    ['altair', '.mark-symbol path'],
  ] as const) {
    const cell = cells.find(({ code }) => code.startsWith(`import ${library}`));
    await notebook.draws(cell?.id ?? '', drawn);
  }
});

test('the first click on code that has no editor yet lands in its editor', async () => {
  const { id, cell } = await notebookOf('First click', 'x = 10', 'x + 1');
  const notebook = await world.openNotebook(id, { idle: false });
  await notebook.rewrite(cell(0), 'x = 20');
  await notebook.sees(cell(1), '21');
});

test('two tabs see the same edit and its results', async () => {
  const { id, cell } = await notebookOf('Two tabs', 'x = 10', 'x * 2 + 1');
  const mine = await world.openNotebook(id);
  const theirs = await world.openNotebook(id);
  await theirs.sees(cell(1), '21');
  await mine.rewrite(cell(0), 'x = 20');
  await mine.sees(cell(1), '41');
  await theirs.sees(cell(1), '41');
  // Followed by the other's cursor.
  await theirs.sees(cell(0), /^x = 20/);
});

test('an error blocks what depends on it, and mending heals all', async () => {
  const { id, cell } = await notebookOf('Errors', 'a = 6', 'a * 7');
  const notebook = await world.openNotebook(id);
  await notebook.sees(cell(1), '42');
  await notebook.rewrite(cell(0), 'a = 1 / 0');
  await notebook.sees(cell(0), /ZeroDivisionError/);
  await notebook.sees(cell(1), /Cell \d+ failed/);
  await notebook.rewrite(cell(0), 'a = 5');
  await notebook.sees(cell(1), '35');
});

test('an endless loop is interrupted, and the notebook goes on', async () => {
  const { id, cell } = await notebookOf('Loop', 'n = 1', 'n + 100');
  const notebook = await world.openNotebook(id);
  await notebook.rewrite(cell(0), 'print("round and round")\nwhile True:\n    pass');
  await notebook.sees(cell(0), /^round and round$/);
  await notebook.interrupt();
  await notebook.sees(cell(0), /interrupted/i);
  await notebook.rewrite(cell(0), 'n = 2');
  await notebook.sees(cell(1), '102');
});

test('a redefinition starts from the version above it, however often it runs', async () => {
  const { id, cell } = await notebookOf('Redefinition', 'v = 3', 'v = v * 11\nv');
  const notebook = await world.openNotebook(id);
  await notebook.sees(cell(1), '33');
  await notebook.rewrite(cell(1), 'v = v * 11 + 1\nv');
  await notebook.sees(cell(1), '34');
});

test('Markdown shows values and follows them', async () => {
  const { id, cell } = await notebookOf('Prose', 'count = 12');
  const prose = await world.api.addCell(id, {
    kind: 'markdown',
    code: 'There are {count} of them.',
  });
  const notebook = await world.openNotebook(id);
  await notebook.sees(prose, /There are 12 of them/);
  await notebook.rewrite(cell(0), 'count = 13');
  await notebook.sees(prose, /There are 13 of them/);
});

test('outputs are there after a reload, and after kill -9', async () => {
  const { id, cell } = await notebookOf('Survivor', 'k = 40', 'k + 2');
  const notebook = await world.openNotebook(id);
  await notebook.rewrite(cell(0), 'k = 50');
  await notebook.sees(cell(1), '52');
  await notebook.page.reload();
  await notebook.sees(cell(1), '52');

  await notebook.isSaved();
  await world.killAndRestart();
  const again = await world.openNotebook(id);
  await again.sees(cell(0), 'k = 50');
  await again.sees(cell(1), '52');
});

test('R10.7: a run that is lost with kill -9 says so, and shows what it had printed', async () => {
  const { id, cell } = await notebookOf('Lost', 'k = 40', 'k + 2', 'pass');
  const notebook = await world.openNotebook(id);
  await notebook.rewrite(
    cell(2),
    'import time\nfor i in range(100_000):\n    print(f"line {i}.")\n    time.sleep(0.01)',
  );
  await notebook.sees(cell(2), 'line 200.');
  await notebook.isSaved();
  await world.killAndRestart();
  const again = await world.openNotebook(id);
  await again.sees(cell(1), '42');
  await again.sees(cell(2), 'line 100.');
  await again.sees(cell(2), /The server ended while this cell ran/);
});

test('S12: text and outputs stand in the order in which they were shown, live and ever after', async () => {
  const { id, cell } = await notebookOf('Order', 'pass');
  const first = await world.openNotebook(id);
  const sockets: WebSocketRoute[] = [];
  await first.page.routeWebSocket(/\/ws\/notebooks\//, (socket) => {
    socket.connectToServer();
    sockets.push(socket);
  });
  await first.page.reload();
  const shownOn = async ({ page }: typeof first) => {
    const text = await page.locator(`[data-cell="${cell(0)}"] .out-cell`).textContent();
    return text?.match(/one|two|three|four|five|six|seven|eight/g)?.join(' ');
  };

  // The cell goes on when these files are there.
  await using gates = await temporaryDataDir();
  const gate = (name: string) => join(gates.path, name);
  await first.rewrite(
    cell(0),
    [
      'import os, pandas, subprocess, time',
      'def wait(file):',
      '    while not os.path.exists(file): time.sleep(0.01)',
      'print("one")',
      'display(pandas.DataFrame({"two": [1]}))',
      'handle = display({"text/plain": "?"}, raw=True, display_id=True)',
      'print("10%\\rthree", end="")',
      `wait(${JSON.stringify(gate('a'))})`,
      'update_display({"text/plain": "two"}, raw=True, display_id=handle.display_id)',
      'display({"text/markdown": "four"}, raw=True)',
      'print("\\rfive")',
      `wait(${JSON.stringify(gate('b'))})`,
      'subprocess.run(["echo", "six"])',
      'display({"text/markdown": "seven"}, raw=True)',
      'raise ValueError("eig" "ht")',
    ].join('\n'),
  );
  await expect.poll(() => shownOn(first)).toBe('one two three');
  await writeFile(gate('a'), '');
  await expect.poll(() => shownOn(first)).toBe('one two two three four five');

  const whole = 'one two two three four five six seven eight';
  const before = sockets.length;
  await sockets.at(-1)?.close({ code: 1012 });
  await writeFile(gate('b'), '');
  await expect.poll(() => shownOn(first)).toBe(whole);
  expect(sockets.length).toBeGreaterThan(before);
  await first.page.reload();
  await expect.poll(() => shownOn(first)).toBe(whole);

  const inApi = async () => {
    const shown = cellOf(await world.api.notebook(id), cell(0));
    let from = 0;
    return shown?.outputs.map(({ after }) => {
      const text = shown.stdout.slice(from, after?.stdout);
      from = after?.stdout ?? from;
      return text;
    });
  };
  const printed = ['one\n', '', '10%\rthree', '\rfive\nsix\n'];
  expect(await inApi()).toEqual(printed);
  await world.killAndRestart();
  expect(await inApi()).toEqual(printed);
  const again = await world.openNotebook(id);
  await expect.poll(() => shownOn(again)).toBe(whole);
});
