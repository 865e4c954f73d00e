/** Makes a scenario that differs as short as it can be while it still differs in the same way. */
import type { DifferenceKind } from './compare.ts';
import { type Finding, play } from './play.ts';
import type { Edit, Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** What never comes to rest takes seconds to be seen; then it is not made as short as it might be. */
const maxMs = 60_000;

export interface Shrunk {
  scenario: Scenario;
  finding: Finding;
}

/** How often a scenario is played before it counts as one that never differs: some differ now and then. */
const maxTries = 20;

/** Null when it does not differ again, in a kernel of its own. */
export async function shrink(world: World, scenario: Scenario): Promise<Shrunk | null> {
  await world.kernels.renew();
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const { found } = await play(world, scenario);
    // What differs every third time is looked for that often, and somewhat longer.
    if (found !== null) return new Shrinker(world, scenario, found, 2 * tries - 1).shrink();
  }
  return null;
}

class Shrinker {
  readonly #world: World;
  readonly #kind: DifferenceKind | undefined;
  #best: Scenario;
  #finding: Finding;
  readonly #tries: number;
  readonly #deadline = performance.now() + maxMs;

  constructor(world: World, scenario: Scenario, finding: Finding, tries: number) {
    this.#tries = tries;
    this.#world = world;
    this.#kind = finding.differences[0]?.kind;
    this.#best = scenario;
    this.#finding = finding;
  }

  async shrink(): Promise<Shrunk> {
    let size: number;
    do {
      size = sizeOf(this.#best);
      // What follows the difference has no part in it.
      await this.#try({ ...this.#best, edits: this.#best.edits.slice(0, this.#finding.after) });
      await this.#startLater();
      await this.#tryEach((scenario) => scenario.edits.length, withoutEdit);
      await this.#tryEach((scenario) => scenario.cells.length, withoutCell);
      await this.#tryEach((scenario) => scenario.edits.length, calmer);
      await this.#tryLines();
      if (this.#best.mode === 'lazy') await this.#try({ ...this.#best, mode: 'auto' });
    } while (sizeOf(this.#best) < size && !this.#isOver);
    return { scenario: this.#best, finding: this.#finding };
  }

  get #isOver(): boolean {
    return performance.now() > this.#deadline;
  }

  /** Whether it still differs; then it is the best so far. */
  async #try(scenario: Scenario): Promise<boolean> {
    if (this.#isOver) return false;
    if (JSON.stringify(scenario) === JSON.stringify(this.#best)) return false;
    for (let tries = 0; tries < this.#tries && !this.#isOver; tries += 1) {
      const { found } = await play(this.#world, scenario);
      if (found === null || found.differences[0]?.kind !== this.#kind) continue;
      this.#best = scenario;
      this.#finding = found;
      return true;
    }
    return false;
  }

  /** From the last: what comes after others is less likely to be needed by them. */
  async #tryEach(
    count: (scenario: Scenario) => number,
    change: (scenario: Scenario, at: number) => Scenario,
  ): Promise<void> {
    for (let at = count(this.#best) - 1; at >= 0; at -= 1) {
      if (at < count(this.#best)) await this.#try(change(this.#best, at));
    }
  }

  /** The notebook as it is written in the end, without the way there; or as it is after the first edits. */
  async #startLater(): Promise<void> {
    if (await this.#try({ mode: 'auto', cells: this.#finding.cells, edits: [] })) return;
    for (let count = this.#best.edits.length; count > 0; count -= 1) {
      const cells = this.#cellsAfter(count);
      if (await this.#try({ ...this.#best, cells, edits: this.#best.edits.slice(count) })) return;
    }
  }

  #cellsAfter(count: number): Scenario['cells'] {
    const cells = [...this.#best.cells];
    for (const edit of this.#best.edits.slice(0, count)) apply(cells, edit);
    return cells;
  }

  async #tryLines(): Promise<void> {
    for (const at of this.#best.cells.keys()) {
      await this.#shorten(
        (scenario) => scenario.cells[at]?.code ?? '',
        (scenario, code) => ({
          ...scenario,
          cells: scenario.cells.map((cell, index) => (index === at ? { ...cell, code } : cell)),
        }),
      );
    }
    for (const [at, edit] of this.#best.edits.entries()) {
      if (!('code' in edit)) continue;
      await this.#shorten(
        (scenario) => {
          const current = scenario.edits[at];
          return current !== undefined && 'code' in current ? current.code : '';
        },
        (scenario, code) => ({
          ...scenario,
          edits: scenario.edits.map((one, index) => (index === at ? { ...one, code } : one)),
        }),
      );
    }
  }

  async #shorten(
    get: (scenario: Scenario) => string,
    put: (scenario: Scenario, code: string) => Scenario,
  ): Promise<void> {
    let line = get(this.#best).split('\n').length - 1;
    while (line >= 0) {
      const lines = get(this.#best).split('\n');
      const block = blockLength(lines, line);
      const without = [...lines.slice(0, line), ...lines.slice(line + block)];
      if (without.length > 0) await this.#try(put(this.#best, without.join('\n')));
      line -= 1;
    }
  }
}

/** A line and those that are indented deeper below it. */
function blockLength(lines: readonly string[], at: number): number {
  const depth = (line: string): number => line.length - line.trimStart().length;
  let length = 1;
  while (at + length < lines.length && depth(lines[at + length] ?? '') > depth(lines[at] ?? '')) {
    length += 1;
  }
  return length;
}

function withoutEdit(scenario: Scenario, at: number): Scenario {
  return { ...scenario, edits: scenario.edits.filter((_, index) => index !== at) };
}

function withoutCell(scenario: Scenario, at: number): Scenario {
  return { ...scenario, cells: scenario.cells.filter((_, index) => index !== at) };
}

/** With a rest after each edit. */
function calmer(scenario: Scenario, at: number): Scenario {
  const edits = scenario.edits.map((edit, index) => {
    const { hurriedMs, ...calm } = edit;
    return index === at ? calm : edit;
  });
  return { ...scenario, edits };
}

/** What is written then; what was run or restarted leaves no trace. */
function apply(cells: Scenario['cells'], edit: Edit): void {
  const at = 'cell' in edit ? cells.findIndex(({ id }) => id === edit.cell) : -1;
  const cell = cells[at];
  const placeAfter = (after: string | null): number =>
    after === null ? 0 : cells.findIndex(({ id }) => id === after) + 1 || cells.length;
  if (edit.type === 'insert') {
    const { id, kind, code } = edit;
    cells.splice(placeAfter(edit.after), 0, { id, kind, code });
  }
  if (cell === undefined) return;
  if (edit.type === 'write' || edit.type === 'type') cells[at] = { ...cell, code: edit.code };
  if (edit.type === 'retype') cells[at] = { ...cell, kind: edit.kind };
  if (edit.type === 'delete') cells.splice(at, 1);
  if (edit.type === 'move') {
    cells.splice(at, 1);
    cells.splice(placeAfter(edit.after), 0, cell);
  }
}

function sizeOf(scenario: Scenario): number {
  return JSON.stringify(scenario).length;
}
