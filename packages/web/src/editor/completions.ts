/**
 * What an editor of Python offers while a word is typed. It offers nothing where it would only be in the way: where a
 * name is being made up, where no name of the notebook belongs, and where the word is whole already.
 */
import {
  acceptCompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  type CompletionSource,
  completionStatus,
  selectedCompletionIndex,
  setSelectedCompletion,
} from '@codemirror/autocomplete';
import { globalCompletion, localCompletionSource } from '@codemirror/lang-python';
import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';

const wordAtEnd = /[\p{L}\p{N}_]+$/u;
const isName = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** Each is a whole word of its own, though not all of them are offered. */
const keywords =
  'False None True and as assert async await break case class continue def del elif else except finally for from ' +
  'global if import in is lambda match nonlocal not or pass raise return try while with yield';

/** Parts of the syntax in which no name stands; what an f-string fills in is none of them. */
const proseOrNumber: ReadonlySet<string> = new Set([
  'String',
  'FormatString',
  'Comment',
  'Number',
  'PropertyName',
]);

/** The line up to a name of somebody else's (a module and what it holds), or one that is new. */
const foreignOrNew = /(?:^|[;:])\s*(?:from|import)\s[^;]*$|\b(?:as|def|class)\s+$/;

/** Names of the notebook, of this cell, and Python's own. */
export function pythonCompletions(names: () => readonly string[]): CompletionSource {
  const fromNotebook = (): Completion[] =>
    names().map((label) => ({ label, type: 'variable', detail: 'cell', boost: 1 }));
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const { state, pos, explicit } = context;
    const word = context.matchBefore(wordAtEnd)?.text ?? '';
    if (word === '' ? !explicit : !isName.test(word)) return null;
    const from = pos - word.length;
    if (!mayHoldName(state, from, pos)) return null;
    const found = await Promise.all([localCompletionSource(context), globalCompletion(context)]);
    const options = [
      ...fromNotebook(),
      ...found.flatMap((result) => (result?.from === from ? result.options : [])),
    ];
    const whole = new Set([...keywords.split(' '), ...options.map(({ label }) => label)]);
    const isOpenEnded = (typed: string) => explicit || !whole.has(typed);
    if (!isOpenEnded(word)) return null;
    return {
      from,
      options,
      validFor: (typed) => /^[\p{L}\p{N}_]*$/u.test(typed) && isOpenEnded(typed),
    };
  };
}

function mayHoldName(state: EditorState, from: number, pos: number): boolean {
  const tree = syntaxTree(state);
  if (proseOrNumber.has(tree.resolveInner(pos, -1).name)) return false;
  const line = state.doc.lineAt(from);
  const before = state.sliceDoc(line.from, from);
  if (before.endsWith('.') || foreignOrNew.test(before)) return false;
  // Its names may stand on lines of their own.
  for (let node = tree.resolveInner(from, -1).node.parent; node; node = node.parent) {
    if (node.name === 'ImportStatement' && node.from < line.from) return false;
  }
  return true;
}

/** Takes the completion chosen with the arrow keys, otherwise the first. */
export function acceptChosenOrFirst(view: EditorView): boolean {
  const { state } = view;
  if (completionStatus(state) === 'active' && selectedCompletionIndex(state) === null) {
    view.dispatch({ effects: setSelectedCompletion(0) });
  }
  return acceptCompletion(view);
}
