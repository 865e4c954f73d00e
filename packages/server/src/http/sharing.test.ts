/** Sharing over HTTP: what owners are told of people, who is put out, and what other servers hear. */
import { Member, Sharing } from '@rnb/protocol';
import { expect, test } from 'vitest';
import { callRoute, type HttpWorld, openHttpWorld, tokens } from '../../test/http-world.ts';

const asOwner = (world: HttpWorld, method: string, path: string, body?: object) =>
  callRoute(world, method, `/api/notebooks/{id}${path}`, {
    token: tokens.owner,
    ...(body && { body }),
  });

const trailOf = async (world: HttpWorld) =>
  (await world.auditLog.list({ notebook: world.notebook }, { limit: 9 })).map(
    ({ action, actorName, detail }) => ({ action, actorName, detail }),
  );

test('an address that nobody has proven is not shown to owners, nor written into their trail', async () => {
  await using world = await openHttpWorld();
  const id = world.userId('stranger');
  await world.people.welcome({
    id,
    name: 'Ada',
    email: 'ada@victim.example',
    emailVerified: false,
  });
  await world.sharing.join(world.notebook, world.ids.linkId, id);
  await asOwner(world, 'POST', '/members', { userId: id, role: 'editor' });
  const { text } = await asOwner(world, 'GET', '/sharing');
  expect(Sharing.parse(JSON.parse(text)).links[0]?.people).toEqual([
    { id, name: 'Ada', email: null },
  ]);
  expect(text + JSON.stringify(await trailOf(world))).not.toContain('victim');
});

test('whoever knows an id does not learn the address that goes with it', async () => {
  await using world = await openHttpWorld();
  const userId = world.userId('stranger');
  const email = `${userId}@example.org`;
  const byId = await asOwner(world, 'POST', '/members', { userId, role: 'viewer' });
  expect(Member.parse(JSON.parse(byId.text)).person).toEqual({
    id: userId,
    name: 'stranger',
    email: null,
  });
  expect(await trailOf(world)).toMatchObject([
    { action: 'member_added', detail: 'stranger as viewer' },
  ]);
  const byAddress = await asOwner(world, 'POST', '/members', { email, role: 'viewer' });
  expect(Member.parse(JSON.parse(byAddress.text)).person).toMatchObject({ id: userId, email });
  expect(await trailOf(world)).toMatchObject([
    { action: 'member_changed', detail: `stranger (${email}) as viewer` },
    { action: 'member_added' },
  ]);
});

test('one who came by a link is put out, and the others stay', async () => {
  await using world = await openHttpWorld();
  const [out, stays] = [world.userId('stranger'), world.userId('revoked')];
  for (const id of [out, stays]) await world.sharing.join(world.notebook, world.ids.linkId, id);
  world.heard.length = 0;
  expect((await asOwner(world, 'DELETE', `/people/${out}`)).status).toBe(204);
  expect(world.heard).toEqual([{ type: 'access_changed', notebook: world.notebook }]);
  const statusOf = async (token: string) =>
    (await callRoute(world, 'GET', '/api/notebooks/{id}', { token })).status;
  expect([await statusOf(tokens.stranger), await statusOf(tokens.revoked)]).toEqual([403, 200]);
  expect(await trailOf(world)).toMatchObject([{ action: 'member_removed', detail: 'stranger' }]);
  for (const nobody of [out, 'nobody', world.userId('owner')]) {
    expect((await asOwner(world, 'DELETE', `/people/${nobody}`)).status).toBe(404);
  }
});

test('that a notebook was deleted, or is back, is told to the other servers', async () => {
  await using world = await openHttpWorld();
  const told = [{ type: 'access_changed', notebook: world.notebook }];
  for (const [method, path, status] of [
    ['DELETE', '', 204],
    ['POST', '/restore', 200],
  ] as const) {
    world.heard.length = 0;
    expect((await asOwner(world, method, path)).status).toBe(status);
    expect(world.heard).toEqual(told);
  }
});
