import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settings } from '../packages/server/src/config.ts';
import { root } from './repository.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');

test('README lists every setting of the server, and no other', () => {
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
  expect(rows).toEqual(Object.keys(settings));
});

test.each(Object.entries(settings))('README gives the default of %s', (name, setting) => {
  const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
  expect(row.replaceAll('`', '')).toContain(`| ${setting.default}`);
});
