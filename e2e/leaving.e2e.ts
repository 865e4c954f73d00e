/** What somebody wrote and the server does not have: no way out of the page loses it without asking. */
import { Member } from '@rnb/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from './person.ts';
import { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await World.open();
});

afterAll(async () => {
  await world.close();
});

/** A notebook that is shared with somebody, who has written in it what the server does not have: there is no network. */
async function writtenOffline(person: Person, title: string) {
  const id = await world.api.createNotebook(title);
  const path = `/api/notebooks/${id}/members`;
  const { body } = await world.api.request('POST', path, { email: person.email, role: 'editor' });
  const notebook = await person.openNotebook(id);
  const cell = (await notebook.firstCell().getAttribute('data-cell')) ?? '';
  // What writing needs is loaded when it is first wanted.
  await notebook.type(cell, 'x = 1');
  await notebook.isSaved();
  await person.context.setOffline(true);
  await notebook.type(cell, 'not_sent = 2');
  await notebook.page.getByText('Not saved', { exact: true }).waitFor();
  return { id, notebook, page: notebook.page, member: `${path}/${Member.parse(body).id}` };
}

test('A1: what was written offline outlives the way to the list, and is sent when the notebook is opened again', async () => {
  const ann = await world.person('Ann');
  const { id, notebook, page } = await writtenOffline(ann, 'Left');
  await page.getByRole('link', { name: 'All notebooks' }).click();
  await page.getByText('What you wrote last in “Left” is not saved yet').first().waitFor();
  // The end of the tab would lose it.
  const asked = page.waitForEvent('dialog');
  const closing = page.close({ runBeforeUnload: true });
  await (await asked).dismiss();
  await closing;
  await ann.context.setOffline(false);
  const row = page.getByRole('main').getByRole('listitem').filter({ hasText: 'Left' });
  await row.getByText('Not saved', { exact: true }).waitFor();
  await page.goBack();
  await page.getByText('not_sent = 2').waitFor();
  await notebook.isSaved();
  await page.getByRole('link', { name: 'All notebooks' }).click();
  await row.waitFor();
  await row.getByText('Not saved', { exact: true }).waitFor({ state: 'detached' });
  const again = await ann.openNotebook(id);
  await again.page.getByText('not_sent = 2').waitFor();
});

test('A1: whoever signs out while something is not saved is asked first', async () => {
  const ann = await world.person('Ann');
  const { notebook, page } = await writtenOffline(ann, 'Asked');
  await page.getByRole('button', { name: 'Your account: Ann' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  const question = page.getByRole('alertdialog', { name: 'Sign out?' });
  await question.getByText('What you wrote last is not saved').waitFor();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await ann.context.setOffline(false);
  await notebook.isSaved();
  await page.getByText('not_sent = 2').waitFor();
  // Now nothing is asked.
  await page.getByRole('button', { name: 'Your account: Ann' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

test('A2: whoever comes back with fewer rights sees what everybody sees, and finds what they wrote beside it', async () => {
  const cleo = await world.person('Cleo');
  const { member, page } = await writtenOffline(cleo, 'Fewer');
  await page.getByRole('link', { name: 'All notebooks' }).click();
  await world.api.request('PATCH', member, { role: 'viewer' });
  await cleo.context.setOffline(false);
  await page.goBack();
  await page.getByText('what you wrote last is not in it').waitFor();
  expect(await page.locator('[data-cell]').getByText('not_sent = 2').count()).toBe(0);

  // And where the notebook is not theirs at all any more.
  await world.api.request('DELETE', member);
  await page.getByRole('heading', { name: 'You no longer have this notebook' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'No access' }).waitFor();
  await page.getByText('not_sent = 2').waitFor();
  await page.getByRole('button', { name: 'Throw it away' }).click();
  await page.getByText('not_sent = 2').waitFor({ state: 'detached' });
  await page.reload();
  await page.getByRole('heading', { name: 'No access' }).waitFor();
  expect(await page.evaluate('sessionStorage.length')).toBe(0);
});
