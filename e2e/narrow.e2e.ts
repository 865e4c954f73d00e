/** The pages beside notebooks, and what is around a notebook, on a phone. */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from './person.ts';
import { World } from './world.ts';

let world: World;
let ann: Person;
let notebook: string;

beforeAll(async () => {
  world = await World.open();
  ann = await world.person('Ann Alder of the Long Name');
  notebook = await world.api.createNotebook('Figures of the third quarter, second attempt', 'demo');
  const path = `/api/notebooks/${notebook}`;
  const members = { [ann.email]: 'editor', 'somebody.with.a.long.address@example.org': 'viewer' };
  for (const [email, role] of Object.entries(members)) {
    await world.api.request('POST', `${path}/members`, { email, role });
  }
  await world.api.request('POST', `${path}/links`, { role: 'viewer', expiresInDays: 7 });
  await world.api.request('POST', '/api/people/invitations', {});
  await world.api.request('POST', '/api/tokens', { name: 'nightly report', scope: 'edit' });
});

afterAll(async () => {
  await world.close();
});

/** Every two controls of which one lies on the other. */
function overlapping(root: Locator): Promise<string[]> {
  return root.evaluate((element) => {
    const controls = [...element.querySelectorAll('a, button, input, [role=combobox]')].filter(
      (control) => control.checkVisibility({ visibilityProperty: true, opacityProperty: true }),
    );
    return controls.flatMap((one, index) =>
      controls.slice(index + 1).flatMap((other) => {
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        return width > 1 && height > 1 ? [`${one.outerHTML}\n${other.outerHTML}`] : [];
      }),
    );
  });
}

async function narrow(page: Page): Promise<Page> {
  await page.setViewportSize({ width: 360, height: 740 });
  return page;
}

const pages: [string, () => Promise<Page>, string][] = [
  ['the sign-in page', async () => (await world.nobody()).newPage(), '/sign-in'],
  ['the list', () => world.openList(), '/'],
  ['the list of somebody with whom one was shared', () => ann.open('/'), '/'],
  ['the account', () => world.openList(), '/account'],
  ['the tokens', () => world.openList(), '/account/tokens'],
  ['the people', () => world.openList(), '/people'],
];

test.each(pages)('%s fits', async (_, open, path) => {
  const page = await narrow(await open());
  await page.goto(world.server.url + path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  const waits = page.getByRole('status', { name: /^Loading/ });
  await expect.poll(() => waits.count()).toBe(0);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  expect(await overlapping(page.locator('body'))).toEqual([]);
  await page.close();
});

test('the activity of a notebook fits', async () => {
  const page = await narrow(await world.owner().open(`/notebooks/${notebook}/activity`));
  await page.getByText('made the notebook').waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  expect(await overlapping(page.locator('body'))).toEqual([]);
});

test('who has a notebook fits, and so does the bar above it', async () => {
  const { page } = await world.owner().openNotebook(notebook);
  await narrow(page);
  expect(await overlapping(page.locator('header'))).toEqual([]);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Share…' }).click();
  const dialog = page.getByRole('dialog', { name: /^Share/ });
  await dialog.getByRole('list', { name: 'Members' }).waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  expect(await dialog.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
  expect(await overlapping(dialog)).toEqual([]);
});

test('an address that was typed last goes along when Invite is pressed once', async () => {
  const { page } = await world.owner().openNotebook(notebook);
  await narrow(page);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Share…' }).click();
  const dialog = page.getByRole('dialog', { name: /^Share/ });
  await dialog.getByLabel('Email addresses').fill('a.name.too.long.for.the.line@example.org');
  // At its edge, from which the button is soon gone where something above it grows.
  await dialog.getByRole('button', { name: 'Invite' }).click({ position: { x: 20, y: 3 } });
  await dialog.getByText('Shared with a.name.too.long.for.the.line@example.org.').waitFor();
});

test('who has a notebook open sees who they are in its menu, and signs out there', async () => {
  const { page } = await ann.openNotebook(notebook);
  await narrow(page);
  expect(await page.getByRole('button', { name: /^Your account/ }).isVisible()).toBe(false);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menu').getByText(ann.email).waitFor();
  await page.getByRole('menuitemcheckbox', { name: 'Dark' }).click();
  await page.locator('html[data-theme="dark"]').waitFor();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect((await ann.request('GET', '/api/me')).status).toBe(401);
});
