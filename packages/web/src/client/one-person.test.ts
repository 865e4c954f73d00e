import { expect, test } from 'vitest';
import { FakeAuth } from '../../test/fake-auth.ts';
import { belongTo } from './one-person.ts';

test('A3: who signs out and in again goes on where they were, and somebody else starts over', () => {
  const auth = new FakeAuth();
  const told: string[] = [];
  const stop = belongTo('u1', auth, {
    onSignedOut: () => told.push('signed out'),
    onSomebodyElse: () => told.push('somebody else'),
  });
  auth.become(null);
  auth.become('u1');
  expect(told).toEqual(['signed out']);
  auth.become(null);
  auth.become('u2');
  expect(told).toEqual(['signed out', 'signed out', 'somebody else']);
  stop();
  auth.become('u3');
  expect(told).toHaveLength(3);
});
