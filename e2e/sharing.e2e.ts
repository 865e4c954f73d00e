/** Several people and one notebook: what each sees, may do, and loses. */
import { Member, ShareLink } from '@rnb/protocol';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from './person.ts';
import { World } from './world.ts';

let world: World;
let owner: Person;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  world = await World.open();
  owner = world.owner();
  ann = await world.person('Ann Alder');
  bob = await world.person('Bob Birch');
});

afterAll(async () => {
  await world.close();
});

/** A notebook of the owner's with one cell. */
async function notebookWith(title: string, code: string): Promise<{ id: string; cell: string }> {
  const id = await world.api.createNotebook(title);
  const [first] = (await world.api.notebook(id)).cells;
  const cell = first?.id ?? '';
  await world.api.setCode(id, cell, code);
  return { id, cell };
}

/** Gives the member's id. */
async function share(id: string, person: Person, role: string): Promise<string> {
  const body = { email: person.email, role };
  const answer = await world.api.request('POST', `/api/notebooks/${id}/members`, body);
  return Member.parse(answer.body).id;
}

async function linkOf(id: string, role: string): Promise<ShareLink> {
  const answer = await world.api.request('POST', `/api/notebooks/${id}/links`, { role });
  return ShareLink.parse(answer.body);
}

const joinPath = (id: string, { secret }: ShareLink) => `/notebooks/${id}#join=${secret}`;

async function openShareDialog(page: Page) {
  await page.getByRole('button', { name: 'Share' }).click();
  const dialog = page.getByRole('dialog', { name: /^Share/ });
  await dialog.getByRole('list', { name: 'Members' }).waitFor();
  return dialog;
}

