import { useMemo, useRef } from 'react';
import { type ConsoleLine, openAnsiConsole } from './ansi-console.ts';
import type { Passage } from './passages.ts';

export interface ReadText {
  /** The same array where nothing can have changed since. */
  readonly lines: readonly ConsoleLine[];
  /** What it is called where it can be come to by key. */
  readonly name: string;
}

/** The text of the passage at that position. */
export type ReadPassage = (passage: number) => ReadText;

/** A console that has been fed these passages. */
export interface Reading {
  console: ReturnType<typeof openAnsiConsole>;
  passages: readonly Passage[];
}

/**
 * Reads what was printed once somebody asks for lines, as one text: colours go on behind an output. While text is only
 * added, only the added part is read.
 */
export function useConsoleReading(passages: readonly Passage[]): ReadPassage {
  const last = useRef<Reading | null>(null);
  return useMemo(() => {
    let texts: readonly ReadText[] | null = null;
    return (passage) => {
      if (texts === null) {
        last.current = readOn(last.current, passages);
        texts = named(last.current.console.passages());
      }
      return texts[passage] ?? nothing;
    };
  }, [passages]);
}

const nothing: ReadText = { lines: [], name: '' };

/** Those that draw something are counted, where there are several. */
export function named(passages: readonly (readonly ConsoleLine[])[]): ReadText[] {
  const several = passages.filter((lines) => lines.length > 0).length > 1;
  let part = 0;
  return passages.map((lines) => {
    if (lines.length > 0) part += 1;
    return { lines, name: several ? `Printed output, part ${part}` : 'Printed output' };
  });
}

/** A reading of these passages: the one there is, read on, if they go on from what it has read. */
export function readOn(reading: Reading | null, passages: readonly Passage[]): Reading {
  const { console, passages: read } =
    reading !== null && continues(reading.passages, passages)
      ? reading
      : { console: openAnsiConsole(), passages: [] };
  passages.forEach(({ printed }, index) => {
    const before = read[index];
    if (index > 0 && before === undefined) console.cut();
    printed.forEach(({ stream, text }, at) => {
      const added = text.slice(before?.printed[at]?.text.length ?? 0);
      if (added) console.write({ stream, text: added });
    });
  });
  return { console, passages };
}

/** Whether `now` is `before` and perhaps more behind its end. */
function continues(before: readonly Passage[], now: readonly Passage[]): boolean {
  return before.every(({ printed }, index) => {
    const isLast = index === before.length - 1;
    const other = now[index]?.printed;
    if (other === undefined || (!isLast && other.length !== printed.length)) return false;
    return printed.every(({ stream, text }, at) => {
      const chunk = other[at];
      if (chunk?.stream !== stream) return false;
      return isLast && at === printed.length - 1
        ? chunk.text.startsWith(text)
        : chunk.text === text;
    });
  });
}
