import { expect, test } from 'vitest';
import { highlightedPieces } from './highlight.ts';

test('the pieces are the whole code, line breaks included', () => {
  const code = 'def f(x):\n\n    return x + 1  # one more\n';
  const pieces = highlightedPieces(code, 'python');
  expect(pieces.map(({ text }) => text).join('')).toBe(code);
  expect(pieces.find(({ text }) => text === 'def')?.classes).toBe('code-keyword');
  expect(pieces.find(({ text }) => text === '# one more')?.classes).toBe('code-comment');
});

test('very long code is left plain', () => {
  const code = 'x = 1\n'.repeat(10_000);
  expect(highlightedPieces(code, 'python')).toEqual([{ text: code, classes: '' }]);
});
