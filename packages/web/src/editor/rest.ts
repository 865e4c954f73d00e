import { completionStatus } from '@codemirror/autocomplete';
import { type Extension, Transaction } from '@codemirror/state';
import { type EditorView, type PluginValue, ViewPlugin, type ViewUpdate } from '@codemirror/view';

/** Long enough to think of the next word, short enough not to wait for. */
export const restMs = 1_000;

/** Calls back when whoever writes here has rested, or leaves. What others write does not count. */
export function tellsOfRest(onRest: () => void): Extension {
  return ViewPlugin.define((view) => new Rest(view, onRest), {
    eventHandlers: {
      // The text may be complete with it, without any further change.
      compositionend() {
        this.waitAgain();
      },
    },
  });
}

/** What it needs of an editor. */
type Watched = Pick<EditorView, 'state' | 'composing' | 'hasFocus'>;

export class Rest implements PluginValue {
  readonly #view: Watched;
  readonly #onRest: () => void;
  /** Something was typed that nobody has heard of. */
  #typed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(view: Watched, onRest: () => void) {
    this.#view = view;
    this.#onRest = onRest;
  }

  update({ transactions, focusChanged }: Pick<ViewUpdate, 'transactions' | 'focusChanged'>): void {
    this.#typed ||= transactions.some(isTyped);
    if (transactions.length > 0 || focusChanged) this.waitAgain();
  }

  waitAgain(): void {
    clearTimeout(this.#timer);
    if (this.#typed) this.#timer = setTimeout(() => this.#rest(), restMs);
  }

  destroy(): void {
    clearTimeout(this.#timer);
    if (this.#typed && !this.#view.composing) this.#onRest();
  }

  #rest(): void {
    // Something is still being chosen; when it is over, an update comes.
    if (this.#view.composing || (this.#view.hasFocus && isChoosing(this.#view))) return;
    this.#typed = false;
    this.#onRest();
  }
}

function isChoosing({ state }: Watched): boolean {
  const { ranges, main } = state.selection;
  return completionStatus(state) !== null || ranges.length > 1 || !main.empty;
}

/** Changes of others, and of an undo, come through the shared text and are no user's event here. */
function isTyped(transaction: Transaction): boolean {
  return transaction.docChanged && transaction.annotation(Transaction.userEvent) !== undefined;
}
