/**
 * Every key of the notebook page, in one table: the key handling and the dialog that lists the keys both read it.
 *
 * `anywhere` shortcuts work inside an editor too and win over its own keys. `command` shortcuts do
 * not work in a text field, and those that are single keys only while the selected cell has the focus.
 */
export type ShortcutAction =
  | 'run-and-advance'
  | 'run'
  | 'run-all'
  | 'interrupt'
  | 'previous-cell'
  | 'next-cell'
  | 'show-shortcuts'
  | 'show-saved'
  | 'edit-cell'
  | 'select-above'
  | 'select-below'
  | 'add-above'
  | 'add-below'
  | 'delete-cell'
  | 'make-markdown'
  | 'make-python'
  | 'copy-cell'
  | 'cut-cell'
  | 'paste-cell'
  | 'split-cell'
  | 'merge-below'
  | 'toggle-disabled'
  | 'move-up'
  | 'move-down'
  | 'undo'
  | 'redo';

export interface Shortcut {
  action: ShortcutAction;
  /** Alternatives, each a sequence of chords: `Mod+Enter`, `d d`. `Mod` is Cmd on a Mac and Ctrl elsewhere. */
  keys: readonly string[];
  where: 'anywhere' | 'command';
  label: string;
  group: 'Run' | 'Move around' | 'Change cells' | 'Notebook';
}

export const shortcuts: readonly Shortcut[] = [
  {
    action: 'run-and-advance',
    keys: ['Shift+Enter'],
    where: 'anywhere',
    label: 'Run and go on',
    group: 'Run',
  },
  { action: 'run', keys: ['Mod+Enter'], where: 'anywhere', label: 'Run and stay', group: 'Run' },
  {
    action: 'run-all',
    keys: ['Mod+Shift+Enter'],
    where: 'anywhere',
    label: 'Run all',
    group: 'Run',
  },
  { action: 'interrupt', keys: ['i i'], where: 'command', label: 'Interrupt', group: 'Run' },
  {
    action: 'previous-cell',
    keys: ['Mod+Shift+ArrowUp'],
    where: 'anywhere',
    label: 'Edit previous cell',
    group: 'Move around',
  },
  {
    action: 'next-cell',
    keys: ['Mod+Shift+ArrowDown'],
    where: 'anywhere',
    label: 'Edit next cell',
    group: 'Move around',
  },
  {
    action: 'select-above',
    keys: ['ArrowUp', 'k'],
    where: 'command',
    label: 'Select cell above',
    group: 'Move around',
  },
  {
    action: 'select-below',
    keys: ['ArrowDown', 'j'],
    where: 'command',
    label: 'Select cell below',
    group: 'Move around',
  },
  {
    action: 'edit-cell',
    keys: ['Enter'],
    where: 'command',
    label: 'Edit cell (Esc leaves it)',
    group: 'Move around',
  },
  {
    action: 'add-above',
    keys: ['a'],
    where: 'command',
    label: 'Add cell above',
    group: 'Change cells',
  },
  {
    action: 'add-below',
    keys: ['b'],
    where: 'command',
    label: 'Add cell below',
    group: 'Change cells',
  },
  {
    action: 'delete-cell',
    keys: ['d d'],
    where: 'command',
    label: 'Delete cell',
    group: 'Change cells',
  },
  {
    action: 'copy-cell',
    keys: ['Mod+c'],
    where: 'command',
    label: 'Copy cell',
    group: 'Change cells',
  },
  {
    action: 'cut-cell',
    keys: ['Mod+x'],
    where: 'command',
    label: 'Cut cell',
    group: 'Change cells',
  },
  {
    action: 'paste-cell',
    keys: ['Mod+v'],
    where: 'command',
    label: 'Paste below',
    group: 'Change cells',
  },
  {
    action: 'split-cell',
    keys: ['Mod+Shift+_'],
    where: 'anywhere',
    label: 'Split at the cursor',
    group: 'Change cells',
  },
  {
    action: 'merge-below',
    keys: ['Shift+m'],
    where: 'command',
    label: 'Merge with cell below',
    group: 'Change cells',
  },
  {
    action: 'toggle-disabled',
    keys: ['e'],
    where: 'command',
    label: 'Disable or enable cell',
    group: 'Change cells',
  },
  {
    action: 'make-markdown',
    keys: ['m'],
    where: 'command',
    label: 'Change to Markdown',
    group: 'Change cells',
  },
  {
    action: 'make-python',
    keys: ['y'],
    where: 'command',
    label: 'Change to Python',
    group: 'Change cells',
  },
  {
    action: 'move-up',
    keys: ['Alt+ArrowUp'],
    where: 'command',
    label: 'Move cell up',
    group: 'Change cells',
  },
  {
    action: 'move-down',
    keys: ['Alt+ArrowDown'],
    where: 'command',
    label: 'Move cell down',
    group: 'Change cells',
  },
  { action: 'undo', keys: ['z', 'Mod+z'], where: 'command', label: 'Undo', group: 'Change cells' },
  {
    action: 'redo',
    keys: ['Shift+z', 'Mod+Shift+z', 'Mod+y'],
    where: 'command',
    label: 'Redo',
    group: 'Change cells',
  },
  {
    action: 'show-shortcuts',
    keys: ['Mod+k'],
    where: 'anywhere',
    label: 'Show these shortcuts',
    group: 'Notebook',
  },
  {
    action: 'show-saved',
    keys: ['Mod+s'],
    where: 'anywhere',
    label: 'Show what is saved',
    group: 'Notebook',
  },
];

