import type { ConsoleText, ShownOutput } from '@rnb/protocol';

/** What was printed up to an output, and the outputs that follow with no text between them. */
export interface Passage {
  readonly printed: readonly ConsoleText[];
  /** Positions among the run's outputs. */
  readonly outputs: readonly number[];
}

/** What a run showed, in the order in which it did: its console, cut where the outputs stand (PROTOCOL S12). */
export function passagesOf(
  console: readonly ConsoleText[],
  outputs: readonly Pick<ShownOutput, 'after'>[],
): Passage[] {
  const passages: { printed: ConsoleText[]; outputs: number[] }[] = [];
  /** The text not yet taken: it begins in this chunk, after so many characters. */
  let chunk = 0;
  let from = 0;
  let taken = 0;

  function takeText(end: number) {
    const printed: ConsoleText[] = [];
    for (let next = console[chunk]; next !== undefined && taken < end; next = console[chunk]) {
      const text = next.text.slice(from, from + end - taken);
      printed.push({ stream: next.stream, text });
      taken += text.length;
      from += text.length;
      if (from === next.text.length) {
        chunk += 1;
        from = 0;
      }
    }
    if (printed.length > 0) passages.push({ printed, outputs: [] });
  }

  outputs.forEach(({ after }, index) => {
    takeText(after === undefined ? Number.POSITIVE_INFINITY : after.stdout + after.stderr);
    if (passages.length === 0) passages.push({ printed: [], outputs: [] });
    passages.at(-1)?.outputs.push(index);
  });
  takeText(Number.POSITIVE_INFINITY);
  return passages;
}

/**
 * What tells an output from the others of its cell. The id of an output that can be replaced may be any text, a number
 * too.
 */
export function outputKey({ displayId }: Pick<ShownOutput, 'displayId'>, index: number): string {
  return displayId === undefined ? `at ${index}` : `id ${displayId}`;
}
