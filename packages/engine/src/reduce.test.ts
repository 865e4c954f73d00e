import { describe, expect, test } from 'vitest';
import { parse } from '../test/notation.ts';
import { notebook, orderOf, World } from '../test/world.ts';
import { emptyState, record, reduce, view } from './index.ts';

/** After everything ran once: do something to it, let it come to rest, and see what ran and what it shows. */
const cases: {
  rule: string;
  cells: string;
  act: (world: World) => void;
  ran?: string;
  shows?: string;
}[] = [
  {
    rule: 'R1.1 the nearest earlier definition counts',
    cells: 'x=1 | y=x | x=2 | z=x',
    act: (w) => w.commit('c', 'x=3'),
    ran: 'c d',
  },
  {
    rule: 'R1.1 a cell that redefines a name starts from the version above',
    cells: 'd=1 | d=d | d',
    act: (w) => w.commit('b', 'd=d d'),
    ran: 'b c',
  },
  {
    rule: 'R1.2 without an earlier definition the nearest later one counts',
    cells: 'x | x=1 | x=2',
    act: (w) => w.commit('b', 'x=3'),
    ran: 'b a',
  },
  {
    rule: 'R1.3 a cell that defines a name never takes it from below',
    cells: 'x=x | x=1',
    act: (w) => w.commit('b', 'x=2'),
    ran: 'b',
    shows: 'a:success b:success',
  },
  {
    rule: 'R1.4 an unknown name blocks nobody',
    cells: 'print | a=print',
    act: (w) => w.commit('a', 'print=1'),
    ran: 'a b',
  },
  {
    rule: 'R1.6 a mention counts as a read of what a cell above defines',
    cells: 'x=1 | y=@x | y',
    act: (w) => w.commit('a', 'x=2'),
    ran: 'a b c',
  },
  {
    rule: 'R1.6 a mention is never taken from below, and closes no circle',
    cells: 'y=@x | x=y',
    act: (w) => w.commit('b', 'x=y+y'),
    ran: 'b',
    shows: 'a:success b:success',
  },
  {
    rule: 'R1.6 a definition that is inserted above is mentioned from then on',
    cells: '@x | x=1',
    act: (w) => {
      w.insert('n', '0');
      w.commit('n', 'x=9');
    },
    ran: 'n a',
  },
  {
    rule: 'R1.6 what a mentioned name needs is taken from above alone, too',
    cells: 'f:{x} | @f | x=1',
    act: (w) => w.commit('c', 'x=2'),
    ran: 'c',
  },
  {
    rule: 'R1.6 what is read and mentioned is read',
    cells: '@x x | x=1',
    act: (w) => w.commit('b', 'x=2'),
    ran: 'b a',
  },
  {
    rule: 'R1.6 a call mentions what the function does',
    cells: 'x=1 | f:{@x} | g=f | g',
    act: (w) => w.commit('a', 'x=2'),
    ran: 'a c d',
  },
  {
    rule: 'R1.6 a function that is rewritten mentions what it now does',
    cells: 'x=1 | f:{z} | g=f | x=2 | g',
    act: (w) => {
      w.commit('b', 'f:{z @x}');
      w.settle();
      w.commit('d', 'x=3');
    },
    ran: 'b c e d e',
  },
  {
    rule: 'R2.1 a call needs what the function reads, as it is at the call',
    cells: 'f:{x} | x=1 | f | x=2 | f',
    act: (w) => w.commit('d', 'x=3'),
    ran: 'd e',
  },
  {
    rule: 'R2.2 calling a function that rebinds a global defines it',
    cells: 'n=1 | f:{=n} | f | n',
    act: (w) => w.commit('c', 'f f'),
    ran: 'c d',
  },
  {
    rule: 'R2.3 a value carries the deferred code of what it holds',
    cells: 'x=1 | f:{x} | g=f | x=2 | g',
    act: (w) => w.commit('d', 'x=3'),
    ran: 'd e',
  },
  {
    rule: 'R4 a mutation reads and defines',
    cells: 'l=1 | l+=1 | l',
    act: (w) => w.commit('a', 'l=2'),
    ran: 'a b c',
  },
  {
    rule: 'R5.1 exactly what depends on the cell follows',
    cells: 'x=1 | y=x | z=1 | y z',
    act: (w) => w.commit('a', 'x=2'),
    ran: 'a b d',
  },
  {
    rule: 'R5.2 deleting a definition gives its readers the version above',
    cells: 'x=1 | x=2 | x',
    act: (w) => w.remove('b'),
    ran: 'c',
  },
  {
    rule: 'R5.2 an inserted definition takes over the readers below it',
    cells: 'x=1 | x',
    act: (w) => {
      w.insert('n', `${orderOf(0)}5`);
      w.commit('n', 'x=9');
    },
    ran: 'n b',
  },
  {
    rule: 'R5.2 a move re-resolves those that it passes',
    cells: 'x=1 | x=2 | x | y',
    act: (w) => w.send({ type: 'move', cell: 'b', order: orderOf(9) }),
    ran: 'c',
  },
  {
    rule: 'R5.3 dependencies first, ties in document order, each once',
    cells: 'x=1 | p=x | q=x | p q',
    act: (w) => w.commit('a', 'x=2'),
    ran: 'a b c d',
  },
  {
    rule: 'R5.5 what is moved away and back is fresh again',
    cells: 'x=1 | x=2 | x',
    act: (w) => {
      w.send({ type: 'set_mode', mode: 'lazy' });
      w.send({ type: 'move', cell: 'b', order: orderOf(9) });
      expect(w.statuses()).toBe('a:success c:stale b:success');
      w.send({ type: 'move', cell: 'b', order: orderOf(1) });
    },
    ran: '',
    shows: 'a:success b:success c:success',
  },
  {
    rule: 'R7.1 everything below a failure is blocked by it',
    cells: 'x=1 | y=x | y',
    act: (w) => w.commit('a', 'x=1 !'),
    ran: 'a',
    shows: 'a:error b:blocked(a) c:blocked(a)',
  },
  {
    rule: 'R7.2 the blocked run by themselves when it heals',
    cells: 'x=1 ! | y=x | y',
    act: (w) => w.commit('a', 'x=1'),
    ran: 'a b c',
    shows: 'a:success b:success c:success',
  },
  {
    rule: 'R7.3 a syntax error leaves other cells alone',
    cells: 'x=1 | y=1 | x',
    act: (w) => w.commit('b', '?'),
    ran: '',
    shows: 'a:success b:error c:success',
  },
  {
    rule: 'R7.3 what it defined before stays its own: readers are blocked, and run when it heals',
    cells: 'x=1 | x=2 | x',
    act: (w) => {
      w.commit('b', '?');
      expect(w.statuses()).toBe('a:success b:error c:blocked(b)');
      w.commit('b', 'x=3');
    },
    ran: 'b c',
    shows: 'a:success b:success c:success',
  },
  {
    rule: 'R7.4 a circle is an error on its cells and heals when it is broken',
    cells: 'x=y | y=x | z=1',
    act: (w) => {
      expect(w.statuses()).toBe('a:error b:error c:success');
      w.commit('b', 'y=1');
    },
    ran: 'b a',
    shows: 'a:success b:success c:success',
  },
  {
    rule: 'R7.5 a failure ends with the input that caused it',
    cells: 'x=1 | y=x ! | y',
    act: (w) => {
      w.send({ type: 'set_mode', mode: 'lazy' });
      w.commit('a', 'x=2');
    },
    ran: 'a',
    shows: 'a:success b:stale c:idle',
  },
  {
    rule: 'R10.2 a kernel that dies marks the cell that ran, and the rest goes on',
    cells: 'x=1 | y=x | z=1',
    act: (w) => {
      w.send({ type: 'run', cells: ['b', 'c'] });
      w.step();
      w.kill();
    },
    ran: 'c',
    shows: 'a:success b:error c:success',
  },
  {
    rule: 'R10.3 lost values are recomputed on demand, and nothing follows from that',
    cells: 'x=1 | y=x | z=x',
    act: (w) => {
      w.kill();
      w.commit('c', 'z=x z');
    },
    ran: 'a c',
    shows: 'a:success b:success c:success',
  },
  {
    rule: 'R5.2 what a cell sees changes while its lost value is being recomputed: then it runs as any changed cell',
    cells: 'x=1 | x+=1 | y=x | z=y',
    act: (w) => {
      w.send({ type: 'restart' });
      w.send({ type: 'run', cells: ['d'] });
      for (let ran = 0; ran < 4; ran += 1) w.stepQuietly();
      w.remove('b');
    },
    ran: 'a b c d c d',
    shows: 'a:success c:success d:success',
  },
  {
    rule: 'R10.6 lost values that may share with what a cell changes are recomputed with it',
    cells: 'x=1 | y=x | x | x+=1 | z=x',
    act: (w) => {
      w.kill();
      w.commit('d', 'x+=2');
    },
    ran: 'a b d e',
  },
  {
    rule: 'R10.6 used-up values that may share with what a cell changes are recomputed with it',
    cells: 'x=1 | y=x | y | x+=1',
    act: (w) => {
      w.spoil('b', 'y');
      w.commit('d', 'x+=2');
    },
    ran: 'b d',
  },
  {
    rule: 'R10.6 what a cell makes of a value is there when the cell below that changes the value is recomputed',
    cells: 'x=1 | u=1 | x+=1 | x | x+=2',
    act: (w) => {
      w.kill();
      w.commit('b', 'u=x');
    },
    ran: 'a b c',
  },
  {
    rule: 'R10.6 lost values are recomputed when a change is found that nobody announced',
    cells: 'x=1 | y=x | u=1',
    act: (w) => {
      w.kill();
      w.commit('c', 'u=2');
      w.settle();
      const run = w.state.cells.get('c')?.ran?.run ?? 0;
      w.send({ type: 'found', cell: 'c', run, defines: [], mutates: ['x'] });
      expect(w.state.cells.get('b')?.want?.reason).toBe('recovers');
    },
  },
  {
    rule: 'R10.6 a value that is only brought back needs nothing beside it',
    cells: 'x=1 | y=x | x+=1 | x',
    act: (w) => {
      w.kill();
      w.commit('d', 'x x');
    },
    ran: 'a c d',
  },
  {
    rule: 'R1.3 a cell that changes a name in place never takes it from below',
    cells: 'x+=1 | x=1',
    act: (w) => w.commit('b', 'x=2'),
    ran: 'b',
  },
  {
    rule: 'R5.7 a disabled cell blocks what depends on it, and nothing else',
    cells: 'x=1 | y=x | z=y | w',
    act: (w) => w.send({ type: 'disable', cell: 'b', disabled: true }),
    ran: '',
    shows: 'a:success b:disabled c:blocked(b) d:success',
  },
  {
    rule: 'R5.7 enabled again, it runs and so does what depends on it',
    cells: 'x=1 | y=x | z=y',
    act: (w) => {
      w.send({ type: 'disable', cell: 'b', disabled: true });
      w.commit('a', 'x=2');
      w.settle();
      w.takeRan();
      w.send({ type: 'disable', cell: 'b', disabled: false });
    },
    ran: 'b c',
  },
  {
    rule: 'R5.9 what depends on something outside runs when that is another',
    cells: 'm=1 | x=m m=2 | y=x',
    act: (w) => w.send({ type: 'touch', cells: ['b'] }),
    ran: 'b',
    shows: 'a:success b:success c:success',
  },
  {
    rule: 'R6.2 readers of a value that is the same again do not run',
    cells: 'x=1 y=a | u=x | v=y | w=u',
    act: (w) => w.commit('a', 'x=1 y=b'),
    ran: 'a c',
  },
  {
    rule: 'R6.1 a value that was the same once and is another now is news',
    cells: 'x=1 | u=x | w=u',
    act: (w) => {
      w.commit('a', 'x=1 x');
      w.settle();
      w.takeRan();
      w.commit('a', 'x=2');
    },
    ran: 'a b c',
  },
  {
    rule: 'R4.4 a used-up value is made anew for the next who needs it, and nothing else follows',
    cells: 'x=1 y=2 | u=x | v=y',
    act: (w) => {
      w.spoil('a', 'x');
      w.send({ type: 'run', cells: ['c'] });
      w.settle();
      w.send({ type: 'run', cells: ['b'] });
    },
    ran: 'c a b',
  },
];