export type KeyStroke = Pick<
  KeyboardEvent,
  'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey' | 'timeStamp'
>;

/** The second key of a sequence must follow within this time. */
const sequenceMs = 800;

/** Turns key strokes into actions; remembers the first half of a sequence. */
export class ShortcutReader {
  readonly #isMac: boolean;
  #previous: { chord: string; at: number } | null = null;

  constructor(isMac: boolean) {
    this.#isMac = isMac;
  }

  /** The action that this stroke completes, or null. */
  read(stroke: KeyStroke, where: Shortcut['where']): ShortcutAction | null {
    const chord = chordOf(stroke, this.#isMac);
    const previous = this.#previous;
    this.#previous = { chord, at: stroke.timeStamp };
    const sequence =
      previous && stroke.timeStamp - previous.at < sequenceMs ? `${previous.chord} ${chord}` : null;
    const found = shortcuts.find(
      (shortcut) =>
        (shortcut.where === 'anywhere' || where === 'command') &&
        shortcut.keys.some((keys) => keys === chord || keys === sequence),
    );
    if (found) this.#previous = null;
    return found?.action ?? null;
  }
}

function chordOf(stroke: KeyStroke, isMac: boolean): string {
  const mod = isMac ? stroke.metaKey : stroke.ctrlKey;
  // The other of Ctrl and Cmd belongs to the system: such a chord matches nothing here.
  const foreign = isMac ? stroke.ctrlKey : stroke.metaKey;
  const key = stroke.key.length === 1 ? stroke.key.toLowerCase() : stroke.key;
  return [
    foreign && 'System',
    mod && 'Mod',
    stroke.altKey && 'Alt',
    stroke.shiftKey && 'Shift',
    key,
  ]
    .filter((part) => part !== false)
    .join('+');
}

const names: Readonly<Record<string, { mac: string; other: string }>> = {
  Mod: { mac: '⌘', other: 'Ctrl' },
  Shift: { mac: '⇧', other: 'Shift' },
  Alt: { mac: '⌥', other: 'Alt' },
  Enter: { mac: '↩', other: 'Enter' },
  // With Shift, the minus key gives an underscore.
  _: { mac: '-', other: '-' },
  ArrowUp: { mac: '↑', other: '↑' },
  ArrowDown: { mac: '↓', other: '↓' },
};

/** Keys as they are printed on this user's keyboard: `⌘↩`, `Ctrl+Enter`, `D D`. */
export function printKeys(keys: string, isMac: boolean): string {
  return keys
    .split(' ')
    .map((chord) =>
      chord
        .split('+')
        .map((part) => names[part]?.[isMac ? 'mac' : 'other'] ?? part.toUpperCase())
        .join(isMac ? '' : '+'),
    )
    .join(' ');
}

export const onMac =
  typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

/** The first keys of an action, for tooltips and menus. */
export function keysOf(action: ShortcutAction): string | undefined {
  const first = shortcuts.find((shortcut) => shortcut.action === action)?.keys[0];
  return first && printKeys(first, onMac);
}
