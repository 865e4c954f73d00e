const units = [
  { unit: 'year', ms: 365.25 * 24 * 3_600_000 },
  { unit: 'month', ms: 30.44 * 24 * 3_600_000 },
  { unit: 'week', ms: 7 * 24 * 3_600_000 },
  { unit: 'day', ms: 24 * 3_600_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `3 minutes ago`, `yesterday`; times in the future (a clock that is off) count as now. */
export function relativeTime(then: number, now: number): string {
  const passed = now - then;
  const fitting = units.find(({ ms }) => passed >= ms);
  return fitting ? relative.format(-Math.floor(passed / fitting.ms), fitting.unit) : 'just now';
}

const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' });

/** `Sunday, 29 November 2026 at 15:55:02`, by the reader's own clock. */
export const exactTime = (at: string): string => exact.format(new Date(at));

/** When something ends, from now: `for 6 more days`, `for 3 more hours`, `until revoked`. */
export function untilWords(expiresAt: string | null, now: number): string {
  if (expiresAt === null) return 'until revoked';
  const hours = Math.round((Date.parse(expiresAt) - now) / 3_600_000);
  if (hours < 1) return 'for less than an hour';
  const [count, unit] = hours < 48 ? [hours, 'hour'] : [Math.round(hours / 24), 'day'];
  return `for ${count} more ${unit}${count === 1 ? '' : 's'}`;
}

/** `<1 ms`, `12 ms`, `1.3 s`, `2 min 5 s`: as exact as is of use. */
export function duration(ms: number): string {
  if (ms < 1) return '<1 ms';
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
