import { Sharing } from '@rnb/protocol';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Person } from './person.ts';
import { World } from './world.ts';

/** WCAG 2.2 at level AA, as far as a program can tell. */
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

let world: World;
let ann: Person;

beforeAll(async () => {
  world = await World.open();
  ann = await world.person('Ann Alder');
});

afterAll(async () => {
  await world.close();
});

const Found = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
    }),
  ),
});

/** What is wrong: the rule, the element and why. Frames hold what users make, so they are left out. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const options = JSON.stringify({ iframes: false, runOnly: rules, resultTypes: ['violations'] });
  // Half-way through a transition the colours are not yet those that stay.
  const found = await page.evaluate(
    `Promise.allSettled(document.getAnimations().map((animation) => animation.finished))
      .then(() => axe.run(document, ${options}))`,
  );
  return Found.parse(found).violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary ?? ''}`),
  );
}

const cells = {
  exception: 'def half(n):\n    return n / 0\n\nhalf(1)',
  syntax: 'for',
  source: 'base = 1 / 0',
  blocked: 'base + 1',
  console:
    'import sys\nfor n in range(200):\n    print(n, file=sys.stderr if n % 50 == 0 else None)',
  colours:
    'print(" ".join(f"\\x1b[{code}m{code}\\x1b[0m" for code in [*range(30, 38), *range(90, 98)]))',
  table:
    'import pandas as pd\npd.DataFrame({"a": range(500), "b": None}).groupby("a").first().sort_values("a")',
  unnamed: 'pd.DataFrame({"a": [1, 2]}, index=[7, 8])',
  json: 'class J:\n    def _repr_json_(self):\n        return {"a": [1, None, "text", True], "b": {"c": 1.5}}\n\nJ()',
};

/** A notebook in which something of every kind went well or wrong. */
async function everything(): Promise<string> {
  const id = await world.api.createNotebook('Everything');
  for (const code of Object.values(cells)) await world.api.addCell(id, { code });
  await world.api.addCell(id, { kind: 'markdown', code: '# Title\n\n`code` and $x^2$: {base}' });
  return id;
}

/** The same in lazy mode after a change: its results are out of date. */
async function stale(): Promise<string> {
  const id = await world.api.createNotebook('Stale');
  const first = await world.api.addCell(id, { code: 'x = 10' });
  await world.api.addCell(id, {
    code: 'import pandas as pd\npd.DataFrame({"a": [x, None], "b": "text"})',
  });
  await world.api.addCell(id, { kind: 'markdown', code: '`x` is **{x}**, [a link](/)' });
  await world.api.request('PATCH', `/api/notebooks/${id}`, { mode: 'lazy' });
  await world.api.setCode(id, first, 'x = 20');
  return id;
}

/** Cells that were disabled, stopped themselves, wait for one of these, or never ran. */
async function idle(): Promise<string> {
  const id = await world.api.createNotebook('Idle');
  const [first] = (await world.api.notebook(id)).cells;
  await world.api.setCode(id, first?.id ?? '', 'x = 1\nx');
  await world.api.addCell(id, { code: 'x + 1' });
  await world.api.addCell(id, { kind: 'markdown', code: '`x` is **{x}**' });
  await world.api.addCell(id, { code: 'y = 1\nstop()' });
  await world.api.addCell(id, { code: 'y + 1' });
  await world.api.addCell(id, { code: '' });
  await world.api.request('PUT', `/api/notebooks/${id}/cells/${first?.id}?wait=true`, {
    disabled: true,
  });
  return id;
}

/** A notebook that an editor, somebody who was invited and whoever has a link have as well. */
async function shared(): Promise<string> {
  const id = await world.api.createNotebook('Shared');
  const path = `/api/notebooks/${id}`;
  for (const [email, role] of Object.entries({
    [ann.email]: 'editor',
    'cy@example.org': 'viewer',
  })) {
    await world.api.request('POST', `${path}/members`, { email, role });
  }
  await world.api.request('POST', `${path}/links`, { role: 'viewer' });
  return id;
}

