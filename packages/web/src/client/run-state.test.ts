import { type CellRunState, type NotebookEvent, type Snapshot, statusEvents } from '@rnb/protocol';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { RunStateStore } from './run-state.ts';

const empty: Snapshot = {
  states: [],
  results: [],
  committed: [],
  graph: [],
  kernels: [],
  environment: { state: 'ready', detail: 'Ready.', progress: null },
};

const status = (
  id: string,
  run: number | null,
  name: 'running' | 'success' = 'running',
): NotebookEvent => ({ type: 'cell_status', status: name, live: true, cells: [id], runs: [run] });

const print = (
  cell: string,
  run: number,
  text: string,
  stream: 'stdout' | 'stderr' = 'stdout',
): NotebookEvent => ({ type: 'cell_stdout', cell, run, stream, text });

const show = (cell: string, run: number, text: string, displayId?: string): NotebookEvent => ({
  type: 'cell_output',
  cell,
  run,
  output: { data: { 'text/plain': text }, ...(displayId ? { displayId } : {}) },
});

const clear = (cell: string, run: number): NotebookEvent => ({ type: 'cell_clear', cell, run });

const shown = (store: RunStateStore, id: string) =>
  store.getCell(id).outputs.map(({ data }) => data['text/plain']);

function after(...events: NotebookEvent[]): RunStateStore {
  const store = new RunStateStore();
  store.applyEvents(events);
  return store;
}

describe('S6: results belong to a run', () => {
  test('a greater run empties console, outputs and error', () => {
    const store = after(
      status('a', 1),
      print('a', 1, 'old'),
      show('a', 1, 'old'),
      { type: 'cell_error', cell: 'a', run: 1, error: { kind: 'interrupted', message: 'old' } },
      status('a', 2),
    );
    expect(store.getCell('a')).toMatchObject({ console: [], outputs: [], error: null });
  });

  test.each<[string, NotebookEvent]>([
    ['status', status('a', 1, 'success')],
    ['console', print('a', 1, 'late')],
    ['output', show('a', 1, 'late')],
    ['clear', clear('a', 1)],
    [
      'error',
      { type: 'cell_error', cell: 'a', run: 1, error: { kind: 'interrupted', message: '' } },
    ],
  ])('a late %s of a smaller run changes nothing', (_, late) => {
    const store = after(status('a', 2), print('a', 2, 'new'), show('a', 2, 'new'));
    const before = store.getCell('a');
    store.applyEvents([late]);
    expect(store.getCell('a')).toBe(before);
  });

  test('the end of a run keeps what it showed', () => {
    const store = after(status('a', 1), show('a', 1, 'kept'), status('a', 1, 'success'));
    expect(shown(store, 'a')).toEqual(['kept']);
    expect(store.getCell('a').state.status).toBe('success');
  });
});

describe('outputs', () => {
  test('one display id is replaced in place', () => {
    const store = after(show('a', 1, 'one', 'd'), show('a', 1, 'two'), show('a', 1, 'three', 'd'));
    expect(shown(store, 'a')).toEqual(['three', 'two']);
  });

  test('a clear takes the text as well', () => {
    const store = after(print('a', 1, 'old'), show('a', 1, 'old'), clear('a', 1));
    expect(store.getCell('a')).toMatchObject({ console: [], outputs: [] });
  });

  test('S12: an output keeps the place that it was told with, as do those of a snapshot', () => {
    const after3 = { stdout: 3, stderr: 0 };
    const output = { data: { 'text/plain': 'one' }, after: after3 };
    const store = after(print('a', 1, 'abc'), { type: 'cell_output', cell: 'a', run: 1, output });
    store.applyEvents([print('a', 1, 'd')]);
    expect(store.getCell('a').outputs).toEqual([output]);
    const { console, outputs } = store.getCell('a');
    const again = new RunStateStore();
    again.applySnapshot({
      ...empty,
      results: [{ id: 'a', run: 1, console: [...console], outputs: [...outputs], error: null }],
    });
    expect(again.getCell('a')).toMatchObject({ console, outputs: [output] });
  });

  test('text of one stream is joined, carriage returns kept', () => {
    const store = after(print('a', 1, '1%\r'), print('a', 1, '2%'), print('a', 1, '!', 'stderr'));
    expect(store.getCell('a').console).toEqual([
      { stream: 'stdout', text: '1%\r2%' },
      { stream: 'stderr', text: '!' },
    ]);
  });
});

