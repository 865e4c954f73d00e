import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { portalHost } from './clerk-double/clerk-double.ts';
import { ClerkWorld } from './clerk-world.ts';

let world: ClerkWorld;

beforeAll(async () => {
  world = await ClerkWorld.open();
});

afterEach(() => {
  world.clerk.tokenLifeSeconds = 60;
  world.clerk.down = false;
  expect(world.complaints.splice(0)).toEqual([]);
});

afterAll(async () => {
  await world.close();
});

const idOf = (page: Page) => new URL(page.url()).pathname.split('/').at(-1) ?? '';

/** A notebook of somebody's, whose only cell can be run. */
async function opened(person: Awaited<ReturnType<ClerkWorld['person']>>, title: string) {
  const notebook = await world.openFromList(person.context, title);
  const { page } = notebook;
  const cell = (await notebook.firstCell().getAttribute('data-cell')) ?? '';
  return {
    page,
    cell,
    notebook,
    async run(code: string, shows: string) {
      await notebook.rewrite(cell, code);
      await notebook.sees(cell, shows);
    },
  };
}

/** The sockets of a page from now on, and their frames. */
function listen(page: Page) {
  const sent: string[] = [];
  const received: string[] = [];
  const addresses: string[] = [];
  page.on('websocket', (socket) => {
    addresses.push(socket.url());
    socket.on('framesent', ({ payload }) => void sent.push(String(payload)));
    socket.on('framereceived', ({ payload }) => void received.push(String(payload)));
  });
  const countOf = (frames: string[], type: string) =>
    frames.filter((frame) => frame.startsWith('{') && JSON.parse(frame).type === type).length;
  return {
    addresses,
    sent: (type: string) => countOf(sent, type),
    received: (type: string) => countOf(received, type),
  };
}

test('whoever is not signed in is taken to Clerk, comes back to the page they wanted, and finds a demo and a blank notebook', async () => {
  const user = world.clerk.issuer.addUser({ firstName: 'Grace' });
  const page = await (await world.browser()).newPage();
  await page.goto(`${world.server.url}/?from=somewhere`);
  await world.signIn(page, user);
  await page.getByRole('heading', { name: 'Notebooks' }).waitFor();
  expect(page.url()).toBe(`${world.server.url}/?from=somewhere`);
  await page.getByRole('listitem').first().waitFor();
  expect(await page.getByRole('listitem').count()).toBe(2);
  await page.getByRole('button', { name: 'Open user menu' }).waitFor();
});

test('C20: whatever an address says, signing in leads back to this server alone', async () => {
  const user = world.clerk.issuer.addUser({ firstName: 'Katherine' });
  const page = await (await world.browser()).newPage();
  const address = `${world.server.url}/?redirect_url=https://evil.example/&next=//evil.example/`;
  await page.goto(address);
  await world.signIn(page, user);
  await page.getByRole('heading', { name: 'Notebooks' }).waitFor();
  expect(new URL(page.url()).origin).toBe(world.server.url);
});

test('a notebook opens and runs, and another person is refused as if it were not there', async () => {
  const ada = await world.person('Ada');
  const { page, ...notebook } = await opened(ada, 'Untitled');
  await notebook.run('6 * 7', '42');

  const bob = await world.person('Bob');
  const words = async (id: string) => {
    const other = await bob.context.newPage();
    await other.goto(`${world.server.url}/notebooks/${id}`);
    await other.getByRole('heading', { name: 'No access' }).waitFor();
    const text = await other.getByRole('main').textContent();
    await other.close();
    return text;
  };
  expect(await words(idOf(page))).toBe(await words('0'.repeat(32)));
});

test('C4: while a notebook is open its sign-in is renewed again and again, over one socket', async () => {
  world.clerk.tokenLifeSeconds = 4;
  const { page } = await opened(await world.person('Emmy'), 'Untitled');
  const frames = listen(page);
  await page.reload();
  // By the third time the token of the hello is over.
  await expect.poll(() => frames.received('authenticated')).toBe(3);
  expect(frames.sent('hello')).toBe(1);
  expect(frames.received('welcome')).toBe(1);
  // A13: and nothing of it stands in an address.
  expect(frames.addresses).toEqual([
    page.url().replace('http', 'ws').replace('/notebooks/', '/ws/notebooks/'),
  ]);
});

test('C4: what was written offline is there after the sign-in was lost and made anew', async () => {
  const ada = await world.person('Ada');
  const { page, cell, notebook, run } = await opened(ada, 'Untitled');
  await run('"before"', "'before'");
  await notebook.isSaved();
  await ada.context.setOffline(true);
  await page.getByText('You are offline.').waitFor();
  await notebook.type(cell, '"written offline"');
  await world.clerk.revokeSessions(ada.user);
  await ada.context.setOffline(false);

  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await page.getByText('It is kept in this tab').waitFor();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await world.signIn(page, ada.user);
  await notebook.sees(cell, '"written offline"');
  await notebook.isSaved();
  // From the server, in another tab.
  const again = await opened(ada, 'Untitled');
  await again.notebook.sees(cell, '"written offline"');
});

test('signing out ends what is open in every tab, and leads to Clerk', async () => {
  const ada = await world.person('Ada');
  const { page } = await opened(ada, 'Untitled');
  const list = await ada.context.newPage();
  await list.goto(world.server.url);
  await list.getByRole('button', { name: 'Open user menu' }).click();
  await list.getByRole('button', { name: 'Sign out' }).click();
  await list.waitForURL(({ hostname }) => hostname === portalHost);
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  expect(await page.locator('[data-cell]').count()).toBe(0);
});

test('A16: an operator who ends a session in Clerk closes its sockets', async () => {
  const ada = await world.person('Ada');
  const { page } = await opened(ada, 'Untitled');
  await world.clerk.revokeSessions(ada.user);
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor({ timeout: 5_000 });
});

test('while Clerk is out of reach the page says so, and goes on when it is back', async () => {
  const page = await (await world.browser()).newPage();
  world.clerk.down = true;
  await page.goto(world.server.url);
  await page.getByRole('heading', { name: 'Nobody can sign in right now' }).waitFor();
  world.clerk.down = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.waitForURL(({ hostname }) => hostname === portalHost);
});

test('a page that nobody gave a publishable key says what to set', async () => {
  const page = await (await world.browser()).newPage();
  // No server of ours starts like that; a page built by somebody may come from elsewhere.
  await page.route('**/api/config', async (route) => {
    const response = await route.fetch();
    await route.fulfill({
      response,
      json: { ...(await response.json()), clerkPublishableKey: null },
    });
  });
  await page.goto(world.server.url);
  await page.getByRole('heading', { name: 'Sign-in is not set up yet' }).waitFor();
  await page.getByText('CLERK_PUBLISHABLE_KEY').waitFor();
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.waitForURL(({ hostname }) => hostname === portalHost);
});