describe('what follows from a change, in automatic mode', () => {
  test.each(cases)('$rule', ({ cells, act, ran, shows }) => {
    const world = notebook(cells);
    world.takeRan();
    act(world);
    world.settle();
    if (ran !== undefined) expect(world.takeRan()).toBe(ran);
    if (shows !== undefined) expect(world.statuses()).toBe(shows);
  });
});

test('R3.3 the program is the same object until something in it changes', () => {
  const world = notebook('x=1 | x');
  const before = world.state.cells.get('b')?.program;
  world.commit('a', 'x=2');
  world.settle();
  expect(world.state.cells.get('b')?.program).toBe(before);
  world.insert('n', `${orderOf(0)}5`);
  world.commit('n', 'x=1');
  expect(world.state.cells.get('b')?.program.bindings).toEqual({ x: 'n' });
});

test('R5.4 in lazy mode only what was asked for runs, with its stale ancestors', () => {
  const world = notebook('x=1 | y=x | y | x', 'lazy');
  world.send({ type: 'set_mode', mode: 'lazy' });
  world.takeRan();
  world.commit('a', 'x=2');
  world.settle();
  expect(world.takeRan()).toBe('a');
  expect(world.statuses()).toBe('a:success b:stale c:stale d:stale');
  expect(view(world.state, 'c')?.staleBecause).toEqual({ kind: 'input', name: 'y', cell: 'b' });
  world.send({ type: 'run', cells: ['c'] });
  world.settle();
  expect(world.takeRan()).toBe('b c');
  world.send({ type: 'run', cells: 'stale' });
  world.settle();
  expect(world.takeRan()).toBe('d');
});

