import { expect, test } from 'vitest';
import { invitationIn } from './join-link.ts';

test.each([
  ['/notebooks/abc', '#join=x.y-Z_1', { notebook: 'abc', secret: 'x.y-Z_1' }],
  ['/notebooks/abc/', '#join=x', { notebook: 'abc', secret: 'x' }],
  ['/notebooks/abc', '#join=', null],
  ['/notebooks/abc', '#cell-1', null],
  ['/notebooks/abc', '', null],
  ['/notebooks/abc/activity', '#join=x', null],
  ['/', '#join=x', null],
])('%s%s invites to %j', (pathname, hash, expected) => {
  expect(invitationIn({ pathname, hash })).toEqual(expected);
});
