import type { Problem } from '@rnb/protocol';
import { expect, test } from 'vitest';
import { ApiProblem } from '../client/http.ts';
import { faultsOf } from './faults.ts';

function refusal(...faults: NonNullable<Problem['faults']>): ApiProblem {
  return new ApiProblem({
    type: 'about:blank',
    title: 'Invalid',
    status: 422,
    code: 'invalid',
    detail: 'What is wrong.',
    faults,
  });
}

const names = ['email', 'password'] as const;

test.each([
  [
    'a field',
    refusal({ path: 'body.email', message: 'not an address' }),
    { email: 'Not an address.' },
  ],
  [
    'two fields, one of them twice',
    refusal(
      { path: 'body.password', message: 'Too short.' },
      { path: 'body.email', message: 'x' },
      { path: 'body.password', message: 'second' },
    ),
    { password: 'Too short.', email: 'X.' },
  ],
  [
    'a field that the form has not',
    refusal({ path: 'body.other', message: 'x' }),
    { rest: 'What is wrong.' },
  ],
  ['no field', refusal(), { rest: 'What is wrong.' }],
  ['no answer', new Error('No network.'), { rest: 'No network.' }],
])('what is wrong with %s is told there', (_, error, faults) => {
  expect(faultsOf(error, names)).toEqual(faults);
});