test('R5.6 a cell that was never committed takes no part', () => {
  const world = notebook('x=1');
  world.insert('n', orderOf(5));
  world.send({ type: 'run', cells: 'all' });
  world.settle();
  expect(world.statuses()).toBe('a:success n:idle');
});

test('R9.1 a cascade is one request, and lanes run side by side', () => {
  const chain = notebook('a1=1 | a2=a1 | a3=a2 | a4=a3');
  chain.effects.length = 0;
  chain.commit('a', 'a1=2');
  chain.settle();
  expect(chain.effects.filter(({ type }) => type === 'run')).toHaveLength(1);

  const sides = notebook('x=1 | y=1 | x y', 'auto', (id) => (id === 'b' ? 'sql' : 'python'));
  sides.send({ type: 'run', cells: ['a', 'b'] });
  expect([...sides.jobs.keys()].sort()).toEqual(['python', 'sql']);
  sides.settle();
  expect(sides.statuses()).toBe('a:success b:success c:success');
});

test('R9.2 a newer change supersedes what is queued, not what runs', () => {
  const world = notebook('x=1 | y=x | z=1');
  world.takeRan();
  world.send({ type: 'run', cells: ['a', 'c'] });
  world.step();
  world.effects.length = 0;
  world.commit('b', 'y=x y');
  expect(world.effects).toContainEqual(expect.objectContaining({ type: 'cancel' }));
  world.settle();
  expect(world.takeRan()).toBe('a b c');
});

