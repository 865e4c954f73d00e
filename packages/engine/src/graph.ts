/**
 * The graph of names (R1, R2), kept up to date by what an event touches.
 *
 * For each cell it resolves every needed name to the nearest earlier cell that defines it, else the nearest later
 * one. What a cell defines can itself depend on that: calling a function that rebinds a global defines the global.
 * That only ever follows from cells above, so one pass downwards over the touched cells is enough: a later cell
 * counts with what its own analysis says, nothing more.
 */
import { isReadable } from './freshness.ts';
import {
  type Analysis,
  type Cell,
  type CellId,
  compare,
  enterSequence,
  leaveSequence,
  type Name,
  type Program,
  position,
  type State,
  type Use,
} from './state.ts';
import { Worklist } from './worklist.ts';

const nothing: Analysis = { reads: [], defines: [], mutates: [], deferred: {}, carries: {} };

export function analysisOf(cell: Cell): Analysis {
  return cell.analysed.ok ? cell.analysed.analysis : (cell.analysed.before ?? nothing);
}

/** The cell whose version of `name` this cell sees (SPEC R1). */
export function lookup(state: State, cell: Cell, name: Name): Cell | undefined {
  const definers = state.definers.get(name);
  if (definers === undefined) return undefined;
  const index = position(definers, cell);
  const earlier = definers[index - 1];
  if (earlier !== undefined) return earlier;
  const { defines, mutates } = analysisOf(cell);
  if (defines.includes(name) || mutates.includes(name)) return undefined;
  for (let later = index; later < definers.length; later += 1) {
    const candidate = definers[later];
    if (
      candidate !== undefined &&
      candidate !== cell &&
      analysisOf(candidate).defines.includes(name)
    ) {
      return candidate;
    }
  }
  return undefined;
}

/** The deferred code that a value may hold, as seen from a reader. */
function closureOf(reader: Cell, owner: Cell, name: Name): Use | undefined {
  return compare(owner, reader) < 0 ? owner.closures.get(name) : analysisOf(owner).deferred[name];
}

interface Resolution {
  needs: Set<Name>;
  bindings: Map<Name, Cell>;
  defines: Set<Name>;
  mutates: Set<Name>;
}

function resolve(state: State, cell: Cell): Resolution {
  const analysis = analysisOf(cell);
  const needs = new Set<Name>();
  const bindings = new Map<Name, Cell>();
  const defines = new Set(analysis.defines);
  const mutates = new Set(analysis.mutates);
  const mentions: Name[] = [...(analysis.mentions ?? []), ...(cell.found.reads ?? [])];
  const follow = (queue: Name[], onlyAbove: boolean): void => {
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (needs.has(name)) continue;
      needs.add(name);
      const owner = lookup(state, cell, name);
      if (owner === undefined || (onlyAbove && compare(owner, cell) > 0)) continue;
      bindings.set(name, owner);
      const closure = closureOf(cell, owner, name);
      if (closure === undefined) continue;
      queue.push(...closure.reads, ...closure.mutates, ...closure.defines);
      mentions.push(...(closure.mentions ?? []));
      for (const mutated of closure.mutates) mutates.add(mutated);
      for (const defined of closure.defines) defines.add(defined);
    }
  };
  follow([...analysis.reads, ...analysis.mutates], false);
  follow(mentions, true);
  const resolution = { needs, bindings, defines, mutates };
  addFound(state, cell, resolution);
  for (const name of mutates) defines.add(name);
  return resolution;
}

/**
 * What running the cell has shown. A name that it may define comes through it from above where a run does not define
 * it; what shares an object with something that it changes is changed with it. Both are only ever taken from above:
 * what was found at run time closes no circle.
 */
function addFound(state: State, cell: Cell, resolution: Resolution): void {
  const { needs, bindings, defines, mutates } = resolution;
  const bind = (name: Name, from: CellId | null): boolean => {
    needs.add(name);
    const bound = bindings.get(name);
    if (bound !== undefined) return from === null || bound.id === from;
    const owner = lookup(state, cell, name);
    if (owner === undefined || compare(owner, cell) > 0) return false;
    if (from !== null && owner.id !== from) return false;
    bindings.set(name, owner);
    return true;
  };
  for (const name of cell.found.defines) {
    bind(name, null);
    defines.add(name);
  }
  for (const name of cell.found.mutates) if (bind(name, null)) mutates.add(name);
  for (const { cell: owner, names } of cell.shares) {
    const maker = state.cells.get(owner);
    // Nobody sees the other name then, and what has failed is nothing to wait for.
    if (maker === undefined || !isReadable(maker)) continue;
    for (const name of names) if (bind(name, owner)) mutates.add(name);
  }
}

