import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing';

/** What a cell's place depends on. */
export interface Ordered {
  id: string;
  order: string;
}

/** Far longer than any key that people's edits make; a hostile client may write a megabyte. */
const maxKeyLength = 512;

/** Document order: by key, ties (two people inserted at the same place) by id, so that everybody sees the same. */
export function compareCells(a: Ordered, b: Ordered): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The position of `cell` in the sorted `cells`, or the one where it belongs. */
export function positionOf(cells: readonly Ordered[], cell: Ordered): number {
  let low = 0;
  let high = cells.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const probe = cells[middle];
    if (probe && compareCells(probe, cell) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A key for a new cell at `index` of the sorted `cells`. Where no key fits, because neighbours tie or carry keys that
 * nobody could have generated, those neighbours get new keys too; nothing else moves.
 */
export function keyAt(
  cells: readonly Ordered[],
  index: number,
): { key: string; rekeyed: Map<string, string> } {
  let left = index - 1;
  while (left >= 0 && !isKey(cells[left]?.order)) left -= 1;
  const lower = cells[left]?.order ?? null;

  let right = index;
  while (right < cells.length && !isKeyAfter(lower, cells[right]?.order)) right += 1;
  const upper = cells[right]?.order ?? null;

  const keys = generateNKeysBetween(lower, upper, right - left);
  const own = index - left - 1;
  const rekeyed = new Map<string, string>();
  const between = cells.slice(left + 1, right);
  between.forEach((cell, position) => {
    const key = keys[position < own ? position : position + 1];
    if (key !== undefined) rekeyed.set(cell.id, key);
  });
  const key = keys[own];
  if (key === undefined) throw new Error(`no order key for position ${index}`);
  return { key, rekeyed };
}

function isKey(order: string | undefined): order is string {
  if (order === undefined || order.length > maxKeyLength) return false;
  try {
    // The library has no validator; it throws on what it did not make, and on keys at the ends of its range.
    generateKeyBetween(order, null);
    generateKeyBetween(null, order);
    return true;
  } catch {
    return false;
  }
}

function isKeyAfter(lower: string | null, order: string | undefined): boolean {
  return isKey(order) && (lower === null || order > lower);
}
