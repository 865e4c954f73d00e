import { expect, test } from 'vitest';
import { graphOf } from './cell-views.ts';

const analysis = { reads: ['ax', 'n'], mutates: ['n'], deferred: {}, carries: {} };

test.each<[string, string[], string[], string[] | undefined]>([
  ['what it changes in place', ['m'], ['ax', 'fig'], ['ax', 'fig']],
  ['nothing', ['m'], [], undefined],
  ['only what it does not define as well, as `x += 1` does', ['m'], ['ax', 'm'], ['ax']],
])('the graph says of a cell that it mutates %s', (_, own, mutates, told) => {
  const bindings = { fig: 'a', ax: 'a', n: 'b' };
  const defines = ['ax', 'fig', 'm'];
  const analysed = { ok: true as const, analysis: { ...analysis, defines: own } };
  expect(graphOf({ id: 'c', program: { bindings, defines, mutates }, analysed })).toEqual({
    id: 'c',
    reads: ['ax', 'fig', 'n'],
    defines,
    mutates: told,
    dependsOn: [
      { cell: 'a', names: ['ax', 'fig'] },
      { cell: 'b', names: ['n'] },
    ],
  });
});
