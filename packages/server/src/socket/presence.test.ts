import * as encoding from 'lib0/encoding';
import { beforeEach, describe, expect, test } from 'vitest';
import { Awareness, applyAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { Presence, type PresenceSource } from './presence.ts';

const first: PresenceSource = { user: { id: 'u1', name: 'First' } };
const second: PresenceSource = { user: { id: 'u2', name: 'Second' } };

let presence: Presence;
let told: { states: unknown[]; source: unknown }[];

beforeEach(() => {
  told = [];
  presence = new Presence((update, source) => told.push({ states: statesOf(update), source }));
});

/** An awareness update as a client may write one, however wrong. */
function saying(...entries: [client: number, clock: number, state: string][]): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, entries.length);
    for (const [client, clock, state] of entries) {
      encoding.writeVarUint(encoder, client);
      encoding.writeVarUint(encoder, clock);
      encoding.writeVarString(encoder, state);
    }
  });
}

/** What another client would then know. */
function statesOf(update: Uint8Array | null): unknown[] {
  if (update === null) return [];
  const awareness = new Awareness(new Y.Doc());
  awareness.setLocalState(null);
  applyAwarenessUpdate(awareness, update, null);
  const states = [...awareness.getStates().values()];
  awareness.destroy();
  return states;
}

const everybody = () => statesOf(presence.everybody());

test('S9: id and name are stamped over what the client says', () => {
  const claimed = { cell: 'c1', user: { id: 'u2', name: 'Second', admin: true } };
  presence.accept(saying([7, 1, JSON.stringify(claimed)]), first);
  expect(everybody()).toEqual([{ cell: 'c1', user: { id: 'u1', name: 'First' } }]);
  expect(told).toEqual([{ states: everybody(), source: first }]);
});

describe('S9, B8: a source speaks for one client, its own', () => {
  beforeEach(() => presence.accept(saying([7, 1, '{"cell":"mine"}']), first));

  test.each<[string, Uint8Array]>([
    ['a newer state', saying([7, 99, '{"cell":"stolen"}'])],
    ['its removal', saying([7, 99, 'null'])],
    [
      'a state behind one of its own',
      saying([8, 1, '{"cell":"own"}'], [7, 99, '{"cell":"stolen"}']),
    ],
  ])("%s of another person's is dropped", (_, update) => {
    presence.accept(update, second);
    expect(everybody()).toContainEqual({ cell: 'mine', user: first.user });
    expect(JSON.stringify(told)).not.toContain('stolen');
  });

  test('of many states only the first is its own', () => {
    const states = Array.from({ length: 300 }, (_, client): [number, number, string] => [
      1_000 + client,
      1,
      '{}',
    ]);
    presence.accept(saying(...states), second);
    expect(everybody()).toHaveLength(2);
    presence.accept(saying([5_000, 1, '{}']), second);
    expect(everybody()).toHaveLength(2);
  });

  test('a reconnected client of the same person takes over, and its old socket takes nothing along', () => {
    const again: PresenceSource = { user: first.user };
    presence.accept(saying([7, 2, '{"cell":"again"}']), again);
    presence.remove(first);
    expect(everybody()).toEqual([{ cell: 'again', user: first.user }]);
    presence.remove(again);
    expect(everybody()).toEqual([]);
  });

  test('who left is told, and may not be spoken for until then', () => {
    presence.remove(first);
    expect(told.at(-1)).toEqual({ states: [], source: null });
    expect(presence.everybody()).toBeNull();
  });
});

describe('what is no presence is refused whole', () => {
  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['a count without states', new Uint8Array([3])],
    ['a count of 2^53', new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['a state that is no JSON', saying([7, 1, '{'])],
    ['a list', saying([7, 1, '[]'])],
    ['text', saying([7, 1, '"here"'])],
    ['a number', saying([7, 1, '1e999'])],
    ['too many bytes', saying([7, 1, JSON.stringify({ cell: 'x'.repeat(17_000) })])],
    ['10^4 levels', saying([7, 1, `${'['.repeat(8_000)}${']'.repeat(8_000)}`])],
  ])('%s', (_, update) => {
    expect(() => presence.accept(update, first)).toThrow();
    expect(presence.everybody()).toBeNull();
    expect(told).toEqual([]);
  });

  test('C15: a __proto__ in a state pollutes nothing', () => {
    presence.accept(
      saying([7, 1, '{"__proto__":{"polluted":1},"constructor":{"prototype":{}}}']),
      first,
    );
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect(everybody()).toMatchObject([{ user: first.user }]);
  });
});