describe('by address', () => {
  test('the owner invites by the keyboard alone, and the invited find the notebook in their lists', async () => {
    const { id } = await notebookWith('Invitations', 'x = 1');
    const { page } = await owner.openNotebook(id);
    await page.getByRole('button', { name: 'Share' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: /^Share/ });
    await dialog.getByText('Only you have this notebook so far.').waitFor();
    // The field has the focus.
    await page.keyboard.type(`${ann.email}, nobody-yet@example.org,nonsense`);
    await page.keyboard.press('Enter');
    await dialog.getByText('“nonsense” is no email address.').waitFor();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.press('Delete');
    const has = (element: string, text: string) =>
      page.locator(`${element}:focus`, { hasText: text }).waitFor();
    await page.keyboard.press('Tab');
    await has('[role=combobox]', 'Viewer');
    await page.keyboard.press('Enter');
    await has('[role=option]', 'Viewer');
    await page.keyboard.press('ArrowDown');
    await has('[role=option]', 'Runner');
    await page.keyboard.press('Enter');
    await has('[role=combobox]', 'Runner');
    await page.keyboard.press('Tab');
    await has('button', 'Invite');
    await page.keyboard.press('Enter');
    // The same words for who is here and who is not.
    await dialog.getByText('Shared with 2 people.').waitFor();
    await dialog.getByText('Invited, not taken up yet').waitFor();
    await dialog.getByText(ann.name).waitFor();

    const list = await ann.open('/');
    const row = list.getByRole('listitem').filter({ hasText: 'Invitations' });
    await row.getByText('Runner').waitFor();
    await row.getByText('from Owner').waitFor();
    await list.getByRole('radio', { name: 'Mine' }).click();
    await row.waitFor({ state: 'detached' });
    await list.getByRole('radio', { name: 'Shared with me' }).click();
    await row.waitFor();
    await row.getByRole('button', { name: 'Actions for Invitations' }).click();
    expect(await list.getByRole('menuitem', { name: 'Delete' }).count()).toBe(0);
    await list.getByRole('menuitem', { name: 'Leave…' }).click();
    const question = list.getByRole('alertdialog', { name: 'Leave “Invitations”?' });
    await question.getByText('You can come back only by being invited again').waitFor();
    await question.getByRole('button', { name: 'Cancel' }).press('Enter');
    await question.waitFor({ state: 'detached' });
    await row.getByRole('button', { name: 'Actions for Invitations' }).press('Enter');
    await list.getByRole('menuitem', { name: 'Leave…' }).press('Enter');
    await question.getByRole('button', { name: 'Leave' }).press('Enter');
    await list.getByText('You left “Invitations”', { exact: true }).waitFor();
    await row.waitFor({ state: 'detached' });
    // The row in its place has the focus, or the list where there is none.
    await list.locator('main :focus').waitFor();
  });

  test('a viewer is offered no right that would give nothing', async () => {
    const { id } = await notebookWith('Offered', 'x = 1');
    await share(id, ann, 'viewer');
    const { page } = await owner.openNotebook(id);
    const dialog = await openShareDialog(page);
    const connections = dialog.getByRole('switch', { name: /^Ann Alder/ });
    expect(await connections.isDisabled()).toBe(true);
    await dialog.getByRole('combobox', { name: 'Role of Ann Alder' }).press('Enter');
    await page.getByRole('option', { name: /Runner/ }).press('Enter');
    await expect.poll(() => connections.isEnabled()).toBe(true);
  });

  test('who was removed and invited again is there once', async () => {
    const { id } = await notebookWith('Again', 'x = 1');
    await share(id, ann, 'editor');
    const { page } = await owner.openNotebook(id);
    const dialog = await openShareDialog(page);
    await dialog.getByRole('button', { name: 'More about Ann Alder' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Remove' }).press('Enter');
    await dialog.getByText('was removed.').waitFor();
    await dialog.getByLabel('Email addresses').fill(ann.email);
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await dialog.getByRole('combobox', { name: 'Role of Ann Alder' }).getByText('Viewer').waitFor();
    expect(await dialog.getByRole('button', { name: 'Undo' }).count()).toBe(0);
    expect(await dialog.getByText(ann.name).count()).toBe(1);
  });

  test('a member is removed, and comes back by Undo as they were', async () => {
    const { id } = await notebookWith('Undone', 'x = 1');
    await share(id, ann, 'editor');
    const { page } = await owner.openNotebook(id);
    const dialog = await openShareDialog(page);
    await dialog.getByRole('switch', { name: /^Ann Alder/ }).click();
    await dialog.getByRole('button', { name: 'More about Ann Alder' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Remove' }).press('Enter');
    await dialog.getByText('was removed.').waitFor();
    const path = `/api/notebooks/${id}`;
    await expect.poll(async () => (await ann.request('GET', path)).status).toBe(403);
    await dialog.locator('button:focus', { hasText: 'Undo' }).press('Enter');
    await dialog.getByRole('switch', { name: /^Ann Alder/, checked: true }).waitFor();
    await dialog.getByRole('combobox', { name: 'Role of Ann Alder' }).getByText('Editor').waitFor();
    expect((await ann.request('GET', path)).body).toMatchObject({ role: 'editor' });
  });
});

describe('live', () => {
  test('a viewer sees what an editor types and runs, and changes nothing', async () => {
    const { id, cell } = await notebookWith('Watching', 'x = 1\nx');
    await share(id, ann, 'editor');
    await share(id, bob, 'viewer');
    const editor = await ann.openNotebook(id);
    const viewer = await bob.openNotebook(id);
    await viewer.page.getByRole('button', { name: 'Read only' }).waitFor();
    expect(await viewer.page.getByRole('button', { name: 'Run all' }).count()).toBe(0);
    expect(await viewer.page.getByRole('button', { name: 'Share' }).count()).toBe(0);

    await editor.rewrite(cell, 'x = 20 + 1\nx');
    await viewer.sees(cell, '21');
    await viewer.cell(cell).getByText('20 + 1').waitFor();
    // Keys reach an editor that takes none of them.
    await viewer.cell(cell).locator('.static-code, .cm-content').first().click();
    await viewer.page.keyboard.type('broken');
    await viewer.page.keyboard.press('Shift+Enter');
    await editor.rewrite(cell, 'x = 30 + 1\nx');
    await viewer.sees(cell, '31');
    const { cells } = await world.api.notebook(id);
    expect(cells.map(({ code }) => code).join()).not.toContain('broken');
  });

  test('a runner runs and does not write', async () => {
    const { id, cell } = await notebookWith('Running', 'import time\ntime.monotonic_ns()');
    await share(id, bob, 'runner');
    const runner = await bob.openNotebook(id);
    const before = await world.api.notebook(id);
    await runner.page.getByRole('button', { name: 'Run all' }).click();
    await expect
      .poll(async () => (await world.api.notebook(id)).cells[0]?.run)
      .not.toBe(before.cells[0]?.run);
    await runner.cell(cell).locator('.static-code, .cm-content').first().click();
    await runner.page.keyboard.type('broken');
    // The cell whose code was clicked runs, not one that was selected before.
    const ran = await world.api.notebook(id);
    await runner.page.keyboard.press('Shift+Enter');
    await expect
      .poll(async () => (await world.api.notebook(id)).cells[0]?.run)
      .not.toBe(ran.cells[0]?.run);
    const { status } = await bob.request('PUT', `/api/notebooks/${id}/cells/${cell}`, {
      code: '1',
    });
    expect(status).toBe(403);
    expect((await world.api.notebook(id)).cells[0]?.code).toBe(before.cells[0]?.code);
  });

  test('a new role counts at once on an open page, which says so', async () => {
    const { id, cell } = await notebookWith('Promoted', 'x = 1\nx');
    const member = await share(id, bob, 'viewer');
    const path = `/api/notebooks/${id}/members/${member}`;
    const notebook = await bob.openNotebook(id);
    await notebook.page.getByRole('button', { name: 'Read only' }).waitFor();
    await world.api.request('PATCH', path, { role: 'editor' });
    await notebook.page.getByText('You may now edit this notebook.', { exact: true }).waitFor();
    await notebook.rewrite(cell, 'x = 2\nx');
    await notebook.sees(cell, '2');
    await world.api.request('PATCH', path, { role: 'viewer' });
    await notebook.page
      .getByText('You may now only view this notebook.', { exact: true })
      .waitFor();
    await notebook.page.getByRole('button', { name: 'Read only' }).waitFor();
    expect(await notebook.page.getByRole('button', { name: 'Run all' }).count()).toBe(0);
  });
});

describe('what one loses', () => {
  test('B5 revocation ends an open page, and what was not sent is kept for copying', async () => {
    const cleo = await world.person('Cleo');
    const { id, cell } = await notebookWith('Revoked', 'x = 1');
    const member = await share(id, cleo, 'editor');
    const notebook = await cleo.openNotebook(id);
    // What writing needs is loaded when it is first wanted.
    await notebook.type(cell, 'x = 1');
    await notebook.isSaved();
    // The edit stays in the tab: there is no network when it is made.
    await cleo.context.setOffline(true);
    await notebook.type(cell, 'never_sent = 1');
    await notebook.page.getByText('Not saved', { exact: true }).waitFor();
    await world.api.request('DELETE', `/api/notebooks/${id}/members/${member}`);
    await cleo.context.setOffline(false);
    await notebook.page
      .getByRole('heading', { name: 'You no longer have this notebook' })
      .waitFor();
    await notebook.page.getByText('never_sent = 1').waitFor();
    expect(await notebook.page.locator('[data-cell]').count()).toBe(0);
    expect((await world.api.notebook(id)).cells[0]?.code).toBe('x = 1');
    // Opened anew it is as if it had never been.
    const page = await cleo.open(`/notebooks/${id}`);
    await page.getByRole('heading', { name: 'No access' }).waitFor();
  });

  test('B5 a page that watches is ended as well, without doing anything', async () => {
    const { id } = await notebookWith('Watched', 'x = 1');
    const member = await share(id, bob, 'viewer');
    const { page } = await bob.openNotebook(id);
    await world.api.request('DELETE', `/api/notebooks/${id}/members/${member}`);
    await page.getByRole('heading', { name: 'You no longer have this notebook' }).waitFor();
  });

  test('an editor who becomes a viewer sees what everybody sees, and keeps what was not sent', async () => {
    const cleo = await world.person('Cleo');
    const { id, cell } = await notebookWith('Demoted', 'x = 1');
    const member = await share(id, cleo, 'editor');
    const notebook = await cleo.openNotebook(id);
    await notebook.type(cell, 'x = 1');
    await notebook.isSaved();
    await cleo.context.setOffline(true);
    await notebook.type(cell, 'never_sent = 2');
    await notebook.page.getByText('Not saved', { exact: true }).waitFor();
    await world.api.request('PATCH', `/api/notebooks/${id}/members/${member}`, { role: 'viewer' });
    await cleo.context.setOffline(false);
    await notebook.page.getByRole('button', { name: 'Show what I wrote' }).click();
    const dialog = notebook.page.getByRole('dialog', { name: 'What you wrote last' });
    await dialog.getByText('never_sent = 2').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await notebook.cell(cell).getByText('x = 1').waitFor();
    await notebook.isSaved();
    await notebook.page.getByRole('button', { name: 'Throw it away' }).click();
    await notebook.page
      .getByText('what you wrote last is not in it')
      .waitFor({ state: 'detached' });
  });
});

describe('by link', () => {
  test('whoever comes by it has the notebook for as long as the link lasts', async () => {
    const { id } = await notebookWith('Linked', 'x = 1');
    const { page } = await owner.openNotebook(id);
    await owner.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const dialog = await openShareDialog(page);
    await dialog.getByRole('combobox', { name: 'Role that the link gives' }).press('Enter');
    await page.getByRole('option', { name: /Editor/ }).click();
    await dialog.getByRole('combobox', { name: 'How long the link lasts' }).press('Enter');
    await page.getByRole('option', { name: '1 day' }).click();
    await dialog.getByRole('button', { name: 'Make a link' }).press('Enter');
    // It has the focus once it is there.
    await dialog.locator('button:focus', { hasText: 'Copy link' }).press('Enter');
    await dialog.getByText('Copied').waitFor();
    const address = new URL(String(await page.evaluate('navigator.clipboard.readText()')));
    expect(address.hash).toMatch(/^#join=/);

    const notebook = await bob.open(address.pathname + address.hash);
    await notebook.locator('[data-cell]').first().waitFor();
    // The secret is in no address, and in no history that the page can go back to.
    expect(await notebook.evaluate('location.href')).toBe(`${address.origin}/notebooks/${id}`);
    await notebook.getByRole('button', { name: 'Editor' }).waitFor();
    await dialog
      .getByRole('list', { name: /^Came by the link/ })
      .getByText('Bob Birch')
      .waitFor();

    await dialog.getByRole('button', { name: /^Revoke the link for editors/ }).click();
    await dialog.getByText(/^Bob Birch loses the notebook at once/).waitFor();
    await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
    await notebook.getByRole('heading', { name: 'You no longer have this notebook' }).waitFor();
    const dead = await bob.open(address.pathname + address.hash);
    await dead.getByRole('heading', { name: 'This link no longer opens the notebook' }).waitFor();
  });

  test('one who came by it is put out, the link goes on, and undoing makes them a member', async () => {
    const { id } = await notebookWith('Put out', 'x = 1');
    const link = await linkOf(id, 'editor');
    const notebook = await bob.open(joinPath(id, link));
    await notebook.getByRole('button', { name: 'Editor' }).waitFor();
    const { page } = await owner.openNotebook(id);
    const dialog = await openShareDialog(page);
    const cameByIt = dialog.getByRole('list', { name: /^Came by the link/ });
    await cameByIt.getByRole('button', { name: 'Remove Bob Birch' }).press('Enter');
    await dialog.getByText('Bob Birch was removed.').waitFor();
    await cameByIt.waitFor({ state: 'detached' });
    await notebook.getByRole('heading', { name: 'You no longer have this notebook' }).waitFor();
    await dialog.getByRole('button', { name: /^Revoke the link for editors/ }).waitFor();
    const again = await bob.open(joinPath(id, link));
    await again.getByRole('heading', { name: 'This link no longer opens the notebook' }).waitFor();
    await dialog.locator('button:focus', { hasText: 'Undo' }).press('Enter');
    await dialog.getByRole('combobox', { name: 'Role of Bob Birch' }).waitFor();
    const { page: back } = await bob.openNotebook(id);
    await back.getByRole('button', { name: 'Editor' }).waitFor();
  });

  test('a stranger is let in before the notebook is asked for, and no request has the secret in its address', async () => {
    const { id } = await notebookWith('Asked', 'x = 1');
    const link = await linkOf(id, 'viewer');
    const page = await bob.open('/');
    const addresses: string[] = [];
    page.context().on('request', (request) => addresses.push(request.url()));
    page.on('websocket', (socket) => addresses.push(socket.url()));
    const titles: string[] = [];
    await page.exposeFunction('heard', (title: string) => titles.push(title));
    await page.addInitScript(
      `new MutationObserver(() => heard(document.querySelector('h1')?.textContent ?? '')).observe(document, { subtree: true, childList: true });`,
    );
    await page.goto(world.server.url + joinPath(id, link));
    await page.locator('[data-cell]').first().waitFor();
    expect(titles).not.toContain('No access');
    expect(addresses.filter((address) => address.includes(link.secret.slice(-20)))).toEqual([]);
    expect(addresses.some((address) => address.includes(`/ws/notebooks/${id}`))).toBe(true);
    expect(world.server.log()).not.toContain(link.secret.slice(-20));
  });

  test('whoever has the notebook open already can take another link to it', async () => {
    const { id } = await notebookWith('Twice', 'x = 1');
    await share(id, bob, 'viewer');
    const link = await linkOf(id, 'editor');
    const { page } = await bob.openNotebook(id);
    await page.goto(world.server.url + joinPath(id, link));
    await page.getByRole('button', { name: 'Editor' }).waitFor();
    expect(await page.evaluate('location.hash')).toBe('');
    expect(await page.evaluate('sessionStorage.getItem("invitation")')).toBeNull();
  });

  test('who is signed out signs in first, and then has the notebook', async () => {
    const { id } = await notebookWith('Signed out', 'x = 1');
    const link = await linkOf(id, 'viewer');
    const context = await world.nobody();
    const page = await context.newPage();
    await page.goto(world.server.url + joinPath(id, link));
    await page.getByRole('heading', { name: 'Sign in to open this notebook' }).waitFor();
    expect(await page.evaluate('location.href')).toBe(`${world.server.url}/notebooks/${id}`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Email').fill(bob.email);
    await page.getByLabel('Password', { exact: true }).fill(bob.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('[data-cell]').first().waitFor();
    await page.getByRole('button', { name: 'Read only' }).waitFor();
    expect(await page.evaluate('sessionStorage.getItem("invitation")')).toBeNull();
    await context.close();
  });
});

test('a notebook is given away after a question, and given back', async () => {
  const { id } = await notebookWith('Given', 'x = 1');
  await share(id, ann, 'viewer');
  const heir = await ann.openNotebook(id);
  const { page } = await owner.openNotebook(id);
  const dialog = await openShareDialog(page);
  await dialog.getByRole('button', { name: 'More about Ann Alder' }).press('Enter');
  await page.getByRole('menuitem', { name: 'Make owner…' }).press('Enter');
  const question = page.getByRole('alertdialog', { name: 'Make Ann Alder the owner?' });
  await question.getByText('Only Ann Alder can give it back to you.').waitFor();
  await question.getByRole('button', { name: 'Make owner' }).press('Enter');
  await page
    .getByText('This notebook has another owner now. You may still edit it.', { exact: true })
    .waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Editor' }).click();
  await page.getByText('This notebook belongs to Ann Alder').waitFor();

  await heir.page.getByText('This notebook is yours now.', { exact: true }).waitFor();
  const theirs = await openShareDialog(heir.page);
  await theirs.getByRole('combobox', { name: 'Role of Owner' }).getByText('Editor').waitFor();

  await page.getByRole('button', { name: 'Leave notebook…' }).click();
  await page.getByRole('button', { name: 'Leave', exact: true }).click();
  await page.getByText('You left “Given”', { exact: true }).waitFor();
  await page.getByRole('heading', { name: 'Notebooks' }).waitFor();
  expect((await owner.request('GET', `/api/notebooks/${id}`)).status).toBe(403);
});

test('the owner reads what was done, day by day and page by page; nobody else does', async () => {
  const { id } = await notebookWith('Trail', 'x = 1');
  const member = await share(id, ann, 'editor');
  const link = await linkOf(id, 'viewer');
  await bob.request('POST', `/api/notebooks/${id}/join`, { secret: link.secret });
  await ann.request('POST', `/api/notebooks/${id}/run`, { cells: 'all' });
  for (let round = 0; round < 25; round += 1) {
    for (const role of ['runner', 'editor']) {
      await world.api.request('PATCH', `/api/notebooks/${id}/members/${member}`, { role });
    }
  }
  const { page } = await owner.openNotebook(id);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Activity' }).click();
  await page.getByRole('heading', { name: 'Activity' }).waitFor();
  const rows = page.getByRole('region', { name: 'Today' }).getByRole('listitem');
  await rows.first().waitFor();
  expect(await rows.count()).toBe(50);
  await page.getByRole('button', { name: 'Show older' }).click();
  const trail = [
    /^.*Ann Alder \(.*\) ran all cells.*in the page, from 127\.0\.0\.1$/,
    /Bob Birch \(.*\) joined by a link as viewer/,
    /Owner \(.*\) made a link to join as viewer, until/,
    /Owner \(.*\) shared it with Ann Alder \(.*\) as editor.*by RNB_TOKEN/,
    /Owner \(.*\) made the notebook/,
  ];
  for (const text of trail) await rows.filter({ hasText: text }).first().waitFor();
  expect(await page.getByText(link.secret.slice(-20)).count()).toBe(0);
  const theirs = await ann.open(`/notebooks/${id}/activity`);
  await theirs.getByRole('heading', { name: 'Only the owner sees this' }).waitFor();
});

test('a table that is taken out is in the trail, though the page has all its rows', async () => {
  const { id } = await notebookWith(
    'Taken out',
    'import pandas as pd\npd.DataFrame({"a": [1, 2]})',
  );
  await world.api.request('POST', `/api/notebooks/${id}/run`, { cells: 'all', wait: true });
  await share(id, ann, 'viewer');
  const { page } = await ann.openNotebook(id);
  await page.getByRole('button', { name: 'Download CSV' }).click();
  const { page: trail } = await owner.openNotebook(id);
  await trail.goto(`${new URL(trail.url()).origin}/notebooks/${id}/activity`);
  await trail.getByText(/^Ann Alder \(.*\) exported a table of cell 1$/).waitFor();
});
