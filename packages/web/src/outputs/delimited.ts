import type { TableValue } from '@rnb/protocol';

/** Rows as CSV (RFC 4180) or, with a tab, as text that spreadsheets take from the clipboard. */
export function delimited(
  names: readonly string[],
  rows: readonly TableValue[][],
  separator: ',' | '\t',
): string {
  return [names, ...rows].map((row) => row.map(fieldOf).join(separator)).join('\r\n');
}

function fieldOf(value: TableValue): string {
  if (value === null || typeof value === 'object') return '';
  const text = String(value);
  // A spreadsheet would run text that looks like a formula; a leading quote makes it text again.
  const safe =
    typeof value === 'string' && /^[=@\t\r]|^[+-](?![\d.])/.test(text) ? `'${text}` : text;
  return /[",\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
