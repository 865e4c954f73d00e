import type * as Y from 'yjs';

/**
 * Makes `text` read `wanted` by one edit between their common start and end, so that cursors and concurrent edits
 * elsewhere in the text stay.
 */
export function replaceText(text: Y.Text, wanted: string): void {
  // Yjs sends UTF-8: a lone surrogate would reach others as U+FFFD, and we would differ from them.
  const next = wanted.toWellFormed();
  const previous = text.toString();
  if (previous.length !== text.length) {
    // Embedded objects, which no client of ours makes, shift every index.
    text.delete(0, text.length);
    text.insert(0, next);
    return;
  }
  if (previous === next) return;

  const shorter = Math.min(previous.length, next.length);
  let start = 0;
  while (start < shorter && previous.charCodeAt(start) === next.charCodeAt(start)) start += 1;
  if (isHighSurrogate(previous.charCodeAt(start - 1))) start -= 1;

  let end = 0;
  while (
    end < shorter - start &&
    previous.charCodeAt(previous.length - 1 - end) === next.charCodeAt(next.length - 1 - end)
  ) {
    end += 1;
  }
  if (end > 0 && isLowSurrogate(previous.charCodeAt(previous.length - end))) end -= 1;

  const removed = previous.length - start - end;
  if (removed > 0) text.delete(start, removed);
  const inserted = next.slice(start, next.length - end);
  if (inserted) text.insert(start, inserted);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
