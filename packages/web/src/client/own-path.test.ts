import { expect, test } from 'vitest';
import { ownPath, signInFragment } from './own-path.ts';

test.each([
  ['/', '/'],
  ['/account/tokens', '/account/tokens'],
  ['/notebooks/abc?x=1#join=secret', '/notebooks/abc?x=1#join=secret'],
  ['/a%2Fb', '/a%2Fb'],
  ['/\u0000/evil.example', '/%00/evil.example'],
  ['/notebooks/../account', '/account'],
])('%j leads to %j', (next, path) => {
  expect(ownPath(next)).toBe(path);
});

test.each([
  null,
  '',
  'account',
  'https://evil.example/',
  'HTTPS:evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  '//evil.example',
  '//evil.example/account',
  '/\\evil.example/account',
  '/\t/evil.example/account',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '\t//evil.example',
  ' //evil.example',
  '/.//evil.example',
  '/x/..//evil.example',
  '/sign-in#next=/sign-in',
  '/sign-in/',
])('C20: %j leads to the list', (next) => {
  expect(ownPath(next)).toBe('/');
});

test.each([
  ['/', ''],
  ['/account', 'next=%2Faccount'],
  ['/sign-in', ''],
])('from %s one comes back', (pathname, fragment) => {
  expect(signInFragment({ pathname, search: '', hash: '' })).toBe(fragment);
});

test('what is in the address comes back whole', () => {
  const fragment = signInFragment({
    pathname: '/notebooks/a',
    search: '?b=c&d',
    hash: '#join=e&f',
  });
  expect(new URLSearchParams(fragment).get('next')).toBe('/notebooks/a?b=c&d#join=e&f');
});
