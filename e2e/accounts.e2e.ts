import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await World.open();
});

afterAll(async () => {
  await world.close();
});

const password = 'violet kettle under snow';
const another = 'eleven owls in the attic';

async function openPage(browser: BrowserContext, path: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(world.server.url + path);
  return page;
}

/** The administrator's page, with an invitation to be sent. */
async function inviteInPage(email: string): Promise<string> {
  const people = await openPage((await world.openList()).context(), '/people');
  await people.getByLabel('Email address, if you know it').fill(email);
  await people.keyboard.press('Enter');
  const link = await people.getByRole('textbox', { name: 'The invitation' }).inputValue();
  await people.close();
  return link;
}

/** A new account, made by invitation in a browser of its own. */
async function newPerson(name: string, email: string): Promise<BrowserContext> {
  const browser = await world.nobody();
  const page = await browser.newPage();
  await page.goto(await inviteInPage(email));
  await page.getByRole('heading', { name: 'Make your account' }).waitFor();
  expect(page.url()).not.toContain('invitation');
  expect(await page.getByLabel('Email').inputValue()).toBe(email);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Notebooks' }).waitFor();
  await page.close();
  return browser;
}

/** As the administrator makes one for somebody who forgot theirs. */
async function passwordLinkFor(name: string): Promise<string> {
  const people = await openPage((await world.openList()).context(), '/people');
  await people.getByRole('button', { name: `Actions for ${name}` }).click();
  await people.getByRole('menuitem', { name: 'New password…' }).click();
  await people.getByRole('button', { name: 'Make the link' }).click();
  return people.getByRole('textbox', { name: `The link for ${name}` }).inputValue();
}

async function signInAs(page: Page, email: string, secret: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(secret);
  await page.keyboard.press('Enter');
}

/** A notebook of whoever has this browser. */
async function openNotebook(browser: BrowserContext): Promise<Page> {
  const page = await openPage(browser, '/');
  await page.getByRole('link', { name: 'Untitled' }).click();
  await page.locator('[data-cell]').first().waitFor();
  return page;
}

test('who is invited makes an account, has notebooks to begin with, and the link is spent', async () => {
  const link = await inviteInPage('ada@example.org');
  const browser = await world.nobody();
  const page = await browser.newPage();
  await page.goto(link);
  await page.getByRole('heading', { name: 'Make your account' }).waitFor();

  // What is missing is said where it is missing, and the first of it has the focus.
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.getByText('Enter your name').waitFor();
  await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('name');
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password', { exact: true }).fill('password123456');
  await page.keyboard.press('Enter');
  await page.getByText('tried first').waitFor();
  await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('password');

  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'A tour in ten cells' }).waitFor();

  const late = await openPage(await world.nobody(), new URL(link).pathname + new URL(link).hash);
  await late.getByText('This invitation does not work').waitFor();
});

