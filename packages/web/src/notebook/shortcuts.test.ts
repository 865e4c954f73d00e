import { expect, test } from 'vitest';
import { type KeyStroke, printKeys, ShortcutReader, shortcuts } from './shortcuts.ts';

/** `Ctrl+Shift+Enter@120`: a stroke, and when it falls. */
function stroke(text: string): KeyStroke {
  const [chord = '', at = '0'] = text.split('@');
  const parts = chord.split('+');
  return {
    key: parts.at(-1) ?? '',
    ctrlKey: parts.includes('Ctrl'),
    metaKey: parts.includes('Meta'),
    shiftKey: parts.includes('Shift'),
    altKey: parts.includes('Alt'),
    timeStamp: Number(at),
  };
}

test.each([
  ['Shift+Enter', 'anywhere', false, 'run-and-advance'],
  ['Ctrl+Enter', 'anywhere', false, 'run'],
  ['Meta+Enter', 'anywhere', true, 'run'],
  ['Ctrl+Enter', 'anywhere', true, null],
  ['Meta+Enter', 'anywhere', false, null],
  ['Ctrl+Shift+ArrowDown', 'anywhere', false, 'next-cell'],
  ['Ctrl+K', 'anywhere', false, 'show-shortcuts'],
  ['Enter', 'anywhere', false, null],
  ['Enter', 'command', false, 'edit-cell'],
  ['a', 'command', false, 'add-above'],
  ['a', 'anywhere', false, null],
  ['Ctrl+a', 'command', false, null],
  ['d@0 d@799', 'command', false, 'delete-cell'],
  ['d@0 d@800', 'command', false, null],
  ['d@0 x@10 d@20', 'command', false, null],
  ['d@0 d@10 d@20', 'command', false, null],
  ['Ctrl+Shift+_', 'anywhere', false, 'split-cell'],
  ['Shift+M', 'command', false, 'merge-below'],
  ['e', 'command', false, 'toggle-disabled'],
  ['e', 'anywhere', false, null],
  ['Ctrl+c', 'anywhere', false, null],
  ['Ctrl+c', 'command', false, 'copy-cell'],
  ['Ctrl+z', 'anywhere', false, null],
  ['Ctrl+z', 'command', false, 'undo'],
] as const)('%s (%s, Mac: %s) means %s', (strokes, where, isMac, action) => {
  const reader = new ShortcutReader(isMac);
  const read = strokes.split(' ').map((text) => reader.read(stroke(text), where));
  expect(read.at(-1)).toBe(action);
});

test('no keys stand for two actions', () => {
  const all = shortcuts.flatMap(({ keys }) => keys);
  expect(new Set(all).size).toBe(all.length);
});

test.each([
  ['Mod+Shift+Enter', false, 'Ctrl+Shift+Enter'],
  ['Mod+Shift+Enter', true, '⌘⇧↩'],
  ['Mod+Shift+_', false, 'Ctrl+Shift+-'],
  ['d d', false, 'D D'],
])('%s is printed for a Mac (%s) as %s', (keys, isMac, text) => {
  expect(printKeys(keys, isMac)).toBe(text);
});