describe('subscriptions', () => {
  test('one frame is one notification, and only for cells it changed', () => {
    const store = new RunStateStore();
    const [a, b, notebook] = [vi.fn(), vi.fn(), vi.fn()];
    store.subscribeCell('a', a);
    store.subscribeCell('b', b);
    store.subscribeNotebook(notebook);
    const untouched = store.getCell('b');
    store.applyEvents([status('a', 1), print('a', 1, 'x'), show('a', 1, 'y')]);
    expect([a, b, notebook].map((listener) => listener.mock.calls.length)).toEqual([1, 0, 1]);
    expect(store.getCell('b')).toBe(untouched);
  });

  test('a view that was handed out never changes', () => {
    const store = after(print('a', 1, 'x'), show('a', 1, 'x'));
    const before = structuredClone(store.getCell('a'));
    const view = store.getCell('a');
    store.applyEvents([print('a', 1, 'y'), show('a', 1, 'y')]);
    expect(view).toEqual(before);
  });

  test('every cell is up to date when the first listener is called', () => {
    const store = new RunStateStore();
    let seen = '';
    store.subscribeCell('a', () => {
      seen = store.getCell('b').state.status;
    });
    store.applyEvents([status('a', 1), status('b', 1)]);
    expect(seen).toBe('running');
  });
});

test('the summary counts cells by status, and knows which one runs', () => {
  const store = after(status('a', 1), status('b', 1), status('a', 1, 'success'));
  expect(store.getSummary()).toMatchObject({ counts: { running: 1, success: 1 }, atRest: false });
  expect(store.getSummary().running).toBe('b');
  store.applyEvents([status('b', 1, 'success')]);
  expect(store.getSummary()).toMatchObject({ counts: { running: 0, success: 2 }, atRest: true });
  expect(store.getSummary().running).toBeNull();
  store.applyEvents([{ type: 'graph', cells: [], removed: ['a'] }]);
  expect(store.getSummary().counts.success).toBe(1);
});

test('S5: a snapshot replaces everything, and wakes cells it no longer has', () => {
  const store = after(status('a', 1), show('a', 1, 'old'), status('gone', 1));
  const gone = vi.fn();
  store.subscribeCell('gone', gone);
  store.applySnapshot({
    ...empty,
    states: [{ type: 'cell_status', status: 'success', live: false, cells: ['a'], runs: [3] }],
    results: [
      { id: 'a', run: 3, console: [], outputs: [{ data: { 'text/plain': '3' } }], error: null },
    ],
    committed: [{ id: 'a', code: 'x' }],
  });
  expect(store.getCell('a')).toMatchObject({ state: { run: 3 }, committed: 'x' });
  expect(shown(store, 'a')).toEqual(['3']);
  expect(gone).toHaveBeenCalledOnce();
  expect(store.getCell('gone').state.status).toBe('idle');
  expect(store.getSummary().counts).toMatchObject({ success: 1, running: 0 });
});