test('R9.3 a run that was overtaken by an edit leaves the cell stale, and it runs again', () => {
  const world = notebook('x=1 | x');
  world.takeRan();
  world.send({ type: 'run', cells: ['a'] });
  world.step();
  world.commit('a', 'x=5');
  world.settle();
  expect(world.takeRan()).toBe('a a b');
  world.send({ type: 'done', cell: 'a', run: 99, outcome: 'error', durationMs: 1 });
  expect(world.statuses()).toBe('a:success b:success');
});

test('R10.1 an interrupt stops what runs and cancels the queue', () => {
  const world = notebook('x=1 | y=x | z=1');
  world.send({ type: 'run', cells: 'all' });
  world.step();
  world.send({ type: 'interrupt' });
  world.settle();
  expect(world.statuses()).toBe('a:error b:blocked(a) c:success');
  world.send({ type: 'run', cells: ['b'] });
  world.settle();
  expect(world.statuses()).toBe('a:success b:success c:success');
});

test('R10.1 a kernel lost after an interrupt fails nothing that was cancelled before it started', () => {
  const world = notebook('x=1 | x');
  world.commit('a', 'x=2');
  world.send({ type: 'interrupt' });
  world.kill();
  world.settle();
  expect(world.statuses()).toBe('a:stale b:stale');
});

test('R10.2 the cell that killed its kernel fails, not one that ran before it and was not told of', () => {
  const world = notebook('x=1 | y=x | z=1');
  world.commit('a', 'x=2');
  world.stepQuietly();
  world.kill();
  world.settle();
  expect(world.statuses()).toBe('a:success b:error c:success');
});

test('R10.2 a cell that was removed while it killed its kernel takes no other one with it', () => {
  const world = notebook('x=1 | y=1 | z=1');
  world.send({ type: 'run', cells: 'all' });
  world.step();
  world.remove('a');
  world.kill();
  world.settle();
  expect(world.statuses()).toBe('b:success c:success');
});

test('R5.4 in lazy mode what waits gets the input that turned stale meanwhile', () => {
  const world = new World('lazy');
  for (const [id, line] of [
    ['a', 'x=y !'],
    ['b', 'g=1'],
    ['c', 'h=1'],
  ] as const) {
    world.insert(id, id);
    world.commit(id, line);
    world.settle();
  }
  world.send({ type: 'run', cells: ['b', 'c'] });
  world.step();
  world.commit('c', 'x');
  world.insert('d', 'd');
  world.commit('d', 'y=1');
  world.settle();
  expect(world.statuses()).toBe('a:error b:success c:blocked(a) d:success');
});

test('R10.4 a restart drops values and the queue; results stay', () => {
  const world = notebook('x=1 | x');
  world.send({ type: 'run', cells: 'all' });
  world.send({ type: 'restart' });
  world.settle();
  expect(world.statuses()).toBe('a:success b:success');
  expect(view(world.state, 'a')?.live).toBe(false);
  world.takeRan();
  world.send({ type: 'run', cells: ['b'] });
  world.settle();
  expect(world.takeRan()).toBe('a b');
});

