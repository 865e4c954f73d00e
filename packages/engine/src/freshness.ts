import type { Cell, Input, Name, State } from './state.ts';
import { Worklist } from './worklist.ts';

/** The version of a name that a cell provides. One run makes one version of all its names. */
export function versionOf(cell: Cell): number {
  return cell.version;
}

/** What the cell would see if it ran now. */
export function currentInputs(state: State, cell: Cell): Record<Name, Input> {
  const inputs: Record<Name, Input> = Object.create(null);
  const { bindings } = cell.program;
  for (const name in bindings) {
    const owner = state.cells.get(bindings[name] ?? '');
    if (owner !== undefined) inputs[name] = { cell: owner.id, version: versionOf(owner) };
  }
  return inputs;
}

/** The first name, in order, that now comes from another version than the last run saw; null when none does. */
export function changedInput(state: State, cell: Cell): Name | null {
  const before = cell.ran?.inputs ?? {};
  const { bindings } = cell.program;
  for (const name in bindings) {
    const owner = state.cells.get(bindings[name] ?? '');
    const input = before[name];
    if (input === undefined || input.cell !== owner?.id || input.version !== versionOf(owner))
      return name;
  }
  for (const name in before) if (!(name in bindings)) return name;
  return null;
}

/**
 * Brings `fresh`, `failed` and `blockedBy` up to date from the seeds downwards; returns the cells in which one
 * changed. They are derived, never set: a cell that is moved away and back is fresh again.
 */
export function refresh(state: State, seeds: Iterable<Cell>): Set<Cell> {
  const work = new Worklist();
  for (const seed of seeds) work.add(seed);
  const changed = new Set<Cell>();
  for (let cell = work.take(); cell !== undefined; cell = work.take()) {
    if (state.cells.get(cell.id) !== cell) continue;
    const { ran } = cell;
    const sound = cell.analysed.ok && cell.cycle === null;
    let dependenciesFresh = true;
    let blockedBy: string | null = null;
    for (const id of cell.dependencies) {
      const dependency = state.cells.get(id);
      if (dependency === undefined) continue;
      dependenciesFresh &&= dependency.fresh;
      if (dependency.failed) blockedBy ??= id;
      else blockedBy ??= dependency.blockedBy;
    }
    const current =
      sound &&
      dependenciesFresh &&
      ran !== null &&
      ran.revision === cell.revision &&
      changedInput(state, cell) === null;
    const fresh = current && ran.ending === 'ok';
    const failed = !sound || (current && ran.ending !== 'ok' && ran.ending !== 'fault');
    if (failed) blockedBy = null;
    if (fresh === cell.fresh && failed === cell.failed && blockedBy === cell.blockedBy) continue;
    cell.fresh = fresh;
    cell.failed = failed;
    cell.blockedBy = blockedBy;
    changed.add(cell);
    // Inside a cycle everything has failed, and that ends the propagation.
    for (const id of cell.dependents) {
      const dependent = state.cells.get(id);
      if (dependent !== undefined) work.add(dependent);
    }
  }
  return changed;
}