/** What the values of the cell's names may do later: their own deferred code, and that of the values they hold. */
function closuresOf(cell: Cell, { bindings, defines }: Resolution): Map<Name, Use> {
  const { deferred, carries, ...own } = analysisOf(cell);
  const closures = new Map<Name, Use>();
  // How these were changed was not seen: they may hold whatever the cell makes or has (R4.6).
  const changed = new Set<Name>();
  for (const name of defines) {
    if (!own.defines.includes(name) && !own.mutates.includes(name)) changed.add(name);
  }
  for (const name of defines) {
    const reads = new Set<Name>();
    const written = new Set<Name>();
    const mutated = new Set<Name>();
    const mentioned = new Set<Name>();
    const absorb = (use: Use | undefined): void => {
      if (use === undefined) return;
      for (const read of use.reads) reads.add(read);
      for (const define of use.defines) written.add(define);
      for (const mutate of use.mutates) mutated.add(mutate);
      for (const mention of use.mentions ?? []) mentioned.add(mention);
    };
    const seen = new Set<Name>();
    const queue: Name[] = [name];
    for (let held = queue.pop(); held !== undefined; held = queue.pop()) {
      if (seen.has(held)) continue;
      seen.add(held);
      absorb(deferred[held]);
      const owner = bindings.get(held);
      if (owner !== undefined) absorb(closureOf(cell, owner, held));
      queue.push(...(carries[held] ?? []));
      if (changed.has(held)) queue.push(...Object.keys(deferred), ...bindings.keys());
    }
    if (reads.size + written.size + mutated.size + mentioned.size === 0) continue;
    closures.set(name, {
      reads: [...reads].sort(),
      defines: [...written].sort(),
      mutates: [...mutated].sort(),
      ...(mentioned.size > 0 && { mentions: [...mentioned].sort() }),
    });
  }
  return closures;
}

