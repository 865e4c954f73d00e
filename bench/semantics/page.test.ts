import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { limits, reruns, values } from './programs.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/semantics.md'), 'utf8');
const all = [...values, ...reruns, ...limits].map(({ name }) => name);

test('docs/semantics.md has a row for each program, and no other', () => {
  const rows = [...page.matchAll(/^\| (.+?) \|/gm)].map((match) => match[1] ?? '');
  expect(rows.filter((name) => name !== 'program' && name !== '---')).toEqual(all);
});

test('docs/semantics.md has the text of each program, and of no other', () => {
  expect([...page.matchAll(/^### (.+)$/gm)].map((match) => match[1])).toEqual(all);
  expect(page).toContain(`Of ${values.length} programs`);
});