test('R11 a reopened notebook shows what it showed, runs nothing, and numbers on', () => {
  const world = notebook('x=1 | y=x | y !');
  const { state, effects } = reduce(emptyState(), {
    type: 'load',
    cells: world.state.sequence.map((cell) => ({
      id: cell.id,
      order: cell.order,
      lane: cell.lane,
      analysed: parse(world.lines.get(cell.id) ?? '').analysed,
      record: record(cell),
      startedAt: 1,
      durationMs: 1,
    })),
    lastRun: 0,
  });
  expect(effects.filter(({ type }) => type === 'run')).toEqual([]);
  const before = world.state.sequence.map(({ id }) => ({ ...view(world.state, id), live: false }));
  expect(state.sequence.map(({ id }) => view(state, id))).toMatchObject(
    before.map(({ id, status, run }) => ({ id, status, run, live: false })),
  );
  expect(state.nextRun).toBe(world.state.nextRun);
});

test('R11.1 a reopened notebook numbers on from a run that a restart ended', () => {
  const { state } = reduce(emptyState(), {
    type: 'load',
    cells: notebook('x=1').state.sequence.map((cell) => ({
      id: cell.id,
      order: cell.order,
      lane: cell.lane,
      analysed: cell.analysed,
      record: record(cell),
      startedAt: 1,
      durationMs: 1,
    })),
    lastRun: 7,
  });
  const { effects } = reduce(state, { type: 'run', cells: 'all' });
  expect(effects).toContainEqual(
    expect.objectContaining({ type: 'run', cells: [expect.objectContaining({ run: 8 })] }),
  );
});

test('R8.2 cells that are committed and cells that are run by one command run once, as one change', () => {
  const world = notebook('x=1 | y=x | z=1');
  world.takeRan();
  world.effects.length = 0;
  world.lines.set('b', 'y=x y');
  world.send({
    type: 'commit',
    cells: [{ cell: 'b', lane: 'python', analysed: parse('y=x y').analysed }],
    run: true,
    also: 'all',
  });
  world.settle();
  expect(world.takeRan()).toBe('a b c');
  expect(world.effects.filter(({ type }) => type === 'run')).toHaveLength(1);
});

test('R6.3 code that does the same commits without a run, and runs when asked for', () => {
  const world = notebook('x=a | y=x');
  const commit = (code: string, also: ['a'] | 'all'): void => {
    const { analysed } = parse('x=a');
    world.send({
      type: 'commit',
      cells: [{ cell: 'a', lane: 'python', analysed: { ...analysed, code } as typeof analysed }],
      run: true,
      also,
    });
    world.settle();
  };
  world.takeRan();
  commit('one', ['a']);
  expect(world.takeRan()).toBe('a');
  commit('one', ['a']);
  expect(world.takeRan()).toBe('');
  commit('one', 'all');
  expect(world.takeRan()).toBe('a b');
  commit('two', ['a']);
  expect(world.takeRan()).toBe('a');
});

test('R3.4 what a run found is seen below, comes through from above, and is forgotten with the code', () => {
  const world = notebook('x=1 | q | x');
  const bound = (id: string) => world.state.cells.get(id)?.program.bindings.x;
  const run = world.state.cells.get('b')?.ran?.run ?? 0;
  expect(bound('c')).toBe('a');
  world.takeRan();
  world.send({ type: 'found', cell: 'b', run, defines: ['x'], mutates: [] });
  world.settle();
  expect([bound('b'), bound('c'), world.takeRan()]).toEqual(['a', 'b', 'b c']);
  world.commit('b', 'q q');
  expect(bound('c')).toBe('a');
});

test('R4.2 what shares with a changed value is changed with it, where the cell sees it', () => {
  const world = notebook('x=1 | y=x | y=2 | x+=1 | y');
  const mutates = () => world.state.cells.get('d')?.program.mutates;
  const told = (cell: string) =>
    world.send({ type: 'shares', cell: 'd', revision: 1, with: [{ cell, names: ['y'] }] });
  told('b');
  // Another `y` stands between.
  expect(mutates()).toEqual(['x']);
  told('c');
  expect(mutates()).toEqual(['x', 'y']);
  expect(world.state.cells.get('e')?.program.bindings.y).toBe('d');
});

