import type { CellKind, CellRunState } from '@rnb/protocol';
import { expect, test } from 'vitest';
import { isFromBefore, isUntouched, oldResultNote, statusWord } from './cell-standing.ts';

const stateOf = (state: Partial<CellRunState>): CellRunState => ({
  id: 'a',
  status: 'success',
  run: 1,
  live: false,
  ...state,
});

test.each<[Partial<CellRunState>, string]>([
  [{ status: 'error' }, 'Error'],
  [{ status: 'error', interrupted: true }, 'Interrupted'],
  [{ status: 'error', cancelled: true }, 'Cancelled'],
  [{ status: 'success', cancelled: true }, 'Success'],
  [{ status: 'idle', cancelled: true }, 'Idle'],
])('%j is called %s', (state, word) => {
  expect(statusWord(stateOf(state))).toBe(word);
});

test.each<[Partial<CellRunState>, CellKind, boolean, boolean]>([
  [{}, 'python', true, true],
  [{}, 'markdown', true, false],
  [{ live: true }, 'python', true, false],
  [{ run: null, status: 'idle' }, 'python', true, false],
  [{ cancelled: true }, 'python', true, false],
  [{ cancelled: true, status: 'error', startedAt: 1 }, 'python', false, false],
  [{ status: 'error', startedAt: 1 }, 'python', false, true],
  [{ status: 'error', startedAt: 1 }, 'python', true, false],
  [{ status: 'error', startedAt: 1, interrupted: true }, 'python', false, false],
  [{ status: 'error' }, 'python', false, false],
])('whether %j of a %s cell (kernel: %j) is from before: %j', (state, kind, hasKernel, isSo) => {
  expect(isFromBefore(kind, stateOf(state), hasKernel)).toBe(isSo);
});

test.each<[Partial<CellRunState>, string | null]>([
  [{ status: 'success' }, null],
  [{ status: 'error' }, null],
  [{ status: 'running' }, null],
  [{ status: 'stale' }, 'From its last run, before it became stale'],
  [{ status: 'blocked' }, 'From its last run, before it was blocked'],
  [{ status: 'disabled' }, 'From its last run, before it was disabled'],
  [{ status: 'stale', cancelled: true }, 'From its last run, which was cancelled'],
])('what %j shows is told to be %j', (state, note) => {
  expect(oldResultNote(stateOf(state))).toBe(note);
});

test.each<[Partial<CellRunState>, boolean]>([
  [{ status: 'idle', run: null }, true],
  [{ status: 'idle', run: null, cancelled: true }, false],
  [{ status: 'idle', run: 1 }, false],
  [{ status: 'queued', run: null }, false],
])('whether nothing became of %j yet: %j', (state, isSo) => {
  expect(isUntouched(stateOf(state))).toBe(isSo);
});
