/**
 * What a user can do to an open notebook, whether by key, button or menu. Each action changes the document or asks
 * the server, moves the selection along, and says so where the server refused. It draws nothing.
 */
import { type CellKind, mayEditAs, type Problem, type RunTarget } from '@rnb/protocol';
import type { NotebookClient } from '../client/index.ts';
import { toast } from '../shell/toasts.tsx';
import type { CopiedCell } from './cell-clipboard.ts';
import type { Selection } from './selection.ts';

export class NotebookActions {
  readonly #client: NotebookClient;
  readonly #selection: Selection;

  constructor(client: NotebookClient, selection: Selection) {
    this.#client = client;
    this.#selection = selection;
  }

  get mayEdit(): boolean {
    return mayEditAs(this.#client.status.get().role);
  }

  get mayRun(): boolean {
    return this.mayEdit || this.#client.status.get().role === 'runner';
  }

  run(target: RunTarget): void {
    if (this.mayRun) void this.#client.run(target).then(complain);
  }

  /** Somebody has rested while writing in the cell. Nobody asked for anything, so nothing is said of a refusal. */
  rest(cell: string): void {
    if (this.#client.structure.getMeta().runOnIdle && this.mayEdit) {
      void this.#client.commitWhole([cell]);
    }
  }

  interrupt(): void {
    if (this.mayRun) void this.#client.interrupt().then(complain);
  }

  restart(): void {
    if (this.mayRun) void this.#client.restart().then(complain);
  }

  /** Runs the cell and goes to the next, which is made when there is none. */
  runAndAdvance(cell: string): void {
    this.run([cell]);
    const next = this.#neighbour(cell, 1);
    if (next !== null) this.select(next, { scroll: true });
    else if (this.mayEdit) this.insert('python', cell);
    else this.select(cell);
  }

  /** Runs the cell and stays at it; of prose, what it says is shown. */
  runAndStay(cell: string): void {
    this.run([cell]);
    if (this.#client.structure.getCell(cell)?.kind === 'markdown') this.select(cell);
  }

  select(cell: string, options: { edit?: boolean; scroll?: boolean } = {}): void {
    this.#selection.select(cell, options.edit ?? false);
    if (options.scroll) elementOf(cell)?.scrollIntoView({ block: 'nearest' });
  }

  /** Brings a cell into view and draws the eye to it. */
  readonly reveal = (cell: string): void => {
    this.select(cell);
    const element = elementOf(cell);
    if (!element) return;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: 'center', behavior: 'smooth' });
    // Its box, without the number beside it.
    const box = element.lastElementChild ?? element;
    box.classList.remove('animate-flash');
    // Reading the layout lets the animation start anew.
    void element.offsetWidth;
    box.classList.add('animate-flash');
  };

  selectNeighbour(step: 1 | -1, edit: boolean): void {
    const { cell } = this.#selection.get();
    const order = this.#client.structure.getOrder();
    const target =
      cell === null ? (step === 1 ? order[0] : order.at(-1)) : this.#neighbour(cell, step);
    if (target) this.select(target, { edit, scroll: true });
  }

