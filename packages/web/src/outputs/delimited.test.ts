import { expect, test } from 'vitest';
import { delimited } from './delimited.ts';

test.each([
  ['plain', 'plain'],
  [null, ''],
  [{ missing: 'NaN' }, ''],
  [-1.5, '-1.5'],
  ['-1.5', '-1.5'],
  ['a,"b"', '"a,""b"""'],
  ['two\nlines', '"two\nlines"'],
  ['=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
  ['@SUM(1)', "'@SUM(1)"],
  ['-cmd', "'-cmd"],
])('%j', (value, field) => {
  expect(delimited(['name'], [[value]], ',')).toBe(`name\r\n${field}`);
});
