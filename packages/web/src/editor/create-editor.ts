import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
  currentCompletions,
} from '@codemirror/autocomplete';
import { defaultKeymap, indentLess, indentMore, simplifySelection } from '@codemirror/commands';
import { markdown } from '@codemirror/lang-markdown';
import { python } from '@codemirror/lang-python';
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, Prec } from '@codemirror/state';
import { drawSelection, EditorView, keymap, placeholder, tooltips } from '@codemirror/view';
import type { CellKind } from '@rnb/protocol';
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next';
import type { Awareness } from 'y-protocols/awareness';
import type * as Y from 'yjs';
import { acceptChosenOrFirst, pythonCompletions } from './completions.ts';
import { highlighter } from './highlight.ts';
import { tellsOfRest } from './rest.ts';
import { type AskKernel, valueCompletions } from './value-completions.ts';

export interface EditorBinding {
  text: Y.Text;
  kind: CellKind;
  awareness: Awareness;
  undoManager: Y.UndoManager;
  readOnly: boolean;
  label: string;
  /** Names of the whole notebook, for completion. */
  names(): readonly string[];
  /** What follows a value, as the kernel knows it. */
  askKernel: AskKernel;
  /** Arrow keys at the first or last line lead out of the editor. */
  onLeave(step: 1 | -1): void;
  onFocus(): void;
  /** Whoever writes has rested. */
  onRest(): void;
}

/** An editor bound to a cell's shared text. */
export function createEditor(parent: HTMLElement, binding: EditorBinding): EditorView {
  return new EditorView({
    parent,
    state: EditorState.create({ doc: binding.text.toString(), extensions: extensions(binding) }),
  });
}

/** Takes away the completions of the editor around `element`, those still being looked for included. */
export function dismissCompletions(element: HTMLElement): void {
  const editor = EditorView.findFromDOM(element);
  if (editor) closeCompletion(editor);
}

/** Where the cursor stands in the editor inside `element`, null where there is none. */
export function cursorIn(element: HTMLElement): number | null {
  const content = element.querySelector<HTMLElement>('.cm-content');
  return (content && EditorView.findFromDOM(content)?.state.selection.main.head) ?? null;
}

function extensions(binding: EditorBinding): Extension[] {
  return [
    Prec.highest(keymap.of([{ key: 'Escape', run: dropUnseenCompletions }])),
    keymap.of([
      { key: 'Tab', run: acceptChosenOrFirst },
      { key: 'Tab', run: indentMore, shift: indentLess },
      { key: 'ArrowUp', run: (view) => leaveAtEdge(view, -1, binding) },
      { key: 'ArrowDown', run: (view) => leaveAtEdge(view, 1, binding) },
      ...closeBracketsKeymap,
      ...searchKeymap,
      ...completionKeymap,
      ...yUndoManagerKeymap,
      { key: 'Escape', run: dropOtherCursors },
      // The app's own; see the table of shortcuts.
      ...defaultKeymap.filter(
        ({ key }) => !['Mod-Enter', 'Shift-Mod-k', 'Escape'].includes(key ?? ''),
      ),
    ]),
    EditorState.tabSize.of(4),
    indentUnit.of('    '),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    drawSelection(),
    EditorView.lineWrapping,
    search({ top: true }),
    EditorState.phrases.of(searchPhrases),
    highlightSelectionMatches(),
    syntaxHighlighting(highlighter),
    // In the body, since a cell clips what sticks out of it.
    tooltips({ parent: document.body, position: 'fixed' }),
    binding.kind === 'python' ? pythonExtensions(binding) : markdownExtensions(),
    EditorView.domEventHandlers({
      focus: () => binding.onFocus(),
      blur: (_, view) => {
        // Completions that arrive later would lie over the output of a cell nobody is writing in.
        closeCompletion(view);
      },
    }),
    tellsOfRest(() => binding.onRest()),
    EditorState.readOnly.of(binding.readOnly),
    EditorView.editable.of(!binding.readOnly),
    EditorView.contentAttributes.of({
      'aria-label': binding.label,
      spellcheck: binding.kind === 'markdown' ? 'true' : 'false',
    }),
    Prec.low(yCollab(binding.text, binding.awareness, { undoManager: binding.undoManager })),
  ];
}

/** The search panel in the app's way of writing. */
const searchPhrases = {
  next: 'Next',
  previous: 'Previous',
  all: 'All',
  replace: 'Replace',
  'replace all': 'Replace all',
  'match case': 'Match case',
  regexp: 'Regular expression',
  'by word': 'Whole words',
};

function pythonExtensions({ names, askKernel }: EditorBinding): Extension {
  return [
    python(),
    autocompletion({
      icons: false,
      // Enter is a line break unless a completion was chosen with the arrow keys.
      selectOnOpen: false,
      // So no line break can be taken for a choice, and a choice need not wait.
      interactionDelay: 0,
      override: [pythonCompletions(names), valueCompletions(askKernel)],
    }),
  ];
}

function markdownExtensions(): Extension {
  return [markdown(), placeholder('Markdown; {name} shows a value')];
}

/** Completions that nobody sees, still looked for or without a match, take no Escape from what it would do next. */
function dropUnseenCompletions(view: EditorView): boolean {
  if (currentCompletions(view.state).length === 0) closeCompletion(view);
  return false;
}

/** Of several cursors Escape leaves one; otherwise it leaves the editor, whatever is selected in there. */
function dropOtherCursors(view: EditorView): boolean {
  return view.state.selection.ranges.length > 1 && simplifySelection(view);
}

function leaveAtEdge(view: EditorView, step: 1 | -1, binding: EditorBinding): boolean {
  const { main } = view.state.selection;
  if (!main.empty) return false;
  const edge = step === 1 ? view.state.doc.length : 0;
  const moved = view.moveVertically(main, step === 1);
  // On the last line a step down ends at the line's end: only from there does the next one leave.
  if (main.head !== edge || moved.head !== main.head) return false;
  binding.onLeave(step);
  return true;
}