  /** `after` null: first. The new cell is ready for typing. */
  insert(kind: CellKind, after: string | null, code = '', disabled = false): void {
    if (!this.mayEdit) return;
    let id = '';
    this.#client.edit((document) => {
      id = document.insertCell({ kind, code, disabled, after });
    });
    this.#selection.select(id, true);
  }

  insertBeside(cell: string | null, side: 'above' | 'below'): void {
    const order = this.#client.structure.getOrder();
    const anchor = cell ?? order.at(-1) ?? null;
    const after = anchor === null || side === 'below' ? anchor : this.#neighbour(anchor, -1);
    this.insert('python', after);
  }

  duplicate(cell: string): void {
    const original = this.#client.structure.getCell(cell);
    if (!original) return;
    this.insert(original.kind, cell, original.text.toString(), original.disabled);
  }

  remove(id: string): void {
    const cell = this.#client.structure.getCell(id);
    if (!cell || !this.mayEdit) return;
    const { kind, name, disabled } = cell;
    const removed = { id, kind, name, disabled, code: cell.text.toString() };
    const after = this.#neighbour(id, -1);
    const heir = this.#neighbour(id, 1) ?? after;
    this.#client.edit((document) => document.removeCell(id));
    this.#selection.select(heir);
    const { structure } = this.#client;
    const dismiss = toast('Cell deleted', {
      action: {
        label: 'Undo',
        run: () => {
          this.#client.edit((document) => document.insertCell({ ...removed, after }));
          this.select(id, { scroll: true });
        },
      },
      onExpire: () => stop(),
    });
    // It may come back another way: by the undo key, or somebody else's.
    const stop = structure.subscribeCell(id, () => {
      if (structure.getCell(id) === undefined) return;
      stop();
      dismiss();
    });
  }

  /** Puts cells after another one, or (null) at the top, and selects the last. */
  insertAll(cells: readonly CopiedCell[], after: string | null): void {
    if (!this.mayEdit) return;
    let last = after;
    this.#client.edit((document) => {
      for (const cell of cells) last = document.insertCell({ ...cell, after: last });
    });
    if (last !== null) this.select(last, { scroll: true });
  }

  /** What stands behind the position becomes a cell of its own; the line breaks around it go. */
  split(id: string, position: number): void {
    const cell = this.#client.structure.getCell(id);
    if (!cell || !this.mayEdit) return;
    const code = cell.text.toString();
    const above = code.slice(0, position).replace(/\n+$/, '');
    const below = code.slice(position).replace(/^\n+/, '');
    let added = '';
    this.#client.edit((document) => {
      document.setCode(id, above);
      const { kind, disabled } = cell;
      added = document.insertCell({ kind, disabled, code: below, after: id });
    });
    this.select(added, { edit: true, scroll: true });
  }

  /** The cell below adds its text, and goes; what they make is of this cell's kind. */
  mergeBelow(id: string): void {
    const below = this.#neighbour(id, 1);
    const cells = [id, below ?? ''].map((each) => this.#client.structure.getCell(each));
    const [cell, other] = cells;
    if (!cell || !other || !this.mayEdit) return;
    const between = cell.kind === 'markdown' ? '\n\n' : '\n';
    const texts = [cell, other].map(({ text }) => text.toString()).filter((text) => text !== '');
    this.#client.edit((document) => {
      document.setCode(id, texts.join(between));
      document.removeCell(other.id);
    });
  }

  runAbove(cell: string): void {
    const order = this.#client.structure.getOrder();
    this.#runPart(order.slice(0, order.indexOf(cell)));
  }

  runFromHere(cell: string): void {
    const order = this.#client.structure.getOrder();
    this.#runPart(order.slice(order.indexOf(cell)));
  }

  #runPart(cells: readonly string[]): void {
    if (cells.length > 0) this.run([...cells]);
  }

  move(cell: string, step: 1 | -1): void {
    const beyond = this.#neighbour(cell, step);
    if (beyond === null) return;
    this.moveAfter(cell, step === 1 ? beyond : this.#neighbour(beyond, -1));
    elementOf(cell)?.scrollIntoView({ block: 'nearest' });
  }

  /** `after` null: to the top. */
  moveAfter(cell: string, after: string | null): void {
    if (!this.mayEdit || after === cell) return;
    this.#client.edit((document) => document.moveCell(cell, after));
  }

  setKind(cell: string, kind: CellKind): void {
    if (this.mayEdit) this.#client.edit((document) => document.setKind(cell, kind));
  }

  setDisabled(cell: string, disabled: boolean): void {
    if (this.mayEdit) this.#client.edit((document) => document.setDisabled(cell, disabled));
  }

  toggleDisabled(cell: string): void {
    const disabled = this.#client.structure.getCell(cell)?.disabled;
    if (disabled !== undefined) this.setDisabled(cell, !disabled);
  }

  undo(): void {
    this.#goInHistory(() => this.#client.undo());
  }

  redo(): void {
    this.#goInHistory(() => this.#client.redo());
  }

  /** A cell that comes back is where one looks next. */
  #goInHistory(go: () => void): void {
    if (!this.mayEdit) return;
    const before = new Set(this.#client.structure.getOrder());
    go();
    const back = this.#client.structure.getOrder().find((cell) => !before.has(cell));
    if (back !== undefined) this.select(back, { scroll: true });
  }

  showSaved(): void {
    const { saved, connection } = this.#client.status.get();
    if (saved === 'saved') toast('Everything is saved');
    else if (connection.state === 'connected') toast('Saving…');
    else toast('Not saved yet: there is no connection. It is kept in this tab.', { tone: 'bad' });
  }

  #neighbour(cell: string, step: 1 | -1): string | null {
    const order = this.#client.structure.getOrder();
    const index = order.indexOf(cell);
    return index === -1 ? null : (order[index + step] ?? null);
  }
}

function complain(problem: Problem | null): void {
  if (problem) toast(problem.detail, { tone: 'bad' });
}

/** The element that shows a cell; cells are marked by `data-cell`. */
export function elementOf(cell: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-cell="${CSS.escape(cell)}"]`);
}
