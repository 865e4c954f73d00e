import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { createDocument } from './create-document.ts';
import type { DocumentChange, NotebookDocument } from './notebook.ts';
import { openDocument } from './open-document.ts';

function notebook(...codes: string[]): NotebookDocument {
  const cells = codes.map((code) => ({ kind: 'python' as const, code }));
  return openDocument(createDocument({ title: 'Test', cells }));
}

function codes(document: NotebookDocument): string[] {
  return document.cells().map((cell) => cell.text.toString());
}

function idAt(document: NotebookDocument, position: number): string {
  return document.cells()[position]?.id ?? 'none';
}

describe('edits', () => {
  test('cells are inserted first, last and after another', () => {
    const document = notebook('a', 'c');
    document.insertCell({ kind: 'python', code: 'b', after: idAt(document, 0) });
    document.insertCell({ kind: 'python', code: 'first', after: null });
    document.insertCell({ kind: 'markdown', code: 'last' });
    expect(codes(document)).toEqual(['first', 'a', 'b', 'c', 'last']);
  });

  test.each([
    [0, 2, ['b', 'c', 'a']],
    [2, null, ['c', 'a', 'b']],
    [2, 0, ['a', 'c', 'b']],
    [1, 0, ['a', 'b', 'c']],
  ])('cell %i moved after %s', (from, after, expected) => {
    const document = notebook('a', 'b', 'c');
    document.moveCell(idAt(document, from), after === null ? null : idAt(document, after));
    expect(codes(document)).toEqual(expected);
  });

  test('a transaction sees its own edits and reports them once', () => {
    const document = notebook('a');
    const reports: [DocumentChange[], unknown][] = [];
    document.observe((changes, origin) => reports.push([changes, origin]));
    const a = idAt(document, 0);
    document.transact(() => {
      document.insertCell({ id: 'b', kind: 'python', code: 'b', after: null });
      document.insertCell({ id: 'c', kind: 'python', code: 'c', after: 'b' });
      document.setKind(a, 'markdown');
      document.setName(a, 'intro');
      document.setDisabled(a, true);
      document.setCode(a, 'A');
      document.setTitle('New');
      expect(codes(document)).toEqual(['b', 'c', 'A']);
    }, 'me');
    expect(reports).toEqual([
      [
        [
          { type: 'inserted', cell: 'b' },
          { type: 'inserted', cell: 'c' },
          { type: 'retyped', cell: a },
          { type: 'renamed', cell: a },
          { type: 'switched', cell: a },
          { type: 'typed', cell: a },
          { type: 'meta' },
        ],
        'me',
      ],
    ]);
  });

  test('cells with tying or impossible keys still leave room between them', () => {
    const document = notebook('a', 'b', 'c');
    const cells = document.doc.getMap<Y.Map<unknown>>('cells');
    cells.get(idAt(document, 1))?.set('order', '!');
    const [one, two, three] = document.cells();
    cells.get(three?.id ?? '')?.set('order', two?.order);
    const before = codes(document);
    document.insertCell({ kind: 'python', code: 'new', after: idAt(document, 1) });
    expect(codes(document)).toEqual(before.toSpliced(2, 0, 'new'));
    expect(one).toBeDefined();
  });

  test.each([
    ['', 'abc'],
    ['abc', ''],
    ['aaa', 'aa'],
    ['x = 1', 'x = 12'],
    ['😀', '😁'],
    ['a😀b', 'a😁b'],
    ['\ud83d\ude00', '\ud83e\ude00'],
    ['x', 'lone \ud800'],
  ])('setCode turns %j into %j for everybody', (from, to) => {
    const document = notebook(from);
    const peer = new Y.Doc();
    Y.applyUpdate(peer, Y.encodeStateAsUpdate(document.doc));
    document.setCode(idAt(document, 0), to);
    Y.applyUpdate(peer, Y.encodeStateAsUpdate(document.doc));
    expect(codes(document)).toEqual([to.toWellFormed()]);
    expect(codes(openDocument(peer))).toEqual([to.toWellFormed()]);
  });

  test('typing keeps the list of cells', () => {
    const document = notebook('a', 'b');
    const list = document.cells();
    list[0]?.text.insert(0, 'typed ');
    expect(document.cells()).toBe(list);
  });
});

