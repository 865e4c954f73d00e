import { expect, test } from 'vitest';
import { shortNumber } from './short-number.ts';

test.each([
  [0.1 + 0.2, '0.3'],
  [1 / 3, '0.3333333'],
  [2 / 3, '0.6666667'],
  [12_345_678.91, '12345678.91'],
  [-123_456_789.5, '-123456789.5'],
  [1_234_567_890_123.45, '1234567890123.45'],
  [9_999_999.999, '10000000'],
  [1e300 / 3, '3.3333333333333335e+299'],
  [1.5e-9, '1.5e-9'],
  [0, '0'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
])('%d is shown as %s', (value, shown) => {
  expect(shortNumber(value)).toBe(shown);
});