test.each([
  ['fails', (world: World) => world.commit('b', 'y=x !')],
  ['is disabled', (world: World) => world.send({ type: 'disable', cell: 'b', disabled: true })],
  ['is blocked', (world: World) => world.commit('z', 'z=2 !')],
])('R4.2 a cell that %s shares with nobody, and blocks nobody by it', (_, ends) => {
  const world = notebook('x=1 | y=x z | x+=1 | x');
  world.insert('z', orderOf(9));
  world.commit('z', 'z=1');
  world.settle();
  const mutates = () => world.state.cells.get('c')?.program.mutates;
  const revision = world.state.cells.get('c')?.committedAt ?? 0;
  world.send({ type: 'shares', cell: 'c', revision, with: [{ cell: 'b', names: ['y'] }] });
  world.settle();
  expect(mutates()).toEqual(['x', 'y']);
  ends(world);
  world.settle();
  expect(mutates()).toEqual(['x']);
  expect(world.statuses()).toMatch(/c:success d:success/);
  world.send({ type: 'disable', cell: 'b', disabled: false });
  world.commit('z', 'z=1');
  world.commit('b', 'y=x z');
  world.settle();
  expect(mutates()).toEqual(['x', 'y']);
  expect(world.statuses()).toBe('a:success b:success c:success d:success z:success');
});

test('R3.4 what a run shows counts although its module has changed meanwhile', () => {
  const world = notebook('x=1 | u');
  world.send({ type: 'run', cells: ['b'] });
  world.step();
  world.send({ type: 'touch', cells: ['b'] });
  world.step();
  const run = world.state.cells.get('b')?.ran?.run ?? 0;
  world.send({ type: 'found', cell: 'b', run, defines: ['w'], mutates: [] });
  expect(world.state.cells.get('b')?.program.defines).toEqual(['w']);
  world.commit('b', 'v');
  world.send({ type: 'found', cell: 'b', run, defines: ['w'], mutates: [] });
  expect(world.state.cells.get('b')?.program.defines).toEqual([]);
});

test.each(['auto', 'lazy'] as const)(
  'R3.5 what a run looks for in vain is found to be read: %s',
  (mode) => {
    const world = notebook('x=1 f:{y} | y=1 | u ! | z=1');
    world.send({ type: 'set_mode', mode });
    const find = (name?: string) => {
      const run = world.state.cells.get('c')?.ran?.run ?? 0;
      const found = { type: 'found', cell: 'c', run, defines: [], mutates: [] } as const;
      world.takeRan();
      world.send(name === undefined ? found : { ...found, reads: [name] });
      world.settle();
      return world.takeRan();
    };
    // Only below, and nowhere: then it has failed, as a script would.
    expect([find('z'), find('w')]).toEqual(['', '']);
    expect(find('f')).toBe('c');
    expect(world.state.cells.get('c')?.program.bindings).toEqual({ f: 'a', y: 'b' });
    // It saw it and has failed all the same; or something else is found.
    expect(find('f')).toBe('');
    find();
    expect(world.state.cells.get('c')?.program.bindings).toEqual({ f: 'a', y: 'b' });
    world.commit('b', 'y=2');
    world.settle();
    expect(world.takeRan()).toBe(mode === 'auto' ? 'b c' : 'b');
    world.commit('c', 'u');
    expect(world.state.cells.get('c')?.program.bindings).toEqual({});
  },
);

test.each([
  ['the run that took it', 0, true],
  ['no older run', -1, false],
])('R4.3 what goes over to a cell with a change counts as seen by %s', (_, away, isSeen) => {
  const world = notebook('x=1 | y=x | x | y');
  const run = (world.state.cells.get('c')?.ran?.run ?? 0) + away;
  const versions = [{ cell: 'b', names: ['y'] }];
  world.send({ type: 'shares', cell: 'c', revision: 1, with: versions, taken: { run, versions } });
  expect(world.state.cells.get('c')?.program.mutates).toEqual(['y']);
  expect(world.state.cells.get('d')?.program.bindings.y).toBe('c');
  expect(world.state.cells.get('c')?.fresh).toBe(isSeen);
  expect(world.state.cells.get('c')?.want === null).toBe(isSeen);
});

test('R5.5 in lazy mode a cell that failed is stale once what it saw is made anew', () => {
  const world = notebook('x=1 | x+=1 !');
  world.send({ type: 'set_mode', mode: 'lazy' });
  expect(world.statuses()).toBe('a:success b:error');
  world.send({ type: 'run', cells: ['a'] });
  const run = world.state.cells.get('a')?.flight?.run ?? 0;
  world.send({ type: 'started', cell: 'a', run, at: 0 });
  // Nothing of it is kept: it is another object.
  world.send({ type: 'done', cell: 'a', run, outcome: 'ok', durationMs: 1 });
  expect(world.statuses()).toBe('a:success b:stale');
});