test('whoever has to sign in first comes to where they wanted to go', async () => {
  await newPerson('Grace', 'grace@example.org');
  const page = await openPage(await world.nobody(), '/account/tokens');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signInAs(page, 'grace@example.org', another);
  await page.getByText('The email address or the password is wrong').waitFor();
  await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('password');
  await signInAs(page, 'grace@example.org', password);
  await page.getByRole('heading', { name: 'API tokens' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/account/tokens');
});

test('an address that leads elsewhere leads to the list', async () => {
  const browser = await newPerson('Emmy', 'emmy@example.org');
  const page = await openPage(browser, '/sign-in#next=%2F%2Fevil.example%2F');
  await page.getByRole('heading', { name: 'Notebooks' }).waitFor();
  expect(page.url()).toBe(`${world.server.url}/`);
});

test('a new password signs out the other browser, whose open notebook says so and comes back', async () => {
  const first = await newPerson('Lise', 'lise@example.org');
  const second = await world.nobody();
  const signIn = await openPage(second, '/sign-in');
  await signInAs(signIn, 'lise@example.org', password);
  await signIn.getByRole('heading', { name: 'Notebooks' }).waitFor();
  const notebook = await openNotebook(second);
  const address = notebook.url();

  const own = await openNotebook(first);
  const account = await openPage(first, '/account');
  await account.getByText('This browser').waitFor();
  expect(await account.getByRole('list', { name: 'browsers' }).getByRole('listitem').count()).toBe(
    2,
  );
  await account.getByLabel('Present password').fill(password);
  await account.getByLabel('New password').fill(another);
  await account.keyboard.press('Enter');
  await account.getByText('Password changed').first().waitFor();
  await expect
    .poll(() => account.getByRole('list', { name: 'browsers' }).getByRole('listitem').count())
    .toBe(1);

  // The browser that changed it has a new sign-in, with which its other tabs go on when one comes back to them.
  await own.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await own.evaluate("dispatchEvent(new Event('focus'))");
  await own.locator('[data-cell]').first().waitFor();

  await notebook.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await notebook.evaluate("dispatchEvent(new Event('focus'))");
  await notebook.getByRole('button', { name: 'Sign in' }).click();
  await notebook.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signInAs(notebook, 'lise@example.org', another);
  await notebook.locator('[data-cell]').first().waitFor();
  expect(notebook.url()).toBe(address);
});

test('a token works for a program until it is revoked', async () => {
  const browser = await newPerson('Sophie', 'sophie@example.org');
  const page = await openPage(browser, '/account/tokens');
  await page.getByText('No tokens yet').waitFor();
  await page.getByLabel('Name').fill('nightly');
  await page.keyboard.press('Enter');
  const token = await page.getByRole('textbox', { name: 'The token “nightly”' }).inputValue();
  const call = async (method: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${world.server.url}/api/notebooks`, { method, headers })).status;
  };
  expect(await call('GET')).toBe(200);
  // It may read, and nothing else.
  expect(await call('POST')).toBe(403);
  await page.getByRole('button', { name: 'Done' }).click();
  expect(await page.content()).not.toContain(token);

  await page.reload();
  await page.getByText('last used just now').waitFor();
  await page.getByRole('button', { name: 'Revoke nightly' }).click();
  const question = page.getByRole('alertdialog');
  await question.getByText('stops working at once').waitFor();
  await question.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('No tokens yet').waitFor();
  expect(await call('GET')).toBe(401);
});

test('who is blocked loses what is open, and hears why', async () => {
  const browser = await newPerson('Hedy', 'hedy@example.org');
  const notebook = await openNotebook(browser);
  const people = await openPage((await world.openList()).context(), '/people');
  await people.getByRole('button', { name: 'Actions for Hedy' }).click();
  await people.getByRole('menuitem', { name: 'Block…' }).click();
  await people.getByRole('button', { name: 'Block', exact: true }).click();
  await people.getByRole('listitem').filter({ hasText: 'Hedy' }).getByText('Blocked').waitFor();

  await notebook.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await notebook.getByRole('button', { name: 'Sign in' }).click();
  await signInAs(notebook, 'hedy@example.org', password);
  await notebook.getByText('This account is blocked').waitFor();
});

test('who forgot their password gets a link from the administrator, and sets a new one', async () => {
  const before = await newPerson('Rosa', 'rosa@example.org');
  const link = await passwordLinkFor('Rosa');
  const signedOut = await openPage(before, '/account');
  await signedOut.getByRole('heading', { name: 'Sign in' }).waitFor();

  const page = await (await world.nobody()).newPage();
  await page.goto(link);
  await page.getByLabel('New password').fill(another);
  await page.keyboard.press('Enter');
  await page.getByText('Password set').first().waitFor();
  expect(page.url()).toBe(`${world.server.url}/account`);
  await signInAs(signedOut, 'rosa@example.org', another);
  await signedOut.getByRole('heading', { name: 'Account' }).waitFor();
});

test('whoever signs out leaves nothing behind for the next', async () => {
  const browser = await newPerson('Mary', 'mary@example.org');
  const page = await openPage(browser, '/');
  await page.getByRole('button', { name: 'Your account: Mary' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  // What is asked anew is not answered: whatever is shown then was left behind.
  const asked = page.waitForRequest('**/api/notebooks');
  await page.route(/\/api\/(notebooks|me)$/, () => undefined);
  await page.goBack();
  await asked;
  await page.getByRole('heading', { name: 'Notebooks' }).waitFor();
  expect(await page.getByRole('link', { name: 'Untitled' }).count()).toBe(0);
});

test('B7: whoever signs out and in in one tab does so in all, as who they are then', async () => {
  await newPerson('Irene', 'irene@example.org');
  const browser = await newPerson('Marie', 'marie@example.org');
  const account = await openPage(browser, '/account');
  await expect
    .poll(() => account.getByRole('textbox', { name: 'Name' }).inputValue())
    .toBe('Marie');
  const list = await openPage(browser, '/');
  await list.getByRole('button', { name: 'Your account: Marie' }).click();
  await list.getByRole('menuitem', { name: 'Sign out' }).click();
  // No key is pressed there.
  await account.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signInAs(list, 'irene@example.org', password);
  await list.getByRole('heading', { name: 'Notebooks' }).waitFor();
  await account.evaluate("dispatchEvent(new Event('visibilitychange'))");
  await expect
    .poll(() => account.getByRole('textbox', { name: 'Name' }).inputValue())
    .toBe('Irene');
});

test('B7: who signs in over somebody makes their other tabs start over', async () => {
  await newPerson('Chien', 'chien@example.org');
  const browser = await newPerson('Rita', 'rita@example.org');
  const tokens = await openPage(browser, '/account/tokens');
  await tokens.getByLabel('Name').fill('nightly');
  await tokens.keyboard.press('Enter');
  await tokens.getByRole('textbox', { name: 'The token “nightly”' }).waitFor();
  const answer = await browser.request.post(`${world.server.url}/api/auth/sign-in/email`, {
    headers: { origin: world.server.url },
    data: { email: 'chien@example.org', password },
  });
  expect(answer.status()).toBe(200);
  await tokens.evaluate("dispatchEvent(new Event('visibilitychange'))");
  await tokens.getByRole('button', { name: 'Your account: Chien' }).waitFor();
  await tokens.getByText('No tokens yet').waitFor();
  expect(await tokens.getByRole('textbox', { name: 'The token “nightly”' }).count()).toBe(0);
});

test('B8: the activity of a notebook leads to the sign-in and back', async () => {
  const browser = await newPerson('Barbara', 'barbara@example.org');
  const notebook = await openNotebook(browser);
  const address = `${notebook.url()}/activity`;
  const page = await (await world.nobody()).newPage();
  await page.goto(address);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signInAs(page, 'barbara@example.org', password);
  await page.getByRole('heading', { name: 'Activity' }).waitFor();
  expect(page.url()).toBe(address);
});

test('B9: whoever gives up a link that does not work just now comes to their notebooks', async () => {
  const browser = await newPerson('Jane', 'jane@example.org');
  const page = await browser.newPage();
  await page.route('**/join', (route) => route.fulfill({ status: 503 }));
  await page.goto(`${world.server.url}/notebooks/${'0'.repeat(32)}#join=secret`);
  await page.getByRole('heading', { name: 'The notebook could not be opened' }).waitFor();
  await page.getByRole('link', { name: 'All notebooks' }).click();
  await page.getByRole('heading', { name: 'Notebooks' }).waitFor();
});

test('B11: nobody becomes somebody else by a link without being asked', async () => {
  await newPerson('Ruth', 'ruth@example.org');
  const link = await passwordLinkFor('Ruth');
  const browser = await newPerson('Dorothy', 'dorothy@example.org');
  const page = await browser.newPage();
  await page.goto(link);
  await page.getByRole('heading', { name: 'You are signed in as Dorothy' }).waitFor();
  await page.getByRole('button', { name: 'Stay as you are' }).click();
  await page.getByRole('button', { name: 'Your account: Dorothy' }).waitFor();
  // The link is not used up.
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in by the link' }).click();
  await page.getByLabel('New password').waitFor();
  await page.getByRole('button', { name: 'Your account: Ruth' }).waitFor();
});
