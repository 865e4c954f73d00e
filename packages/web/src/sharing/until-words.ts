const hourMs = 3_600_000;

/** When a link ends, from now: `for 6 more days`, `for 3 more hours`, `until revoked`. */
export function untilWords(expiresAt: string | null, now: number): string {
  if (expiresAt === null) return 'until revoked';
  const hours = Math.round((Date.parse(expiresAt) - now) / hourMs);
  if (hours < 1) return 'for less than an hour';
  const [count, unit] = hours < 48 ? [hours, 'hour'] : [Math.round(hours / 24), 'day'];
  return `for ${count} more ${unit}${count === 1 ? '' : 's'}`;
}
