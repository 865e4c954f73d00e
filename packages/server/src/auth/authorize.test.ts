import { expect, test } from 'vitest';
import { type Action, authorize, type Decision } from './authorize.ts';

const owner = { userId: 'o', name: 'Owner', email: null, via: 'session' as const };
const stranger = { ...owner, userId: 's' };
const notebook = { ownerId: 'o' };
const actions: Action[] = ['view', 'run', 'edit', 'own'];

const cases: [string, Parameters<typeof authorize>[0], typeof notebook | null, Decision][] = [
  ['the owner', owner, notebook, { allowed: true, role: 'owner' }],
  ['a stranger', stranger, notebook, { allowed: false, code: 'forbidden' }],
  ['anybody, of an absent notebook', stranger, null, { allowed: false, code: 'not_found' }],
  ['nobody', null, notebook, { allowed: false, code: 'unauthenticated' }],
  ['nobody, of an absent notebook', null, null, { allowed: false, code: 'unauthenticated' }],
];

test.each(cases)('%s', (_name, principal, record, decision) => {
  for (const action of actions) expect(authorize(principal, record, action)).toEqual(decision);
});
