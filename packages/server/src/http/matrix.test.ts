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
import { nameOf, routes, type TestedRoute } from '../../test/route-table.ts';

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
      return;
    }
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
