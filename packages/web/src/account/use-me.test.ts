import { QueryClient } from '@tanstack/react-query';
import { expect, test, vi } from 'vitest';
import { meKey, onSomebodyElse } from './use-me.ts';

const me = (id: string, name = id) => ({
  id,
  name,
  email: null,
  isAdministrator: false,
});

test('B7: somebody else is noticed, and the same person under another name is not', () => {
  const queries = new QueryClient();
  const found = vi.fn();
  const stop = onSomebodyElse(queries, found);
  queries.setQueryData(meKey, me('u1'));
  queries.setQueryData(['notebooks'], []);
  queries.setQueryData(meKey, me('u1', 'Ada'));
  expect(found).not.toHaveBeenCalled();
  queries.setQueryData(meKey, me('u2'));
  expect(found).toHaveBeenCalledOnce();
  stop();
  queries.clear();
});

test('whoever signs in where nothing is left of the last one is no surprise', () => {
  const queries = new QueryClient();
  const found = vi.fn();
  const stop = onSomebodyElse(queries, found);
  queries.setQueryData(meKey, me('u1'));
  queries.clear();
  queries.setQueryData(meKey, me('u2'));
  expect(found).not.toHaveBeenCalled();
  stop();
  queries.clear();
});