test('R5.5 a cell that has only read what it is to change now is stale', () => {
  const world = notebook('x=1 | y=2 | x+=y | y');
  world.takeRan();
  world.send({ type: 'shares', cell: 'c', revision: 1, with: [{ cell: 'b', names: ['y'] }] });
  expect(world.state.cells.get('c')?.fresh).toBe(false);
  world.settle();
  expect(world.takeRan()).toBe('c d');
});

test('R5.5 a cell that has changed what it only reads now is stale', () => {
  const world = notebook('x=1 | y=x | y+=x | x');
  const both = ['a', 'b'].map((cell) => ({ cell, names: [cell === 'a' ? 'x' : 'y'] }));
  world.send({ type: 'shares', cell: 'c', revision: 1, with: both });
  world.settle();
  world.takeRan();
  world.send({ type: 'shares', cell: 'c', revision: 1, with: both.slice(1) });
  expect(world.state.cells.get('c')?.fresh).toBe(false);
  world.settle();
  expect(world.takeRan()).toBe('c d');
});

test('R4.3 what goes over to a cell that does not see it there is not seen', () => {
  const world = notebook('x=1 | y=x | y=2 | x | y');
  const run = world.state.cells.get('d')?.ran?.run ?? 0;
  const versions = [{ cell: 'b', names: ['y'] }];
  world.send({ type: 'shares', cell: 'd', revision: 1, with: versions, taken: { run, versions } });
  expect(world.state.cells.get('d')?.fresh).toBe(true);
  expect(world.state.cells.get('e')?.program.bindings.y).toBe('c');
});

test.each([
  ['z', 'a n'],
  ['y=1', 'n'],
])(
  'R10.6 what was made together and is used up is brought back, unless it has gone over: %s',
  (line, ran) => {
    const world = notebook(`x=1 y=1 | ${line} | y`);
    world.spoil('a', 'y');
    world.takeRan();
    world.insert('n', `${orderOf(1)}5`);
    world.commit('n', 'x+=2');
    world.settle();
    expect(world.takeRan()).toBe(ran);
  },
);

test('R10.6 who read what has gone over to another cell is not recomputed for its sake', () => {
  const world = notebook('x=1 | y=x | x+=1 | x+=2');
  world.send({ type: 'shares', cell: 'd', revision: 1, with: [{ cell: 'a', names: ['x'] }] });
  world.spoil('a', 'x');
  world.spoil('b', 'y');
  world.settle();
  world.takeRan();
  world.send({ type: 'run', cells: ['d'] });
  world.settle();
  expect(world.takeRan()).toBe('d');
});

test.each([
  ['removed', (world: World) => world.send({ type: 'remove', cell: 'c' })],
  ['moved below', (world: World) => world.send({ type: 'move', cell: 'c', order: orderOf(9) })],
])('R4.2 it is seen once what stood between is %s', (_, goes) => {
  const world = notebook('x=1 | y=x | y=2 | x+=1 | y');
  world.send({ type: 'shares', cell: 'd', revision: 1, with: [{ cell: 'b', names: ['y'] }] });
  goes(world);
  expect(world.state.cells.get('d')?.program.mutates).toEqual(['x', 'y']);
});

test.each(['ok', 'error', 'interrupted', 'stopped'] as const)(
  'R7.3 a syntax error counts, not how the run of the code before ends: %s',
  (outcome) => {
    const world = notebook('x=1 | x');
    world.send({ type: 'run', cells: ['a'] });
    const run = world.state.cells.get('a')?.flight?.run ?? 0;
    world.send({ type: 'started', cell: 'a', run, at: 0 });
    world.send({
      type: 'commit',
      run: true,
      cells: [{ cell: 'a', lane: 'python', analysed: parse('?').analysed }],
    });
    world.send({ type: 'done', cell: 'a', run, outcome, durationMs: 1 });
    expect(world.state.cells.get('a')).toMatchObject({
      flight: null,
      want: null,
      ran: { ending: 'fault' },
      live: false,
    });
  },
);

test('R10.5 what ran although its batch was thought to end before it has run', () => {
  const world = notebook('x=1 | y=x | z=y');
  world.takeRan();
  world.send({ type: 'run', cells: 'all' });
  const job = world.jobs.get('python');
  // The kernel is ahead: `b` has run by now and made a value that is not used up.
  world.send({ type: 'spoiled', versions: [{ cell: 'b', names: ['y'] }] });
  const runs = (job?.cells ?? []).map(({ cell, run }) => ({
    cell,
    run,
    startedAt: 0,
    durationMs: 0,
  }));
  expect(runs.map(({ cell }) => cell)).toEqual(['a', 'b', 'c']);
  world.send({ type: 'ran', runs });
  world.jobs.clear();
  world.send({ type: 'batch_done', lane: 'python', batch: job?.batch ?? 0 });
  expect(world.jobs.size).toBe(0);
});