function sameNames(a: readonly Name[], b: readonly Name[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

function sameUse(a: Use | undefined, b: Use | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    sameNames(a.reads, b.reads) &&
    sameNames(a.defines, b.defines) &&
    sameNames(a.mutates, b.mutates) &&
    sameNames(a.mentions ?? [], b.mentions ?? [])
  );
}

function sameProgram(
  a: Program,
  bindings: Map<Name, Cell>,
  defines: Name[],
  mutates: Name[],
): boolean {
  if (!sameNames(a.defines, defines) || !sameNames(a.mutates, mutates)) return false;
  let count = 0;
  for (const name in a.bindings) {
    count += 1;
    if (bindings.get(name)?.id !== a.bindings[name]) return false;
  }
  return count === bindings.size;
}

function setNeeds(state: State, cell: Cell, needs: ReadonlySet<Name>): void {
  for (const name of cell.needs) {
    if (needs.has(name)) continue;
    const needers = state.needers.get(name);
    needers?.delete(cell);
    if (needers?.size === 0) state.needers.delete(name);
  }
  for (const name of needs) {
    const needers = state.needers.get(name);
    if (needers === undefined) state.needers.set(name, new Set([cell]));
    else needers.add(cell);
  }
  cell.needs = needs;
}

function setDependencies(state: State, cell: Cell, owners: readonly Cell[]): void {
  const dependencies = new Set(owners);
  let forward = false;
  for (const owner of dependencies) {
    owner.dependents.add(cell);
    forward ||= compare(owner, cell) > 0;
  }
  for (const owner of cell.dependencies) {
    if (!dependencies.has(owner)) owner.dependents.delete(cell);
  }
  cell.dependencies = dependencies;
  if (forward) state.forward.add(cell);
  else state.forward.delete(cell);
}

function addDefiner(state: State, name: Name, cell: Cell): void {
  const definers = state.definers.get(name);
  if (definers === undefined) {
    state.definers.set(name, [cell]);
    return;
  }
  const at = position(definers, cell);
  if (definers[at] !== cell) definers.splice(at, 0, cell);
}

function removeDefiner(state: State, name: Name, cell: Cell): void {
  const definers = state.definers.get(name);
  if (definers === undefined) return;
  const at = position(definers, cell);
  if (definers[at] === cell) definers.splice(at, 1);
  if (definers.length === 0) state.definers.delete(name);
}

/** The graph's part of one event: what was touched, and which cells came out changed. */
export class Regraph {
  /** Cells whose program (bindings, definitions) is another one now. */
  readonly changed = new Set<Cell>();
  #state: State;
  #work = new Worklist();

  constructor(state: State) {
    this.#state = state;
  }

  insert(cell: Cell): void {
    this.#state.cells.set(cell.id, cell);
    enterSequence(this.#state, cell);
    this.analysed(cell);
  }

  /** Its analysis is new: counts at once for the cells above, which may take names from below. */
  analysed(cell: Cell): void {
    for (const name of analysisOf(cell).defines) {
      addDefiner(this.#state, name, cell);
      this.#revisit(name, cell);
    }
    for (const name of cell.program.defines) this.#revisit(name, cell);
    this.#work.add(cell);
  }

  /** What its runs have shown is new. */
  found(cell: Cell): void {
    this.#work.add(cell);
  }

  remove(cell: Cell): void {
    this.#withdraw(cell);
    setNeeds(this.#state, cell, new Set());
    setDependencies(this.#state, cell, []);
    this.#state.cells.delete(cell.id);
    this.#state.cyclic.delete(cell);
    this.#state.wanted.delete(cell);
  }

  move(cell: Cell, order: string): void {
    this.#withdraw(cell);
    cell.order = order;
    enterSequence(this.#state, cell);
    for (const name of cell.program.defines) addDefiner(this.#state, name, cell);
    for (const name of cell.program.defines) this.#revisit(name, cell);
    this.#work.add(cell);
  }

  /** Takes the cell out of the sequence and the index; whoever depends on it is to be looked at again. */
  #withdraw(cell: Cell): void {
    const defined = new Set([...cell.program.defines, ...analysisOf(cell).defines]);
    for (const name of defined) removeDefiner(this.#state, name, cell);
    leaveSequence(this.#state, cell);
    for (const dependent of cell.dependents) this.#work.add(dependent);
    // Some were kept by it from seeing what they would change (R4.2).
    for (const name of defined) this.#revisit(name, cell);
  }

  /** Looks again at the cells for which `name` may now come from, or no longer from, `cell`. */
  #revisit(name: Name, cell: Cell): void {
    for (const needer of this.#state.needers.get(name) ?? []) {
      if (needer === cell) continue;
      const bound = needer.program.bindings[name];
      if (bound === cell.id || lookup(this.#state, needer, name)?.id !== bound)
        this.#work.add(needer);
    }
  }

  settle(): void {
    const state = this.#state;
    for (let cell = this.#work.take(); cell !== undefined; cell = this.#work.take()) {
      if (state.cells.get(cell.id) !== cell) continue;
      const resolution = resolve(state, cell);
      const closures = closuresOf(cell, resolution);
      setNeeds(state, cell, resolution.needs);
      setDependencies(state, cell, [...resolution.bindings.values()]);

      const defines = [...resolution.defines].sort();
      const mutates = [...resolution.mutates].sort();
      const before = cell.program;
      const closuresBefore = cell.closures;
      cell.closures = closures;
      if (!sameProgram(before, resolution.bindings, defines, mutates)) {
        const bindings: Record<Name, CellId> = Object.create(null);
        for (const [name, owner] of resolution.bindings) bindings[name] = owner.id;
        cell.program = { bindings, defines, mutates };
        cell.names = [...resolution.bindings.keys()];
        cell.owners = [...resolution.bindings.values()];
        this.changed.add(cell);
      }
      for (const name of before.defines) {
        if (resolution.defines.has(name)) continue;
        removeDefiner(state, name, cell);
        this.#revisit(name, cell);
      }
      const known = new Set(before.defines);
      for (const name of defines) {
        if (!known.has(name)) {
          addDefiner(state, name, cell);
          this.#revisit(name, cell);
        } else if (!sameUse(closures.get(name), closuresBefore.get(name))) {
          this.#revisit(name, cell);
        }
      }
    }
  }
}
