import { createDocument, openDocument } from '@rnb/document';
import { expect, test, vi } from 'vitest';
import * as Y from 'yjs';
import { StructureStore } from './structure.ts';

function open() {
  const document = openDocument(
    createDocument({
      title: 'T',
      cells: [
        { kind: 'python', code: 'a' },
        { kind: 'markdown', code: 'b' },
      ],
    }),
  );
  const structure = new StructureStore(document);
  const [first = '', second = ''] = structure.getOrder();
  return { document, structure, first, second };
}

test('typing wakes nobody', () => {
  const { document, structure, first } = open();
  const [order, cell] = [vi.fn(), vi.fn()];
  structure.subscribeOrder(order);
  structure.subscribeCell(first, cell);
  const before = structure.getOrder();
  document.setCode(first, 'abc');
  expect(structure.getOrder()).toBe(before);
  expect(order).not.toHaveBeenCalled();
  expect(cell).not.toHaveBeenCalled();
});

test('inserting, moving and removing give a new order', () => {
  const { document, structure, first, second } = open();
  const listener = vi.fn();
  structure.subscribeOrder(listener);
  const third = document.insertCell({ kind: 'python', after: first });
  expect(structure.getOrder()).toEqual([first, third, second]);
  document.moveCell(third, null);
  expect(structure.getOrder()).toEqual([third, first, second]);
  document.removeCell(first);
  expect(structure.getOrder()).toEqual([third, second]);
  expect(listener).toHaveBeenCalledTimes(3);
  expect(structure.getCell(first)).toBeUndefined();
});

test('a new kind or name wakes its own cell alone, and not the order', () => {
  const { document, structure, first, second } = open();
  const [order, own, other] = [vi.fn(), vi.fn(), vi.fn()];
  structure.subscribeOrder(order);
  structure.subscribeCell(first, own);
  structure.subscribeCell(second, other);
  const before = structure.getOrder();
  document.setKind(first, 'markdown');
  document.setName(first, 'intro');
  expect(structure.getCell(first)).toMatchObject({ kind: 'markdown', name: 'intro' });
  expect(structure.getOrder()).toBe(before);
  expect([order, own, other].map(({ mock }) => mock.calls.length)).toEqual([0, 2, 0]);
});

test('a deletion that is undone gives another text to bind to', () => {
  const { document, structure, first } = open();
  const undo = new Y.UndoManager([document.doc.getMap('cells')]);
  const before = structure.getCell(first)?.text;
  document.removeCell(first);
  undo.undo();
  const restored = structure.getCell(first)?.text;
  expect(restored?.toString()).toBe('a');
  expect(restored).not.toBe(before);
});

test('title, mode and whether resting runs wake their own listeners', () => {
  const { document, structure } = open();
  const listener = vi.fn();
  structure.subscribeMeta(listener);
  document.setTitle('New');
  document.setMode('lazy');
  document.setRunOnIdle(true);
  expect(structure.getMeta()).toEqual({ title: 'New', mode: 'lazy', runOnIdle: true });
  expect(listener).toHaveBeenCalledTimes(3);
});
