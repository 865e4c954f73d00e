import type { Role } from '@rnb/protocol';
import { expect, test } from 'vitest';
import {
  type AccountAction,
  type Action,
  authorize,
  authorizeAccount,
  type Found,
} from './authorize.ts';
import type { Principal } from './principal.ts';

const actions: Action[] = ['view', 'run', 'connect', 'edit', 'leave', 'delete', 'own'];

function somebody(scope: Principal['scope'] = 'full'): Principal {
  return {
    userId: 'u',
    name: 'Somebody',
    email: null,
    emailVerified: false,
    via: scope === 'full' ? 'session' : 'token',
    means: 'page',
    scope,
    isAdministrator: false,
    signInId: null,
    expiresAt: null,
  };
}

function found(role: Role | null, mayUseConnections = true): Found {
  return { grant: role && { role, mayUseConnections, until: null }, deleted: false };
}

function allowed(principal: Principal, notebook: Found): string {
  return actions.filter((action) => authorize(principal, notebook, action).allowed).join(' ');
}

test.each<[Role, Principal['scope'], string]>([
  ['owner', 'full', 'view run connect edit leave delete own'],
  ['owner', 'edit', 'view run connect edit delete'],
  ['owner', 'run', 'view run connect'],
  ['owner', 'read', 'view'],
  ['editor', 'full', 'view run connect edit leave'],
  ['editor', 'edit', 'view run connect edit'],
  ['editor', 'run', 'view run connect'],
  ['runner', 'full', 'view run connect leave'],
  ['runner', 'edit', 'view run connect'],
  ['viewer', 'full', 'view leave'],
  ['viewer', 'edit', 'view'],
])('the %s, by a sign-in for %s, may %s', (role, scope, expected) => {
  expect(allowed(somebody(scope), found(role))).toBe(expected);
});

test.each<[Role, string]>([
  ['owner', 'view run connect edit leave delete own'],
  ['editor', 'view run edit leave'],
  ['runner', 'view run leave'],
  ['viewer', 'view leave'],
])('without a right of its own to connections, the %s may %s', (role, expected) => {
  expect(allowed(somebody(), found(role, false))).toBe(expected);
});

test('a stranger hears the same of what is there, was deleted, or never was', () => {
  for (const notebook of [null, found(null), { ...found(null), deleted: true }]) {
    for (const action of actions) {
      expect(authorize(somebody(), notebook, action)).toEqual({
        allowed: false,
        code: 'forbidden',
      });
    }
  }
});

test('who had it hears that it was deleted, and nobody may do anything with it', () => {
  for (const role of ['owner', 'editor', 'viewer'] as const) {
    const deleted = { ...found(role), deleted: true };
    for (const action of actions) {
      expect(authorize(somebody(), deleted, action)).toEqual({ allowed: false, code: 'not_found' });
    }
  }
});

test('nobody is asked to sign in, whatever they want', () => {
  for (const action of actions) {
    const refused = { allowed: false, code: 'unauthenticated' };
    expect(authorize(null, found('owner'), action)).toEqual(refused);
    expect(authorize(null, null, action)).toEqual(refused);
  }
  expect(authorizeAccount(null, 'view').allowed).toBe(false);
});

test.each<[Principal['scope'], AccountAction[]]>([
  ['read', ['view']],
  ['run', ['view']],
  ['edit', ['view', 'edit']],
  ['full', ['view', 'edit', 'manage']],
])('a sign-in for %s may %j what is its own', (scope, expected) => {
  const all: AccountAction[] = ['view', 'edit', 'manage', 'administer'];
  expect(all.filter((action) => authorizeAccount(somebody(scope), action).allowed)).toEqual(
    expected,
  );
});

test('the administrator looks after accounts, but no token of theirs does', () => {
  for (const scope of ['read', 'run', 'edit', 'full'] as const) {
    const administrator = { ...somebody(scope), isAdministrator: true };
    expect(authorizeAccount(administrator, 'administer').allowed).toBe(scope === 'full');
  }
});
