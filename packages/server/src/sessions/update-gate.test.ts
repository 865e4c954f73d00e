import { createDocument, type NotebookDocument, openDocument } from '@rnb/document';
import { limits } from '@rnb/protocol';
import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { UpdateGate } from './update-gate.ts';

const { maxCellsPerNotebook, maxCellSourceLength } = limits;

function notebook(codes: string[]): NotebookDocument {
  const cells = codes.map((code) => ({ kind: 'python' as const, code }));
  return openDocument(createDocument({ title: 'Test', cells }));
}

/** The update that a client with the same document sends for its change. */
function updateOf(document: NotebookDocument, change: (client: NotebookDocument) => void) {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(document.doc));
  const before = Y.encodeStateVector(doc);
  const client = openDocument(doc);
  client.transact(() => change(client));
  return Y.encodeStateAsUpdate(doc, before);
}

function firstCell(client: NotebookDocument) {
  const cell = client.cells()[0];
  if (cell === undefined) throw new Error('There is no cell.');
  return cell;
}

function insert(client: NotebookDocument, count: number): void {
  for (let i = 0; i < count; i += 1) client.insertCell({ kind: 'python', code: '' });
}

test.each<[string, string[], (client: NotebookDocument) => void, string]>([
  [
    'a cell that grows too long',
    ['x'],
    (client) => client.setCode(firstCell(client).id, 'x'.repeat(maxCellSourceLength + 1)),
    'A cell holds at most 1,000,000 characters',
  ],
  [
    'a new cell that is too long',
    [],
    (client) => client.insertCell({ kind: 'python', code: 'x'.repeat(maxCellSourceLength + 1) }),
    'A cell holds at most 1,000,000 characters',
  ],
  [
    'one cell too many',
    ['x'],
    (client) => insert(client, maxCellsPerNotebook),
    'A notebook holds at most 10,000 cells',
  ],
])('%s is refused, and the next edit is not', (_, codes, change, says) => {
  const document = notebook(codes);
  const gate = new UpdateGate(document);
  expect(() => gate.check(updateOf(document, change))).toThrow(says);
  expect(() => gate.check(updateOf(document, (client) => insert(client, 1)))).not.toThrow();
});

test('as much as fits is taken', () => {
  const document = notebook(['x']);
  const gate = new UpdateGate(document);
  const full = updateOf(document, (client) => {
    client.setCode(firstCell(client).id, 'x'.repeat(maxCellSourceLength));
    insert(client, maxCellsPerNotebook - 1);
  });
  expect(() => gate.check(full)).not.toThrow();
});

test('what lies beside the cells is bounded too, and may be taken away again', () => {
  const document = notebook(['x']);
  const gate = new UpdateGate(document, 10_000);
  const junk = (length: number) => (client: NotebookDocument) =>
    client.doc.getMap('meta').set('junk', 'x'.repeat(length));
  const accept = (change: (client: NotebookDocument) => void) => {
    const update = updateOf(document, change);
    gate.check(update);
    Y.applyUpdate(document.doc, update);
    gate.follow(update);
  };
  expect(() => accept(junk(20_000))).toThrow('A notebook holds at most 64 MB');
  // Each of them replaces the one before, so that the document stays small.
  for (let i = 0; i < 10; i += 1) accept(junk(6_000));
  expect(() =>
    accept((client) => client.doc.getMap('other').set('junk', 'x'.repeat(6_000))),
  ).toThrow('A notebook holds at most 64 MB');
  accept(junk(10));
});

test('in a document that is too large text may be deleted character by character', () => {
  const document = notebook(['x'.repeat(20_000)]);
  const gate = new UpdateGate(document, 10_000);
  for (let i = 0; i < 5; i += 1) {
    const update = updateOf(document, (client) => firstCell(client).text.delete(7_000, 1));
    expect(() => gate.check(update)).not.toThrow();
    Y.applyUpdate(document.doc, update);
    gate.follow(update);
  }
  const longer = updateOf(document, (client) => firstCell(client).text.insert(0, 'y'));
  expect(() => gate.check(longer)).toThrow('A notebook holds at most 64 MB');
});

test('a cell that is too long already may be shortened', () => {
  const document = notebook(['x'.repeat(maxCellSourceLength + 100)]);
  const shorter = updateOf(document, (client) => firstCell(client).text.delete(0, 10));
  expect(() => new UpdateGate(document).check(shorter)).not.toThrow();
});
