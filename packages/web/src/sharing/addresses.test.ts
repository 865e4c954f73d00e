import { expect, test } from 'vitest';
import { readAddresses } from './addresses.ts';

test.each([
  ['', [], []],
  ['ann@example.org', ['ann@example.org'], []],
  [
    ' Ann@Example.org, bob@example.org;ann@example.org\n',
    ['ann@example.org', 'bob@example.org'],
    [],
  ],
  ['Ann B <ann@example.org>, Bob <bob@example.org>', ['ann@example.org', 'bob@example.org'], []],
  ['ann@example.org bob', ['ann@example.org'], ['bob']],
  ['ann@', [], ['ann@']],
])('%j', (text, addresses, wrong) => {
  expect(readAddresses(text)).toEqual({ addresses, wrong });
});
