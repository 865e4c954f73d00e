import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { splitUpdate } from './split-update.ts';

/** A document with a hundred texts of 1,000 characters each, half of every one deleted again. */
function edited(): Y.Doc {
  const doc = new Y.Doc();
  const cells = doc.getMap<Y.Text>('cells');
  for (let index = 0; index < 100; index += 1) {
    const text = new Y.Text();
    cells.set(`c${index}`, text);
    text.insert(0, `${index}`.repeat(500).padEnd(1_000, '.'));
    text.delete(0, 500);
  }
  return doc;
}

test('the parts are small and add up to the whole, whatever was there before', () => {
  const doc = edited();
  const update = Y.encodeStateAsUpdate(doc);
  const parts = splitUpdate(update, 5_000);
  expect(parts.length).toBeGreaterThan(10);
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(5_500);

  const other = new Y.Doc();
  other.getMap('cells').set('theirs', new Y.Text('kept'));
  for (const part of parts) {
    Y.applyUpdate(other, part);
    // No part waits for a later one.
    expect(other.store.pendingStructs).toBeNull();
    expect(other.store.pendingDs).toBeNull();
  }
  expect(other.getMap('cells').toJSON()).toEqual({
    ...doc.getMap('cells').toJSON(),
    theirs: 'kept',
  });
  expect(Y.encodeStateVector(other).length).toBeGreaterThan(Y.encodeStateVector(doc).length);
});

test('a difference to an earlier state is split as well', () => {
  const doc = edited();
  const before = Y.encodeStateVector(doc);
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  for (let index = 0; index < 50; index += 1) {
    doc.getMap('more').set(`${index}`, 'x'.repeat(1_000));
  }
  const parts = splitUpdate(Y.encodeStateAsUpdate(doc, before), 5_000);
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(5_500);
  for (const part of parts) Y.applyUpdate(copy, part);
  expect(copy.getMap('more').toJSON()).toEqual(doc.getMap('more').toJSON());
});

test.each<[string, (doc: Y.Doc) => void]>([
  ['a small one', (doc) => doc.getText('t').insert(0, 'x')],
  [
    'one of several clients',
    (doc) => {
      doc.getText('t').insert(0, 'x'.repeat(6_000));
      doc.clientID += 1;
      doc.getText('t').insert(0, 'y');
    },
  ],
])('%s stays whole', (_, edit) => {
  const doc = new Y.Doc();
  edit(doc);
  const update = Y.encodeStateAsUpdate(doc);
  expect(splitUpdate(update, 5_000)).toEqual([update]);
});
