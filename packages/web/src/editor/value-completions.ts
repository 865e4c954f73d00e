/**
 * What follows a value, told by the kernel that holds it: attributes after a dot (`df.`), and after a bracket and a
 * quote the names of columns and the keys of a dict (`df["`).
 */
import type {
  CompletionContext,
  CompletionResult,
  CompletionSource,
  Completion as Option,
} from '@codemirror/autocomplete';
import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import type { Completion, CompletionQuery } from '@rnb/protocol';

export type AskKernel = (
  query: CompletionQuery,
  signal: AbortSignal,
) => Promise<readonly Completion[]>;

// Not the end of a longer expression (`f().a.`), of which nobody has a value.
const value = String.raw`(?<![\p{L}\p{N}_.)\]}"'])(?<name>[\p{L}_][\p{L}\p{N}_]*)(?<path>(?:\.[\p{L}_][\p{L}\p{N}_]*)*)`;
const attribute = new RegExp(`${value}\\.(?<typed>[\\p{L}\\p{N}_]*)$`, 'u');
const key = new RegExp(`${value}\\[(?<quote>["'])(?<typed>[^"'\\\\]*)$`, 'u');

export function valueCompletions(ask: AskKernel): CompletionSource {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const { state, pos } = context;
    const line = state.doc.lineAt(pos);
    const before = state.sliceDoc(line.from, pos);
    const match = attribute.exec(before) ?? key.exec(before);
    const { name, path = '', typed = '', quote } = match?.groups ?? {};
    if (!match || name === undefined || !isCode(state, line.from + match.index)) return null;

    const leaves = new AbortController();
    context.addEventListener('abort', () => leaves.abort());
    const query = { name, path: path.slice(1), of: quote ? 'keys' : 'attributes' } as const;
    const found = await ask(query, leaves.signal).catch(() => []);
    if (found.length === 0) return null;
    const from = pos - typed.length;
    if (quote)
      return { from, options: found.map((item) => optionOf(item, quote)), validFor: /^[^"'\\]*$/ };
    // Names with an underscore are shown to whoever asks for them.
    const hidden = !typed.startsWith('_');
    return {
      from,
      options: found
        .filter(({ label }) => !(hidden && label.startsWith('_')))
        .map((item) => optionOf(item)),
      validFor: (text) => /^[\p{L}\p{N}_]*$/u.test(text) && text.startsWith('_') !== hidden,
    };
  };
}

/** Neither in a comment nor in a string, except where an f-string fills something in. */
function isCode(state: EditorState, at: number): boolean {
  const { name } = syntaxTree(state).resolveInner(at, 1);
  return name !== 'String' && name !== 'FormatString' && name !== 'Comment';
}

function optionOf({ label, kind }: Completion, quote?: string): Option {
  const option: Option = { label, type: types[kind] };
  if (kind !== 'value' && kind !== 'key') option.detail = kind;
  if (quote) option.apply = label.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`);
  return option;
}

/** As CodeMirror calls them. */
const types = {
  function: 'function',
  class: 'class',
  module: 'namespace',
  property: 'property',
  value: 'variable',
  key: 'property',
} as const;
