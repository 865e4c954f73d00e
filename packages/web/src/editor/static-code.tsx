import type { CellKind } from '@rnb/protocol';
import { useMemo } from 'react';
import { highlightedPieces } from './highlight.ts';

/** Code as an editor shows it, to the pixel, without the editor. */
export function StaticCode({
  code,
  kind,
  highlighted,
}: {
  code: string;
  kind: CellKind;
  /** False while far from the screen: parsing waits. */
  highlighted: boolean;
}) {
  const pieces = useMemo(
    () => (highlighted ? highlightedPieces(code, kind) : null),
    [code, kind, highlighted],
  );
  return (
    <pre className="static-code">
      {pieces
        ? pieces.map(({ text, classes }, index) =>
            classes === '' ? (
              text
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity but their place
              <span key={index} className={classes}>
                {text}
              </span>
            ),
          )
        : code}
      {(code === '' || code.endsWith('\n')) && '\u200b'}
    </pre>
  );
}
