/** Which cell is selected, and whether its text is being edited; one cell can listen for itself alone. */
export interface Selected {
  readonly cell: string | null;
  readonly editing: boolean;
}

export class Selection {
  #selected: Selected = { cell: null, editing: false };
  readonly #listeners = new Set<() => void>();

  readonly get = (): Selected => this.#selected;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  select(cell: string | null, editing = false): void {
    if (cell === this.#selected.cell && editing === this.#selected.editing) return;
    this.#selected = { cell, editing };
    for (const listener of [...this.#listeners]) listener();
  }
}
