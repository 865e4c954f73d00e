import {
  type Cell,
  type Inputs,
  type Name,
  type Program,
  type Ran,
  type State,
  versionOf,
} from './state.ts';
import { Worklist } from './worklist.ts';

/** The first name, in order, that now comes from another version than the last run saw; null when none does. */
export function changedInput(cell: Cell): Name | null {
  const { names, owners, ran } = cell;
  const seen = ran ?? nothing;
  // Nearly always the run was of the present program: then the names are the same, in the same order.
  const aligned = seen.names === names;
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] ?? '';
    const at = aligned ? index : seen.names.indexOf(name);
    const owner = owners[index];
    if (at < 0 || owner === undefined || seen.versions[at] !== versionOf(owner, name)) return name;
  }
  if (aligned) return null;
  return seen.names.find((name) => !names.includes(name)) ?? null;
}

const nothing: Inputs = { names: [], versions: [] };

/**
 * Brings `fresh`, `failed` and `blockedBy` up to date from the seeds downwards; returns the cells in which one
 * changed, and adds to `turned` those whose values can be read now and could not before, or the other way round. They
 * are derived, never set: a cell that is moved away and back is fresh again.
 */
export function refresh(state: State, seeds: Iterable<Cell>, turned: Set<Cell>): Set<Cell> {
  const work = new Worklist();
  for (const seed of seeds) work.add(seed);
  const changed = new Set<Cell>();
  for (let cell = work.take(); cell !== undefined; cell = work.take()) {
    if (state.cells.get(cell.id) !== cell) continue;
    const { ran } = cell;
    const sound = cell.analysed.ok && cell.cycle === null && !cell.disabled;
    let dependenciesFresh = true;
    let blockedBy: string | null = null;
    for (const dependency of cell.dependencies) {
      dependenciesFresh &&= dependency.fresh;
      if (dependency.failed) blockedBy ??= dependency.id;
      else blockedBy ??= dependency.blockedBy;
    }
    const current =
      sound &&
      dependenciesFresh &&
      ran !== null &&
      ran.revision === cell.revision &&
      changedInput(cell) === null &&
      hasChanged(ran, cell.program);
    const fresh = current && ran.ending === 'ok';
    const failed = !sound || (current && ran.ending !== 'ok' && ran.ending !== 'fault');
    if (failed) blockedBy = null;
    if (fresh === cell.fresh && failed === cell.failed && blockedBy === cell.blockedBy) continue;
    const couldBeRead = isReadable(cell);
    cell.fresh = fresh;
    cell.failed = failed;
    cell.blockedBy = blockedBy;
    if (couldBeRead !== isReadable(cell)) turned.add(cell);
    changed.add(cell);
    // Inside a cycle everything has failed, and that ends the propagation.
    for (const dependent of cell.dependents) work.add(dependent);
  }
  return changed;
}

/**
 * Whether the run changed in place just what the cell changes now: of what it did not change it has no versions, and
 * what it changed beyond that it may have shown (R4.2).
 */
export function hasChanged({ mutates }: Ran, program: Program): boolean {
  if (mutates === program.mutates) return true;
  if (mutates.length !== program.mutates.length) return false;
  return program.mutates.every((name) => mutates.includes(name));
}

/** Whether anybody may see what the cell defines. */
export function isReadable({ failed, blockedBy }: Cell): boolean {
  return !failed && blockedBy === null;
}