const states: [string, () => Promise<Page>][] = [
  [
    'the sign-in page',
    async () => {
      const page = await (await world.nobody()).newPage();
      await page.goto(`${world.server.url}/sign-in`);
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      return page;
    },
  ],
  [
    'a form with faults',
    async () => {
      const { body } = await world.api.request('POST', '/api/people/invitations', {});
      const { token } = z.object({ token: z.string() }).parse(body);
      const page = await (await world.nobody()).newPage();
      await page.goto(`${world.server.url}/sign-in#invitation=${token}`);
      await page.getByRole('button', { name: 'Make the account' }).click();
      await page.getByText('Enter your name').waitFor();
      return page;
    },
  ],
  [
    'the account',
    async () => {
      const page = await world.openList();
      await page.goto(`${world.server.url}/account`);
      await page.getByText('This browser').waitFor();
      return page;
    },
  ],
  [
    'tokens, one of them new',
    async () => {
      const page = await world.openList();
      await page.goto(`${world.server.url}/account/tokens`);
      await page.getByLabel('Name').fill('nightly');
      await page.keyboard.press('Enter');
      await page.getByText('now: it is not shown again').waitFor();
      return page;
    },
  ],
  [
    'a question before a token is revoked',
    async () => {
      const page = await world.openList();
      await world.api.request('POST', '/api/tokens', { name: 'old', scope: 'edit' });
      await page.goto(`${world.server.url}/account/tokens`);
      await page.getByRole('button', { name: 'Revoke old' }).first().click();
      await page.getByRole('alertdialog').waitFor();
      return page;
    },
  ],
  [
    'the people of a server',
    async () => {
      const page = await world.openList();
      await (await world.person('Alan')).context.close();
      await page.goto(`${world.server.url}/people`);
      await page.getByText('Alan').first().waitFor();
      return page;
    },
  ],
  [
    'the menu of an account',
    async () => {
      const page = await world.openList();
      await page.getByRole('button', { name: /^Your account/ }).click();
      await page.getByRole('menu').waitFor();
      return page;
    },
  ],
  [
    'who has a notebook, and a question before a link is revoked',
    async () => {
      const { page } = await world.owner().openNotebook(await shared());
      await page.getByRole('button', { name: 'Share' }).click();
      const dialog = page.getByRole('dialog', { name: /^Share/ });
      await dialog.getByLabel('Email addresses').fill('nonsense,');
      await dialog.getByText('“nonsense” is no email address').waitFor();
      await dialog.getByRole('button', { name: /^Revoke the link/ }).click();
      await dialog.getByRole('group', { name: 'Revoke the link' }).waitFor();
      return page;
    },
  ],
  [
    'the activity of a notebook',
    async () => {
      const page = await world.owner().open(`/notebooks/${await shared()}/activity`);
      await page.getByText('made the notebook').waitFor();
      return page;
    },
  ],
  [
    'what one may do with a notebook of somebody else',
    async () => {
      const { page } = await ann.openNotebook(await shared());
      await page.getByRole('button', { name: 'Editor' }).click();
      await page.getByText('belongs to Owner').waitFor();
      return page;
    },
  ],
  [
    'a question before a notebook is left',
    async () => {
      const { page } = await ann.openNotebook(await shared());
      await page.getByRole('button', { name: 'Editor' }).click();
      await page.getByRole('button', { name: 'Leave notebook…' }).click();
      await page.getByRole('alertdialog').waitFor();
      return page;
    },
  ],
  [
    'what was written by somebody who may not write any more',
    async () => {
      const id = await shared();
      const notebook = await ann.openNotebook(id);
      const cell = (await world.api.notebook(id)).cells[0]?.id ?? '';
      await notebook.type(cell, 'x = 1');
      await notebook.isSaved();
      await ann.context.setOffline(true);
      await notebook.type(cell, 'never_sent = 1');
      await notebook.page.getByText('Not saved', { exact: true }).waitFor();
      const { members } = Sharing.parse(
        (await world.api.request('GET', `/api/notebooks/${id}/sharing`)).body,
      );
      const path = `/api/notebooks/${id}/members/${members[0]?.id}`;
      await world.api.request('PATCH', path, { role: 'viewer' });
      await ann.context.setOffline(false);
      await notebook.page.getByRole('button', { name: 'Show what I wrote' }).click();
      await notebook.page.getByRole('dialog', { name: 'What you wrote last' }).waitFor();
      return notebook.page;
    },
  ],
  [
    'a link that opens nothing any more',
    async () => {
      const id = await world.api.createNotebook('Ended');
      const page = await ann.open(`/notebooks/${id}#join=ended`);
      await page.getByRole('heading', { name: 'This link no longer opens' }).waitFor();
      return page;
    },
  ],
  [
    'a link of whoever has to sign in first',
    async () => {
      const page = await (await world.nobody()).newPage();
      await page.goto(`${world.server.url}/notebooks/${'1'.repeat(32)}#join=first`);
      await page.getByRole('heading', { name: 'Sign in to open this notebook' }).waitFor();
      return page;
    },
  ],
  [
    'a sign-in that is not set up',
    async () => {
      const page = await (await world.nobody()).newPage();
      await page.route(world.server.url, async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replace('data-sign-in="local"', '');
        await route.fulfill({ response, body });
      });
      await page.route('**/api/config', async (route) => {
        const response = await route.fetch();
        await route.fulfill({
          response,
          json: { ...(await response.json()), authProvider: 'clerk' },
        });
      });
      await page.goto(world.server.url);
      await page.getByRole('heading', { name: 'Sign-in is not set up yet' }).waitFor();
      return page;
    },
  ],
  ['the list', () => world.openList()],
  [
    'a search without hits',
    async () => {
      const page = await world.openList();
      await page.getByRole('searchbox').fill('no such notebook');
      await page.getByText('No notebook is called').waitFor();
      return page;
    },
  ],
  [
    'a notebook that is not there',
    async () => {
      const page = await world.openList();
      await page.goto(`${world.server.url}/notebooks/${'0'.repeat(32)}`);
      await page.getByRole('heading', { name: 'No access' }).waitFor();
      return page;
    },
  ],
  [
    'an address that leads nowhere',
    async () => {
      const page = await world.openList();
      await page.goto(`${world.server.url}/nowhere`);
      await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
      return page;
    },
  ],
  [
    'the demo',
    async () => {
      const id = await world.api.createNotebook('Demo', 'demo');
      await world.api.run(id);
      return (await world.openNotebook(id)).page;
    },
  ],
  [
    'a notebook with every kind of result',
    async () => {
      const { page } = await world.openNotebook(await everything());
      await page.locator('.katex, .out-grid').first().waitFor();
      return page;
    },
  ],
  [
    'results that are out of date',
    async () => {
      const { page } = await world.openNotebook(await stale());
      await page.getByRole('button', { name: 'Run stale' }).waitFor();
      return page;
    },
  ],
  [
    'cells that do not run, and some that would',
    async () => {
      const { page } = await world.openNotebook(await idle());
      await page.getByText('Cell 1 is disabled').first().waitFor();
      await page.getByRole('button', { name: 'Run all' }).hover();
      await page.locator('[data-planned]').first().waitFor();
      return page;
    },
  ],
  [
    'a cell that is being edited',
    async () => {
      const { page } = await world.openNotebook(await world.api.createNotebook('Edited'));
      await page.locator('.static-code, .cm-content').first().click();
      await page.locator('.cm-content:focus').waitFor();
      await page.keyboard.type('wordy = 1');
      await page.keyboard.press('Control+f');
      await page.getByRole('textbox', { name: 'Find' }).waitFor();
      return page;
    },
  ],
  [
    'the menu of a cell',
    async () => {
      const { page } = await world.openNotebook(await world.api.createNotebook('Menu'));
      await page.getByRole('button', { name: 'Actions for cell 1' }).click();
      await page.getByRole('menu').waitFor();
      return page;
    },
  ],
  [
    'the shortcuts',
    async () => {
      const { page } = await world.openNotebook(await world.api.createNotebook('Shortcuts'));
      await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
      await page.getByRole('dialog').waitFor();
      return page;
    },
  ],
];