test('S6: the order of facts about different cells, and how they are framed, do not matter', () => {
  const cells = ['a', 'b', 'c'];
  const fact = (cell: string): fc.Arbitrary<NotebookEvent> => {
    const run = fc.integer({ min: 1, max: 3 });
    const text = fc.constantFrom('x', 'y\r', 'z\n');
    return fc.oneof(
      fc
        .tuple(run, fc.constantFrom('running' as const, 'success' as const))
        .map(([n, s]) => status(cell, n, s)),
      fc.tuple(run, text).map(([n, t]) => print(cell, n, t)),
      fc
        .tuple(run, text, fc.option(fc.constantFrom('d', 'e')))
        .map(([n, t, d]) => show(cell, n, t, d ?? undefined)),
      run.map((n) => clear(cell, n)),
      fc.constant<NotebookEvent>({ type: 'graph', cells: [], removed: [cell] }),
    );
  };
  const histories = fc.tuple(...cells.map((cell) => fc.array(fact(cell), { maxLength: 12 })));
  const cuts = fc.array(fc.nat({ max: 2 }), { maxLength: 60 });

  /** Deals the facts out into frames: who comes next, and where a frame ends, is drawn from `choices`. */
  function replay(history: NotebookEvent[][], choices: number[]): RunStateStore {
    const store = new RunStateStore();
    const left = history.map((facts) => [...facts]);
    let frame: NotebookEvent[] = [];
    for (const choice of choices) {
      const next = left[choice]?.shift();
      if (next) frame.push(next);
      if (choice === 0) store.applyEvents(frame.splice(0));
    }
    frame = [...frame, ...left.flat()];
    store.applyEvents(frame);
    return store;
  }

  fc.assert(
    fc.property(histories, cuts, cuts, (history, one, other) => {
      const [left, right] = [replay(history, one), replay(history, other)];
      for (const cell of cells) expect(left.getCell(cell)).toEqual(right.getCell(cell));
      expect(left.getSummary()).toEqual(right.getSummary());
    }),
    { seed: 20261124, numRuns: 500 },
  );
});

test('warnings belong to the committed code, and go with it', () => {
  const warnings = [{ message: 'unseen', line: 1 }];
  const commit = (code: string, extra = {}): NotebookEvent => ({
    type: 'cell_committed',
    cells: [{ id: 'a', code, ...extra }],
  });
  const store = after(commit('x ?', { warnings }));
  expect(store.getCell('a').warnings).toEqual(warnings);
  store.applyEvents([commit('x')]);
  expect(store.getCell('a').warnings).toEqual([]);
});

describe('S11: why a cell did not run may lie with other cells', () => {
  const stale = (at: number): CellRunState => ({
    id: `${at}`,
    status: 'stale',
    run: 1,
    live: true,
    staleBecause: { kind: 'input', name: `x${at - 1}`, cell: `${at - 1}` },
  });
  const length = 1_000;
  const chain = () =>
    after(
      status('0', 1, 'success'),
      ...statusEvents(Array.from({ length }, (_, at) => stale(at + 1))),
    );

  test('however many ask where changes came from, each way is walked once between two frames', () => {
    const store = chain();
    const look = vi.spyOn(store, 'getCell');
    const ask = () => {
      look.mockClear();
      const told = Array.from({ length: 100 }, (_, cell) =>
        store.originOf({ kind: 'input', name: 'y', cell: `${length - cell}` }),
      );
      return { told: new Set(told.map(({ name }) => name)), looked: look.mock.calls.length };
    };
    expect(ask()).toEqual({ told: new Set(['x0']), looked: length + 1 });
    // What is printed changes nothing of it.
    store.applyEvents([print('0', 1, 'hello')]);
    expect(ask().looked).toBe(0);
    store.applyEvents([status('500', 2, 'success')]);
    expect(ask()).toEqual({ told: new Set(['x500']), looked: length - 500 + 1 });
  });

  test('a frame tells of all states that it changed once, and only of those', () => {
    const store = chain();
    let told = 0;
    const end = store.subscribeStates(() => {
      told += 1;
    });
    store.applyEvents([status('1', 2), status('2', 2), status('z', 1)]);
    expect(told).toBe(1);
    store.applyEvents([print('1', 2, 'hello'), show('1', 2, 'a')]);
    expect(told).toBe(1);
    store.applyEvents([{ type: 'graph', cells: [], removed: ['2'] }]);
    expect(told).toBe(2);
    end();
    store.applyEvents([status('1', 3)]);
    expect(told).toBe(2);
  });
});