test('R10.5 what ended a batch is made anew in the next', () => {
  const world = notebook('x=1 | y=x | z=y');
  world.takeRan();
  world.send({ type: 'run', cells: ['c'] });
  const job = world.jobs.get('python');
  world.send({ type: 'spoiled', versions: [{ cell: 'b', names: ['y'] }] });
  world.jobs.clear();
  world.send({ type: 'batch_done', lane: 'python', batch: job?.batch ?? 0 });
  world.settle();
  expect(world.takeRan()).toBe('b c');
});

test('R10.5 a cell that is put off for ever is cancelled, and counts from none when it is asked for again', () => {
  const world = notebook('x=1 | u=x');
  world.takeRan();
  const putOff = (most: number): void => {
    for (let times = 0; times < most; times += 1) {
      const job = world.jobs.get('python');
      if (job === undefined) break;
      world.jobs.delete('python');
      world.send({ type: 'batch_done', lane: 'python', batch: job.batch });
    }
  };
  world.send({ type: 'run', cells: ['b'] });
  putOff(30);
  world.settle();
  expect(world.takeRan()).toBe('');
  world.send({ type: 'run', cells: ['b'] });
  putOff(5);
  world.settle();
  expect(world.takeRan()).toBe('b');
});

test('R10.5 however many cells turn out to change one value, all of them run', () => {
  const world = notebook(['x=1', ...Array.from({ length: 32 }, () => 'x')].join(' | '));
  world.takeRan();
  world.send({ type: 'run', cells: 'all' });
  const ran = new Set<string>();
  for (let job = world.jobs.get('python'); job !== undefined; job = world.jobs.get('python')) {
    world.jobs.delete('python');
    // The kernel runs one cell, finds that it has changed `x`, and leaves the rest.
    const [{ cell, run } = { cell: '', run: 0 }] = job.cells;
    world.send({ type: 'ran', runs: [{ cell, run, startedAt: 0, durationMs: 0 }] });
    if (cell !== 'a') world.send({ type: 'found', cell, run, defines: [], mutates: ['x'] });
    ran.add(cell);
    world.send({ type: 'batch_done', lane: 'python', batch: job.batch });
  }
  expect(ran.size).toBe(33);
  expect([...world.state.cells.values()].filter(({ fresh }) => !fresh)).toEqual([]);
});

test('R4.6 a value that was found changed may hold the functions of its cell', () => {
  const world = notebook('h=1 | d=1 f:{d} h | d=2 | h');
  const needs = () => Object.keys(world.state.cells.get('d')?.program.bindings ?? {}).sort();
  expect(needs()).toEqual(['h']);
  const run = world.state.cells.get('b')?.ran?.run ?? 0;
  world.send({ type: 'found', cell: 'b', run, defines: [], mutates: ['h'] });
  expect(needs()).toEqual(['d', 'h']);
});

test('R5.2 a blocked cell that never ran runs when it is brought back to a healed notebook', () => {
  const world = notebook('k=1 ! | g=k');
  const cell = world.state.cells.get('b');
  if (cell === undefined) throw new Error('no cell b');
  const { order, lane, analysed } = cell;
  const back = {
    id: 'b',
    order,
    lane,
    analysed,
    record: record(cell),
    startedAt: null,
    durationMs: null,
  };
  world.send({ type: 'remove', cell: 'b' });
  world.commit('a', 'k=3');
  world.settle();
  world.takeRan();
  world.send({ type: 'insert', cell: back });
  world.settle();
  expect(world.takeRan()).toBe('b');
});

test('R4.2 what shares with the changes of code that is replaced is nothing to the new code', () => {
  const world = notebook('x=1 | y=x | x+=1');
  world.send({
    type: 'commit',
    run: false,
    cells: [{ cell: 'c', lane: 'python', analysed: parse('x+=2').analysed }],
  });
  const told = (revision: number) =>
    world.send({ type: 'shares', cell: 'c', revision, with: [{ cell: 'b', names: ['y'] }] });
  told(1);
  expect(world.state.cells.get('c')?.program.mutates).toEqual(['x']);
  // A touch is no commit: the code is the same.
  world.send({ type: 'touch', cells: ['c'] });
  told(2);
  expect(world.state.cells.get('c')?.program.mutates).toEqual(['x', 'y']);
});
