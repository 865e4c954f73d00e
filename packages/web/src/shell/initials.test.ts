import { expect, test } from 'vitest';
import { initials } from './initials.ts';

test.each([
  ['Ada Lovelace', 'AL'],
  ['ada', 'A'],
  [' Ada  Byron King ', 'AK'],
  ['🦊 Fox', '🦊F'],
  ['', '?'],
])('%j is marked %s', (name, mark) => {
  expect(initials(name)).toBe(mark);
});
