import { DrizzleQueryError } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { retryWhileAway } from './retry.ts';
import { StorageUnavailable } from './store.ts';

function failure(code: string): Error {
  return Object.assign(new Error(`what PostgreSQL said of ${code}`), { code });
}

/** As Drizzle reports it, with what people wrote. */
function ofQuery(cause: Error): Error {
  return new DrizzleQueryError('insert into x values ($1)', ['a secret'], cause);
}

test('what was away for a moment is asked again', async () => {
  let attempts = 0;
  const answer = await retryWhileAway(10_000, async () => {
    attempts += 1;
    if (attempts < 3) throw ofQuery(failure('57P03'));
    return 'there';
  });
  expect([answer, attempts]).toEqual(['there', 3]);
});

test.each([
  ['53100', 'The disk of the server’s database is full'],
  ['08006', 'The database is away'],
  ['ECONNREFUSED', 'The database is away'],
])('after a while %s is told to people as: %s', async (code, says) => {
  const attempt = retryWhileAway(0, () => Promise.reject(ofQuery(failure(code))));
  await expect(attempt).rejects.toThrow(StorageUnavailable);
  await expect(attempt).rejects.toThrow(says);
});

test.each([
  ['as it is', ofQuery(failure('23505'))],
  [
    'wrapped by a library',
    new Error('Failed to get it: a secret', { cause: ofQuery(failure('23505')) }),
  ],
])('an error of a query, %s, is thrown at once and without its parameters', async (_, error) => {
  const attempt = retryWhileAway(60_000, () => Promise.reject(error));
  await expect(attempt).rejects.toEqual(failure('23505'));
});
