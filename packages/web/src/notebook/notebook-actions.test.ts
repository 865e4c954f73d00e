import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeServer } from '../../test/fake-server.ts';
import { type NotebookClient, openNotebook } from '../client/index.ts';
import { shownToasts } from '../shell/toasts.tsx';
import { NotebookActions } from './notebook-actions.ts';
import { Selection } from './selection.ts';

let client: NotebookClient;
let selection: Selection;
let actions: NotebookActions;

beforeEach(() => {
  vi.useFakeTimers();
  const server = new FakeServer();
  const { createSocket, surroundings } = server;
  client = openNotebook('a'.repeat(32), { createSocket, surroundings });
  server.flush();
  selection = new Selection();
  actions = new NotebookActions(client, selection);
  // Scrolling is the page's.
  vi.stubGlobal('CSS', { escape: String });
  vi.stubGlobal('document', { querySelector: () => null });
});

afterEach(() => {
  client.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const texts = () => shownToasts().map(({ text }) => text);

test.each([
  ['the undo key', () => actions.undo()],
  ['the message itself', () => shownToasts()[0]?.action?.run()],
])(
  'a deleted cell that %s brings back is selected, and nothing offers to undo it again',
  (_, bringBack) => {
    const [cell = ''] = client.structure.getOrder();
    actions.insert('python', cell, 'y = 2');
    actions.select(cell);
    actions.remove(cell);
    expect(texts()).toEqual(['Cell deleted']);
    expect(selection.get().cell).not.toBe(cell);
    bringBack();
    expect(client.structure.getOrder()[0]).toBe(cell);
    expect(texts()).toEqual([]);
    expect(selection.get()).toEqual({ cell, editing: false });
  },
);
