const digits = 7;
const decimalsAtLeast = 2;

/**
 * A number as a table shows it: seven digits tell what it is, and of a large one all digits before the point and two
 * behind it do; amounts of money are never rounded.
 */
export function shortNumber(value: number): string {
  const magnitude = Math.abs(value);
  const whole = magnitude < 1 ? 0 : Math.floor(Math.log10(magnitude)) + 1;
  // Beyond seventeen digits there is nothing left to round.
  const precision = Math.min(Math.max(digits, whole + decimalsAtLeast), 17);
  return String(Number(value.toPrecision(precision)));
}
