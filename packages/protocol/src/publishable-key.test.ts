import { expect, test } from 'vitest';
import { clerkHostOf } from './publishable-key.ts';

const keyOf = (text: string, prefix = 'pk_test_') => prefix + btoa(text);

test.each([
  [
    'a development key',
    keyOf('kind-otter-12.clerk.accounts.dev$'),
    'kind-otter-12.clerk.accounts.dev',
  ],
  ['a production key', keyOf('clerk.example.org$', 'pk_live_'), 'clerk.example.org'],
  ['a host with a port', keyOf('127.0.0.1:4443$'), '127.0.0.1:4443'],
  ['one of a network of its own', keyOf('localhost:4443$'), 'localhost:4443'],
  ['one without padding', keyOf('clerk.example.org$').replace(/=+$/, ''), 'clerk.example.org'],
  ['nothing', '', null],
  ['a secret key', keyOf('clerk.example.org$', 'sk_test_'), null],
  ['one that names no host', keyOf('$'), null],
  ['a host in capitals', keyOf('Clerk.example.org$'), null],
  ['more than a host', keyOf('clerk.example.org/path$'), null],
  ['a misspelt host', keyOf('clerk..example:99999$'), null],
  ['one that is not base64', 'pk_test_a', null],
  ['one that was cut off', keyOf('clerk.example.org'), null],
  ['text', 'pk_test_…', null],
])('%s names its host or none', (_, key, host) => {
  expect(clerkHostOf(key)).toBe(host);
});
