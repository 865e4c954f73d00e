import { EditorState, type TransactionSpec } from '@codemirror/state';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Rest, restMs } from './rest.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** An editor without a page: its state, and what is told of rests. */
function editor() {
  const view = { state: EditorState.create(), composing: false, hasFocus: true };
  const onRest = vi.fn();
  const rest = new Rest(view, onRest);
  return {
    view,
    rest,
    onRest,
    change(spec: TransactionSpec) {
      const transaction = view.state.update(spec);
      view.state = transaction.state;
      rest.update({ transactions: [transaction], focusChanged: false });
    },
    blur() {
      view.hasFocus = false;
      rest.update({ transactions: [], focusChanged: true });
    },
  };
}

const typing: TransactionSpec = { changes: { from: 0, insert: 'x' }, userEvent: 'input.type' };
const selecting: TransactionSpec = { selection: { anchor: 0, head: 1 }, userEvent: 'select' };

test('who types and stops is heard of once, when the pause is over', () => {
  const { change, onRest } = editor();
  change(typing);
  vi.advanceTimersByTime(restMs - 1);
  change(typing);
  vi.advanceTimersByTime(restMs - 1);
  expect(onRest).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(onRest).toHaveBeenCalledTimes(1);
  change({ selection: { anchor: 1 } });
  vi.advanceTimersByTime(10 * restMs);
  expect(onRest).toHaveBeenCalledTimes(1);
});

test('what somebody else types, or an undo changes, is not a pause of this writer', () => {
  const { change, onRest } = editor();
  change({ changes: { from: 0, insert: 'theirs' } });
  vi.advanceTimersByTime(10 * restMs);
  expect(onRest).not.toHaveBeenCalled();
});

test('while text is selected nothing is told, until it no longer is or the cell is left', () => {
  for (const end of ['deselect', 'blur'] as const) {
    const { change, blur, onRest } = editor();
    change(typing);
    change(selecting);
    vi.advanceTimersByTime(10 * restMs);
    expect(onRest).not.toHaveBeenCalled();
    if (end === 'blur') blur();
    else change({ selection: { anchor: 0 } });
    vi.advanceTimersByTime(restMs);
    expect(onRest).toHaveBeenCalledTimes(1);
  }
});

test('what is composed with an input method is not told before it is there', () => {
  const { view, rest, change, onRest } = editor();
  view.composing = true;
  change(typing);
  vi.advanceTimersByTime(10 * restMs);
  expect(onRest).not.toHaveBeenCalled();
  view.composing = false;
  rest.waitAgain();
  vi.advanceTimersByTime(restMs);
  expect(onRest).toHaveBeenCalledTimes(1);
});

test('an editor that goes tells at once what it has not told yet', () => {
  const { rest, change, onRest } = editor();
  change(typing);
  rest.destroy();
  expect(onRest).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(restMs);
  expect(onRest).toHaveBeenCalledTimes(1);
  const quiet = editor();
  quiet.rest.destroy();
  expect(quiet.onRest).not.toHaveBeenCalled();
});
