import { expect, test } from 'vitest';
import { definedIn } from './defined-in.ts';

test.each([
  [{ defines: ['x'] }, { made: ['x'], changed: [] }],
  [
    { defines: ['ax', 'fig', 'm'], mutates: ['ax', 'fig'] },
    { made: ['m'], changed: ['ax', 'fig'] },
  ],
])('what is defined in %j', (graph, told) => {
  expect(definedIn(graph)).toEqual(told);
});
