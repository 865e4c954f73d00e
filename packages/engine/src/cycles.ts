import type { Cell, CellId, Name, State } from './state.ts';

/**
 * Finds the cycles (R7) that the changed cells are in, and those that were and are no longer. Only a name taken from
 * a later cell can close one, so most notebooks never get past the first line. Returns the cells whose `cycle`
 * changed.
 */
export function findCycles(state: State, changed: Iterable<Cell>): Cell[] {
  if (state.forward.size === 0 && state.cyclic.size === 0) return [];
  const starts = new Set<Cell>(changed);
  for (const cell of state.cyclic) starts.add(cell);
  const touched: Cell[] = [];
  const component = components(starts);
  for (const [cell, members] of component) {
    const path =
      members.length > 1 || cell.dependencies.has(cell) ? wayRound(state, cell, members) : null;
    if (path === null && cell.cycle === null) continue;
    const same =
      path?.map((step) => step.cell).join() === cell.cycle?.map((step) => step.cell).join();
    cell.cycle = path;
    if (path === null) state.cyclic.delete(cell);
    else state.cyclic.add(cell);
    if (!same) touched.push(cell);
  }
  return touched;
}

/** Strongly connected components among everything the starts depend on (Tarjan 1972, without recursion). */
function components(starts: Iterable<Cell>): Map<Cell, Cell[]> {
  const index = new Map<Cell, number>();
  const low = new Map<Cell, number>();
  const result = new Map<Cell, Cell[]>();
  const open: Cell[] = [];
  const isOpen = new Set<Cell>();
  for (const start of starts) {
    if (index.has(start)) continue;
    const path: { cell: Cell; rest: Iterator<Cell> }[] = [];
    const enter = (cell: Cell): void => {
      index.set(cell, index.size);
      low.set(cell, index.size - 1);
      open.push(cell);
      isOpen.add(cell);
      path.push({ cell, rest: cell.dependencies.values() });
    };
    enter(start);
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const { cell, rest } = at;
      const lower = (value: number): void => {
        low.set(cell, Math.min(low.get(cell) ?? value, value));
      };
      const step = rest.next();
      if (!step.done) {
        const next = step.value;
        const seen = index.get(next);
        if (seen === undefined) enter(next);
        else if (isOpen.has(next)) lower(seen);
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.cell;
      const own = low.get(cell) ?? 0;
      if (parent !== undefined) low.set(parent, Math.min(low.get(parent) ?? own, own));
      if (own !== index.get(cell)) continue;
      const members = open.splice(open.lastIndexOf(cell));
      for (const member of members) {
        isOpen.delete(member);
        result.set(member, members);
      }
    }
  }
  return result;
}

/** The shortest way from the cell over its dependencies back to itself. */
function wayRound(
  state: State,
  cell: Cell,
  members: readonly Cell[],
): { cell: CellId; name: Name }[] | null {
  const inside = new Set(members.map((member) => member.id));
  const from = new Map<CellId, { cell: CellId; name: Name }>();
  const queue: CellId[] = [cell.id];
  for (const at of queue) {
    const bindings = state.cells.get(at)?.program.bindings ?? {};
    for (const name of Object.keys(bindings).sort()) {
      const owner = bindings[name];
      if (owner === undefined || !inside.has(owner)) continue;
      if (owner === cell.id) {
        const path = [{ cell: at, name }];
        for (let step = from.get(at); step !== undefined; step = from.get(step.cell))
          path.unshift(step);
        return path;
      }
      if (from.has(owner)) continue;
      from.set(owner, { cell: at, name });
      queue.push(owner);
    }
  }
  return null;
}
