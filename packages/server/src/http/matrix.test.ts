/** Who may call what: everybody against every route, and what strangers can tell from the answers (A1, B1, B3, B6). */
import { Problem } from '@rnb/protocol';
import { describe, expect, test } from 'vitest';
import {
  callRoute,
  createToken,
  type HttpWorld,
  openHttpWorld,
  type PersonName,
  people,
  tokens,
} from '../../test/http-world.ts';
import { nameOf, reaches, routes, type TestedRoute, tokenRoutes } from '../../test/route-table.ts';

/** Who has been in the notebook and was put out again. */
async function openMatrixWorld(): Promise<HttpWorld> {
  const world = await openHttpWorld();
  const who = { userId: world.userId('revoked'), email: null };
  const terms = { role: 'editor', mayUseConnections: true } as const;
  const owner = world.userId('owner');
  const member = await world.sharing.addMember(world.notebook, owner, who, terms);
  await world.sharing.removeMember(world.notebook, owner, member);
  return world;
}

function bodyFor(world: HttpWorld, { body }: TestedRoute): { body: object } | undefined {
  if (body === undefined) return undefined;
  const text = JSON.stringify(body).replace('{viewer}', world.userId('viewer'));
  return { body: JSON.parse(text) };
}

async function callAs(world: HttpWorld, person: PersonName | null, route: TestedRoute) {
  const { method, path } = route;
  const token = person === null ? {} : { token: tokens[person] };
  return callRoute(world, method, path, { ...token, ...bodyFor(world, route) });
}

describe.each(routes.filter(({ provesNothing }) => !provesNothing))('$method $path', (route) => {
  test('anonymous', async () => {
    await using world = await openMatrixWorld();
    const { status, headers, text } = await callAs(world, null, route);
    if (route.may === 'anybody') {
      expect(status).toBe(200);
      return;
    }
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(Problem.parse(JSON.parse(text)).code).toBe('unauthenticated');
  });

  test.each(people)('%s', async (person) => {
    // A world of its own: the route may delete what others need.
    await using world = await openMatrixWorld();
    if (route.path.includes('{tokenId}')) {
      world.ids.tokenId = await createToken(world.tokenStore, world.userId(person));
    }
    world.ids.sessionId = await world.openSession(person);
    const answer = await callAs(world, person, route);
    if (route.may === 'anybody' || route.may.includes(person)) {
      expect([answer.status, answer.text]).toSatisfy(([status]) => status < 300);
      const asked = reaches[nameOf(route)];
      if (asked !== undefined) expect(world.session.reached).toContain(asked);
      return;
    }
    expect(world.session.reached).toEqual([]);
    const owns = person === 'owner';
    expect(answer.status).toBe(owns ? 409 : 403);
    if (owns || route.path.endsWith('/join')) return;
    if (person !== 'stranger' && person !== 'revoked') return;
    // The same as of a notebook that was never there.
    const { notebook } = world;
    world.notebook = 'f'.repeat(32);
    const absent = await callAs(world, person, route);
    expect([absent.status, absent.text]).toEqual([answer.status, answer.text]);
    world.notebook = notebook;
  });
});

/** An API token of somebody, for so much. */
async function tokenOf(world: HttpWorld, person: PersonName, scope: 'read' | 'run' | 'edit') {
  const expiresAt = new Date(Date.now() + 60_000);
  const terms = { name: scope, scope, expiresAt };
  const made = await world.tokenStore.create(world.userId(person), terms);
  if (!made) throw new Error('Too many tokens');
  return made;
}

const signedIn = routes.filter(({ may }) => may !== 'anybody');

describe('A1: what the owner’s API tokens may do, by their scope', () => {
  const scopes = ['read', 'run', 'edit'] as const;
  test.each(scopes)('%s', async (scope) => {
    await using world = await openMatrixWorld();
    const { token, record } = await tokenOf(world, 'owner', scope);
    const enough = scopes.slice(0, scopes.indexOf(scope) + 1).flatMap((one) => tokenRoutes[one]);
    const outcomes: [string, boolean][] = [];
    for (const route of signedIn) {
      const { reached } = world.session;
      const before = reached.length;
      const options = { token, ...bodyFor(world, route) };
      const { status } = await callRoute(world, route.method, route.path, options);
      const refused = status === 403 && reached.length === before;
      outcomes.push([nameOf(route), refused ? false : status < 300]);
    }
    await world.tokenStore.revoke(world.userId('owner'), record.id);
    expect(outcomes).toEqual(
      signedIn.map((route) => [nameOf(route), enough.includes(nameOf(route))]),
    );
  });
});