test.each<[string, (cells: Y.Map<unknown>, good: Y.Map<unknown>) => void]>([
  ['a value that is no map', (cells) => cells.set('bad', 7)],
  ['an empty map', (cells) => cells.set('bad', new Y.Map())],
  ['an impossible id', (cells, good) => cells.set('a b', good.clone())],
  ['an unknown kind', (_, good) => good.set('kind', 'cobol')],
  ['code that is a string', (_, good) => good.set('code', 'x')],
  ['code that is markup', (_, good) => good.set('code', new Y.XmlText('x'))],
  ['an order that is a number', (_, good) => good.set('order', 1)],
])('%s is not a cell', (_, spoil) => {
  const document = notebook('fine');
  document.insertCell({ id: 'bad', kind: 'python', code: 'x' });
  const cells = document.doc.getMap('cells');
  const bad = cells.get('bad');
  if (!(bad instanceof Y.Map)) throw new Error('no cell to spoil');
  spoil(cells, bad);
  const survivors = codes(document).filter((code) => code === 'fine');
  expect(survivors).toEqual(['fine']);
  expect(codes(openDocument(document.doc))).toEqual(codes(document));
  expect(document.cells().every((cell) => cell.text instanceof Y.Text)).toBe(true);
  expect(document.cells().some((cell) => cell.id === 'a b')).toBe(false);
});

test('settings that are not what they should be are off', () => {
  const { doc } = notebook('a');
  for (const cell of doc.getMap('cells').values())
    if (cell instanceof Y.Map) cell.set('disabled', 1);
  doc.getMap('meta').set('runOnIdle', 'yes');
  const document = openDocument(doc);
  expect(document.cells().map(({ disabled }) => disabled)).toEqual([false]);
  expect(document.runOnIdle).toBe(false);
  document.setRunOnIdle(true);
  expect(openDocument(doc).runOnIdle).toBe(true);
});

type Edit = [who: number, what: number, cell: number, target: number];

function perform(document: NotebookDocument, [, what, cell, target]: Edit): void {
  const cells = document.cells();
  const id = cells[cell % Math.max(cells.length, 1)]?.id ?? 'none';
  const after = target === 0 ? null : (cells[target % Math.max(cells.length, 1)]?.id ?? null);
  if (what === 0) document.insertCell({ kind: 'python', code: `c${target}`, after });
  if (what === 1) document.removeCell(id);
  if (what === 2) document.moveCell(id, after);
  if (what === 3) document.setCode(id, `edited ${target}`);
  if (what === 4) document.setKind(id, target % 2 ? 'python' : 'markdown');
  if (what === 5) document.setName(id, `n${target}`);
  if (what === 6) document.setDisabled(id, target % 2 === 0);
}

test('people who edit at the same time end up with the same notebook', () => {
  const small = fc.nat(9);
  const edits = fc.array(fc.tuple(fc.nat(2), fc.nat(7), small, small), { maxLength: 60 });
  fc.assert(
    fc.property(edits, (script) => {
      const start = Y.encodeStateAsUpdate(notebook('a', 'b', 'c').doc);
      const people = [0, 1, 2].map(() => {
        const doc = new Y.Doc();
        Y.applyUpdate(doc, start);
        return openDocument(doc);
      });
      const meet = () => {
        const updates = people.map((person) => Y.encodeStateAsUpdate(person.doc));
        for (const person of people) for (const one of updates) Y.applyUpdate(person.doc, one);
      };
      for (const edit of script) {
        const person = people[edit[0]];
        if (edit[1] === 7) meet();
        else if (person) perform(person, edit);
      }
      meet();
      const seen = people.map((person) =>
        person.cells().map(({ text, ...cell }) => ({ ...cell, code: text.toString() })),
      );
      expect(seen[1]).toEqual(seen[0]);
      expect(seen[2]).toEqual(seen[0]);
      // The index kept step with the document through all of it.
      const fresh = people[0] ? openDocument(people[0].doc).cells() : [];
      expect(people[0]?.cells()).toEqual(fresh);
    }),
    { numRuns: 200, verbose: 1 },
  );
});
