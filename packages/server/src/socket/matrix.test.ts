/** Everybody against every message of the socket (A1, B2, B4): who may send what, and that nothing comes of the rest. */
import { once } from 'node:events';
import { ClientMessage, closeCode, protocolVersion, ServerMessage } from '@rnb/protocol';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';
import {
  type HttpWorld,
  openHttpWorld,
  type PersonName,
  people,
  tokens,
} from '../../test/http-world.ts';
import { encodeAwareness, encodeStep1, encodeUpdate } from './binary-frame.ts';

type Person = PersonName | 'anonymous';
const everybody: Person[] = ['anonymous', ...people];
const viewers: Person[] = ['owner', 'editor', 'runner', 'viewer'];
const runners: Person[] = ['owner', 'editor', 'runner'];
const editors: Person[] = ['owner', 'editor'];

interface Row {
  message: string;
  frame(world: HttpWorld, person: Person): string | Uint8Array;
  may: Person[];
}

const json = (message: object) => () => JSON.stringify(message);

/** Every message that a client can send after its hello, and who may. */
const rows: Row[] = [
  {
    message: 'authenticate',
    frame: (_, person) =>
      JSON.stringify({
        type: 'authenticate',
        token: person === 'anonymous' ? 'x' : tokens[person],
      }),
    may: viewers,
  },
  { message: 'run_cells', frame: json({ type: 'run_cells', id: 1, cells: 'all' }), may: runners },
  {
    message: 'commit_cells',
    frame: ({ cell }) => JSON.stringify({ type: 'commit_cells', id: 1, cells: [cell] }),
    may: runners,
  },
  { message: 'interrupt', frame: json({ type: 'interrupt', id: 1 }), may: runners },
  { message: 'restart', frame: json({ type: 'restart', id: 1 }), may: runners },
  { message: 'document update', frame: (world) => encodeUpdate(typing(world)), may: editors },
  {
    message: 'document state',
    frame: () => encodeStep1(Y.encodeStateVector(new Y.Doc())),
    may: viewers,
  },
  { message: 'presence', frame: () => encodeAwareness(presence()), may: viewers },
];

function typing({ session }: HttpWorld): Uint8Array {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(session.document.doc));
  const before = Y.encodeStateVector(doc);
  const [cell] = doc.getMap('cells').values();
  if (cell instanceof Y.Map) cell.get('code').insert(0, 'typed');
  return Y.encodeStateAsUpdate(doc, before);
}

function presence(): Uint8Array {
  const awareness = new Awareness(new Y.Doc());
  awareness.setLocalState({ cell: 'c' });
  const update = encodeAwarenessUpdate(awareness, [awareness.clientID]);
  awareness.destroy();
  return update;
}

/** What becomes of one frame behind a hello: the close code, or null where the socket stays, and the replies. */
async function send(world: HttpWorld, person: Person, frame: string | Uint8Array) {
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}/ws/notebooks/${world.notebook}`);
  const heard: ServerMessage[] = [];
  let frames = 0;
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) frames += 1;
    else heard.push(ServerMessage.parse(JSON.parse(data.toString())));
  });
  const closed = once(socket, 'close').then(([code]: number[]) => code ?? 0);
  await once(socket, 'open');
  const token = person === 'anonymous' ? {} : { token: tokens[person] };
  socket.send(JSON.stringify({ type: 'hello', protocol: protocolVersion, ...token }));
  socket.send(frame);
  // A ping is answered in order, behind whatever the frame brought about; a command by its reply.
  socket.send(JSON.stringify({ type: 'interrupt', id: 99 }));
  const last = new Promise<null>((resolve) => {
    socket.on('message', () => {
      if (heard.some((message) => message.type === 'reply' && message.id === 99)) resolve(null);
    });
  });
  const code = await Promise.race([closed, last]);
  socket.terminate();
  const reply = heard.find((message) => message.type === 'reply' && message.id === 1);
  const problem = reply?.type === 'reply' ? reply.problem : null;
  return { code, problem, heard: heard.length + frames };
}

test('there is a row for every message of the protocol', () => {
  const types = ClientMessage.options.map(({ shape }) => shape.type.value);
  const tested = ['hello', ...rows.map(({ message }) => message)];
  expect(types.filter((type) => !tested.includes(type))).toEqual([]);
});

describe.each(rows)('$message', ({ frame, may }) => {
  test.each(everybody)('%s', async (person) => {
    await using world = await openHttpWorld();
    const member = await world.sharing.addMember(
      world.notebook,
      world.userId('owner'),
      { userId: world.userId('revoked'), email: null },
      { role: 'editor', mayUseConnections: true },
    );
    await world.sharing.removeMember(world.notebook, world.userId('owner'), member);
    const codeOf = () => world.session.document.cells().map(({ text }) => text.toString());
    const before = codeOf();

    const { code, problem, heard } = await send(world, person, frame(world, person));
    if (may.includes(person)) {
      expect([code, problem]).toEqual([null, null]);
      return;
    }
    // Nothing was done, and who has no access was told nothing at all.
    expect(codeOf()).toEqual(before);
    expect(world.session.commands.filter((command) => command.id === 1)).toEqual([]);
    expect(world.session.reached).not.toContain('applyUpdate');
    if (!viewers.includes(person)) {
      const expected = person === 'anonymous' ? closeCode.unauthenticated : closeCode.forbidden;
      expect([code, heard]).toEqual([expected, 0]);
    } else if (code === null) expect(problem?.code).toBe('forbidden');
    else expect(code).toBe(closeCode.forbidden);
  });
});

describe('whoever has it no longer gets no further than the hello, and is told nothing', () => {
  test('a notebook that was deleted', async () => {
    await using world = await openHttpWorld();
    await world.store.deleteNotebook(world.notebook, world.userId('owner'));
    expect(await send(world, 'editor', '')).toMatchObject({ code: closeCode.notFound, heard: 0 });
    expect(await send(world, 'stranger', '')).toMatchObject({
      code: closeCode.forbidden,
      heard: 0,
    });
    expect(world.session.reached).toEqual([]);
  });

  test('a link that has expired', async () => {
    await using world = await openHttpWorld();
    await world.sharing.join(world.notebook, world.ids.linkId, world.userId('stranger'));
    expect((await send(world, 'stranger', encodeAwareness(presence()))).heard).toBeGreaterThan(0);
    await world.expireLinks();
    const before = world.session.reached.length;
    expect(await send(world, 'stranger', '')).toMatchObject({
      code: closeCode.forbidden,
      heard: 0,
    });
    expect(world.session.reached.length).toBe(before);
  });

  test('a person who is signed out', async () => {
    await using world = await openHttpWorld();
    world.endSignIn('editor');
    const { unauthenticated } = closeCode;
    expect(await send(world, 'editor', '')).toMatchObject({ code: unauthenticated, heard: 0 });
    expect(world.session.reached).toEqual([]);
  });
});

test('S10, B1: what is not there closes as what is not shared', async () => {
  await using world = await openHttpWorld();
  const shared = await send(world, 'stranger', '');
  world.notebook = 'f'.repeat(32);
  expect(await send(world, 'stranger', '')).toEqual(shared);
});
