import { tableMime } from '@rnb/protocol';
import { expect, test } from 'vitest';
import { chooseMime } from './mime.ts';

test.each([
  [['text/plain', 'text/html', tableMime], tableMime],
  [['text/plain', 'text/html'], 'text/html'],
  [['image/png', 'text/plain'], 'image/png'],
  [['text/html', 'application/vnd.plotly.v1+json'], 'application/vnd.plotly.v1+json'],
  [
    ['application/vnd.vegalite.v5+json', 'application/vnd.vegalite.v6+json'],
    'application/vnd.vegalite.v6+json',
  ],
  [['text/latex', 'text/plain'], 'text/latex'],
  [['application/x-unknown'], undefined],
  [[], undefined],
  [['toString', '__proto__'], undefined],
])('of %j we show %s', (mimes, chosen) => {
  const bundle = Object.fromEntries(mimes.map((mime) => [mime, '']));
  expect(chooseMime(bundle)?.mime).toBe(chosen);
});