describe.each(states)('%s', (_, open) => {
  test.each(['light', 'dark'] as const)('breaks no rule when it is %s', async (colorScheme) => {
    const page = await open();
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.locator(`html[data-theme="${colorScheme}"]`).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});

test('Escape and Tab lead out of the code of a cell', async () => {
  const id = await world.api.createNotebook('Keys');
  const { page } = await world.openNotebook(id);
  await page.locator('.static-code, .cm-content').first().click();
  await page.locator('.cm-content:focus').waitFor();
  await page.keyboard.press('Escape');
  const last = page.getByRole('button', { name: 'Add Markdown cell' }).last();
  for (let presses = 0; presses < 10; presses++) {
    await page.keyboard.press('Tab');
    expect(await page.locator('.cm-content:focus').count()).toBe(0);
    if (await last.evaluate((button) => button.matches(':focus'))) return;
  }
  expect.unreachable('Tab never came past the cell');
});

test('the focus stays in the list when its notebook was renamed or deleted', async () => {
  await world.api.createNotebook('Older');
  await world.api.createNotebook('Newer');
  const page = await world.openList();
  const focused = () => page.locator(':focus').textContent();

  await page.getByRole('button', { name: 'Actions for Newer' }).press('Enter');
  await page.getByRole('menuitem', { name: 'Rename' }).press('Enter');
  await page.getByRole('textbox', { name: 'Title' }).fill('Newest');
  await page.keyboard.press('Enter');
  await expect.poll(focused).toBe('Newest');

  await page.getByRole('button', { name: 'Actions for Newest' }).press('Enter');
  await page.getByRole('menuitem', { name: 'Delete' }).press('Enter');
  await expect.poll(focused).toBe('Older');
});

test('the focus stays among tokens when one was revoked, and goes to the form when a new one is put away', async () => {
  const bea = await world.person('Bea');
  for (const name of ['first', 'second']) {
    await bea.request('POST', '/api/tokens', { name, scope: 'read' });
  }
  const page = await bea.open('/account/tokens');
  const focused = () => page.locator(':focus').getAttribute('aria-label', { timeout: 1_000 });
  const rows = page.getByRole('list', { name: 'tokens' }).getByRole('listitem');
  const revoke = async () => {
    await rows.first().getByRole('button').press('Enter');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).press('Enter');
  };
  await rows.nth(1).waitFor();
  const left = await rows.nth(1).getByRole('button').getAttribute('aria-label');
  await revoke();
  await expect.poll(focused).toBe(left);
  await revoke();
  await page.locator(':focus', { hasText: 'No tokens yet.' }).waitFor();

  await page.getByLabel('Name').fill('third');
  await page.keyboard.press('Enter');
  await page.locator('button:focus', { hasText: 'Copy' }).waitFor();
  await page.getByRole('button', { name: 'Done' }).press('Enter');
  await page.locator('input[name="token-name"]:focus').waitFor();
});