describe('A1: whoever has it no longer is refused everywhere, and nothing comes of it', () => {
  const inNotebook = routes.filter(({ path }) => path.startsWith('/api/notebooks/{id}'));

  async function statusesFor(world: HttpWorld, token: string, tried = inNotebook) {
    const { reached } = world.session;
    const before = reached.length;
    const statuses = new Map<string, number>();
    for (const route of tried) {
      const options = { token, ...bodyFor(world, route) };
      const { status } = await callRoute(world, route.method, route.path, options);
      statuses.set(nameOf(route), status);
    }
    expect(reached.slice(before)).toEqual([]);
    return statuses;
  }
  const all = (status: number, tried = inNotebook) =>
    new Map(tried.map((route) => [nameOf(route), status]));

  test('a blocked person, by their tokens', async () => {
    await using world = await openMatrixWorld();
    const { token } = await tokenOf(world, 'runner', 'edit');
    const ask = () => callRoute(world, 'GET', '/api/notebooks/{id}', { token });
    expect((await ask()).status).toBe(200);
    const body = { isBlocked: true };
    await callRoute(world, 'PATCH', '/api/people/{personId}', { token: tokens.owner, body });
    expect(await statusesFor(world, token, signedIn)).toEqual(all(401, signedIn));
  });

  test('who came by a link that has expired', async () => {
    await using world = await openMatrixWorld();
    const terms = { role: 'editor', mayUseConnections: true } as const;
    const expiresAt = new Date(Date.now() + 60_000);
    const owner = world.userId('owner');
    const { id } = await world.sharing.createLink(world.notebook, owner, { ...terms, expiresAt });
    await world.sharing.join(world.notebook, id, world.userId('stranger'));
    const token = tokens.stranger;
    expect((await callRoute(world, 'GET', '/api/notebooks/{id}', { token })).status).toBe(200);
    await world.expireLinks();
    expect(await statusesFor(world, token)).toEqual(all(403));
  });

  test('everybody, of a notebook that was deleted', async () => {
    await using world = await openMatrixWorld();
    await callRoute(world, 'DELETE', '/api/notebooks/{id}', { token: tokens.owner });
    const gone = all(404);
    // Neither is asked by whoever has the notebook.
    for (const way of ['restore', 'join']) gone.set(`POST /api/notebooks/{id}/${way}`, 403);
    expect(await statusesFor(world, tokens.editor)).toEqual(gone);
    expect(await statusesFor(world, tokens.stranger)).toEqual(all(403));
  });
});

const ofNotebook = routes.filter(({ path }) => path.startsWith('/api/notebooks/{id}/'));

describe('B3 what belongs to another notebook', () => {
  test.each(ofNotebook.filter(({ path }) => /\{(cellId|memberId|linkId)\}/.test(path)))(
    '$method $path',
    async (route) => {
      await using other = await openMatrixWorld();
      await using own = await openMatrixWorld();
      const { ids, cell } = own;
      other.ids = ids;
      other.cell = cell === other.cell ? 'elsewhere' : cell;
      const { status } = await callAs(other, 'owner', route);
      expect(status).toBe(404);
    },
  );
});

describe('B6 what only the server decides', () => {
  test.each(routes.filter(({ body }) => body !== undefined))('$method $path', async (route) => {
    await using world = await openMatrixWorld();
    const body = bodyFor(world, route)?.body ?? {};
    for (const field of ['ownerId', 'id', 'createdAt', '__proto__']) {
      const { method, path } = route;
      const text = JSON.stringify({ ...body }).replace(/\}$/, (end) =>
        Object.keys(body).length === 0 ? `"${field}":"x"${end}` : `,"${field}":"x"${end}`,
      );
      const answer = await callRoute(world, method, path, { token: tokens.owner, body: text });
      expect([nameOf(route), field, answer.status]).toSatisfy(([, , status]) =>
        [400, 422].includes(Number(status)),
      );
    }
  });
});
