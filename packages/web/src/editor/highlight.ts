import { highlightCode, tagHighlighter, tags } from '@lezer/highlight';
import { GFM, parser as markdownParser } from '@lezer/markdown';
import { parser as pythonParser } from '@lezer/python';
import type { CellKind } from '@rnb/protocol';

/** Classes rather than styles, so that an editor and static code look the same; app.css colours them. */
export const highlighter = tagHighlighter([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], class: 'code-keyword' },
  { tag: [tags.string, tags.special(tags.string)], class: 'code-string' },
  { tag: [tags.number, tags.bool, tags.null], class: 'code-number' },
  { tag: tags.comment, class: 'code-comment' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.className],
    class: 'code-function',
  },
  { tag: tags.heading, class: 'code-heading' },
  { tag: tags.strong, class: 'code-strong' },
  { tag: tags.emphasis, class: 'code-emphasis' },
  { tag: [tags.link, tags.url], class: 'code-function' },
  { tag: tags.monospace, class: 'code-string' },
]);

/** Without the languages of the editor, which come with all of it. */
const parsers = { python: pythonParser, markdown: markdownParser.configure(GFM) };

/** Text beyond this is shown plain until an editor takes over, which highlights only what is on screen. */
const maxHighlightedLength = 20_000;

/** Code cut into pieces of one class each, line breaks as pieces of their own. */
export function highlightedPieces(
  code: string,
  kind: CellKind,
): { text: string; classes: string }[] {
  if (code.length > maxHighlightedLength) return [{ text: code, classes: '' }];
  const pieces: { text: string; classes: string }[] = [];
  highlightCode(
    code,
    parsers[kind].parse(code),
    highlighter,
    (text, classes) => pieces.push({ text, classes }),
    () => pieces.push({ text: '\n', classes: '' }),
  );
  return pieces;
}
