/** Draws the pictures of docs/sharing.md anew: `node e2e/sharing-pictures.ts`, after `npm run build`. */
import { dirname, join } from 'node:path';
import { World } from './world.ts';

const folder = join(dirname(import.meta.dirname), 'docs/images');
const world = await World.open();
try {
  const id = await world.api.createNotebook('Quarterly figures', 'demo');
  const path = `/api/notebooks/${id}`;
  const [ann, bob] = [await world.person('Ann Alder'), await world.person('Bob Birch')];
  const invited = { [ann.email]: 'editor', 'cy@example.org': 'runner' };
  for (const [email, role] of Object.entries(invited)) {
    await world.api.request('POST', `${path}/members`, { email, role });
  }
  const { page } = await world.owner().openNotebook(id);
  await page.setViewportSize({ width: 900, height: 800 });
  await page.getByRole('button', { name: 'Share' }).click();
  const dialog = page.getByRole('dialog', { name: /^Share/ });
  await dialog.getByRole('button', { name: 'Make a link' }).click();
  await dialog.getByRole('button', { name: /^Copy link/ }).waitFor();
  await page.getByLabel('Email addresses').focus();
  await dialog.screenshot({ path: join(folder, 'share-dialog.png') });
  await ann.request('POST', `${path}/run`, { cells: 'all' });
  const activity = await world.owner().open(`/notebooks/${id}/activity`);
  await activity.setViewportSize({ width: 900, height: 480 });
  await activity.getByText('made the notebook').waitFor();
  await activity.screenshot({ path: join(folder, 'activity.png') });
  await world.api.request('POST', `${path}/members`, { email: bob.email, role: 'viewer' });
  const list = await bob.open('/');
  await list.setViewportSize({ width: 900, height: 340 });
  await list.getByText('Quarterly figures').waitFor();
  await list.screenshot({ path: join(folder, 'shared-with-me.png') });
} finally {
  await world.close();
}
