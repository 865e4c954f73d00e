import type { Role } from '@rnb/protocol';
import { expect, test } from 'vitest';
import { roleNews } from './roles.ts';

test.each<[Role, Role, RegExp]>([
  ['viewer', 'runner', /may now run/],
  ['viewer', 'editor', /may now edit/],
  ['runner', 'editor', /may now edit/],
  ['editor', 'runner', /only run/],
  ['editor', 'viewer', /only view/],
  ['runner', 'viewer', /only view/],
  ['owner', 'editor', /another owner/],
  ['editor', 'owner', /yours now/],
])('who was %s and is %s hears what they may do', (before, now, words) => {
  expect(roleNews(before, now)).toMatch(words);
});
