/** Random scenarios: a seed gives the same one always. */
import type { CellKind } from '@rnb/protocol';
import { namesBound, namesIn, writeCell, writeProse } from './phrases.ts';
import { Random } from './random.ts';
import type { Edit, Scenario, WrittenCell } from './scenario.ts';

export interface Profile {
  /** Whether values are changed in place. */
  mutation: boolean;
}

interface Draft extends WrittenCell {
  /** What it is thought to leave bound, with what was bound before it. */
  known: Set<string>;
  /** What stood in it before, as Python, the latest last. */
  former: readonly string[];
}

/** How often an edit is kept by which a name comes to be taken from a later cell: that state is no script. */
const namesFromBelow = 0.25;

export function generate(seed: string, profile: Profile): Scenario {
  return new Generator(seed, profile).scenario();
}

class Generator {
  readonly #random: Random;
  readonly #profile: Profile;
  #made = 0;
  /** The notebook as it is after the edits so far. */
  #cells: Draft[] = [];
  #deleted: { cell: Draft; at: number }[] = [];
  #disabled: Draft | null = null;
  #mode: Scenario['mode'];

  constructor(seed: string, profile: Profile) {
    this.#random = new Random(seed);
    this.#profile = profile;
    this.#mode = this.#random.chance(0.15) ? 'lazy' : 'auto';
  }

  scenario(): Scenario {
    const random = this.#random;
    const mode = this.#mode;
    const count = random.between(3, 8);
    while (this.#cells.length < count) this.#cells.push(this.#draft(this.#cells.length));
    const cells = this.#cells.map(({ id, kind, code }) => ({ id, kind, code }));
    const edits: Edit[] = [];
    const steps = random.between(2, 9);
    while (edits.length < steps) {
      const edit = this.#sensibleEdit();
      if (edit === null) continue;
      if (edit.type === 'retype' && edit.kind === 'python') this.#mend(edits, edit);
      else if (random.chance(0.18) && mayBeHurried(edit)) {
        edits.push({ ...edit, hurriedMs: random.pick([0, 0, 0, 1, 2, 4, 8]) });
      } else edits.push(edit);
    }
    return { mode, cells, edits };
  }

  /** Mostly none after which the notebook is no script any more. */
  #sensibleEdit(): Edit | null {
    const cells = this.#cells.map((cell) => ({ ...cell }));
    const deleted = [...this.#deleted];
    const disabled = this.#disabled;
    const mode = this.#mode;
    const wasScript = isScript(cells);
    const edit = this.#edit();
    if (edit === null || !wasScript || isScript(this.#cells)) return edit;
    if (this.#random.chance(namesFromBelow)) return edit;
    this.#cells = cells;
    this.#deleted = deleted;
    this.#disabled = disabled;
    this.#mode = mode;
    return null;
  }

  /** Prose is no Python; what is written next is. */
  #mend(edits: Edit[], retype: Edit & { type: 'retype' }): void {
    const at = this.#cells.findIndex(({ id }) => id === retype.cell);
    const cell = this.#cells[at];
    edits.push(retype);
    if (cell !== undefined) edits.push(this.#rewrite(at, cell));
  }

  /** A cell for this place. */
  #draft(at: number, kind?: CellKind): Draft {
    const random = this.#random;
    const above = this.#cells[at - 1]?.known ?? new Set<string>();
    const words = { known: above, random, mutation: this.#profile.mutation };
    const id = `c${this.#made}`;
    this.#made += 1;
    if (kind === 'markdown' || (kind === undefined && random.chance(0.06))) {
      return { id, kind: 'markdown', code: writeProse(words), known: above, former: [] };
    }
    const { code, known } = writeCell(words);
    return { id, kind: 'python', code, known, former: [] };
  }

  #edit(): Edit | null {
    const random = this.#random;
    const at = random.between(0, this.#cells.length - 1);
    const cell = this.#cells[at];
    const roll = random.between(0, 99);
    if (this.#disabled !== null && random.chance(0.3)) return this.#disable(this.#disabled);
    if (cell !== undefined && random.chance(0.06)) return this.#takeBack(cell);
    if (cell !== undefined && random.chance(0.015)) return this.#slip(cell);
    if (cell === undefined || roll < 14) return this.#insert();
    if (roll < 34) return this.#rewrite(at, cell);
    if (roll < 50) return this.#changeLine(cell);
    if (roll < 64) return this.#runAgain(cell);
    if (roll < 72) return this.#move(at, cell);
    if (roll < 79) return this.#delete(at, cell);
    if (roll < 85) return this.#undo();
    if (roll < 87) return this.#retype(cell);
    if (roll < 90) {
      cell.code = this.#draft(at, cell.kind).code;
      return { type: 'type', cell: cell.id, code: cell.code };
    }
    if (roll < 91) return this.#disable(cell);
    if (roll < 92) return { type: 'interrupt' };
    if (roll < 94) return { type: 'restart' };
    if (roll < 96) return { type: 'reopen' };
    if (roll < 97) return random.chance(0.4) ? { type: 'kill' } : null;
    this.#mode = this.#mode === 'auto' ? 'lazy' : 'auto';
    return { type: 'mode', mode: this.#mode };
  }

  #insert(): Edit {
    // Mostly at the end, where every name comes from above.
    const end = this.#cells.length;
    const at = this.#random.chance(0.6) ? end : this.#random.between(0, end);
    const cell = this.#draft(at);
    const { id, kind, code } = cell;
    this.#cells.splice(at, 0, cell);
    return { type: 'insert', after: this.#cells[at - 1]?.id ?? null, id, kind, code };
  }

  #rewrite(at: number, cell: Draft): Edit {
    const { code, known } = this.#draft(at, cell.kind);
    // Below, what the old one bound is still counted on now and then.
    put(cell, code);
    cell.known = new Set([...cell.known, ...known]);
    return { type: 'write', cell: cell.id, code };
  }

  /** Another number in it, or a line less, or one twice. */
  #changeLine(cell: Draft): Edit | null {
    const random = this.#random;
    const lines = cell.code.split('\n');
    const line = random.between(0, lines.length - 1);
    const text = lines[line] ?? '';
    const digits = [...text.matchAll(/(?<![\w'"])\d(?!\w)/g)];
    const digit = random.pickAny(digits);
    if (digit !== undefined) {
      const { index } = digit;
      lines[line] = `${text.slice(0, index)}${random.between(0, 9)}${text.slice(index + 1)}`;
    } else if (lines.length > 1 && lines.every((one) => !/^\s/.test(one))) {
      if (random.chance(0.5)) lines.splice(line, 1);
      else lines.splice(line, 0, text);
    } else return null;
    put(cell, lines.join('\n'));
    return { type: 'write', cell: cell.id, code: cell.code };
  }

  /** Its code is again what it was. */
  #takeBack(cell: Draft): Edit | null {
    const code = this.#random.pickAny(cell.former.slice(-2));
    if (cell.kind !== 'python' || code === undefined) return null;
    put(cell, code);
    return { type: 'write', cell: cell.id, code };
  }

  /** It is run half-written. */
  #slip(cell: Draft): Edit | null {
    if (cell.kind !== 'python') return null;
    put(cell, `${cell.code}\nprint(`);
    return { type: 'write', cell: cell.id, code: cell.code };
  }

  #runAgain(cell: Draft): Edit {
    const random = this.#random;
    if (random.chance(0.3)) return { type: 'run', cells: 'all' };
    const other = random.pickAny(this.#cells);
    const cells = other !== undefined && random.chance(0.2) ? [cell.id, other.id] : [cell.id];
    return { type: 'run', cells: [...new Set(cells)] };
  }

  #move(at: number, cell: Draft): Edit | null {
    if (this.#cells.length < 2) return null;
    this.#cells.splice(at, 1);
    // Mostly a short way.
    const near = at + this.#random.pick([-1, 1, 1, 2]);
    const to = Math.max(0, Math.min(this.#cells.length, near));
    this.#cells.splice(to, 0, cell);
    return to === at
      ? null
      : { type: 'move', cell: cell.id, after: this.#cells[to - 1]?.id ?? null };
  }

  #delete(at: number, cell: Draft): Edit | null {
    if (this.#cells.length < 3) return null;
    this.#cells.splice(at, 1);
    this.#deleted.push({ cell, at });
    return { type: 'delete', cell: cell.id };
  }

  #undo(): Edit | null {
    const last = this.#deleted.pop();
    if (last === undefined) return null;
    this.#cells.splice(Math.min(last.at, this.#cells.length), 0, last.cell);
    return { type: 'undo', cell: last.cell.id };
  }

  /** Mostly back at the next chance, or all below it stays blocked. */
  #disable(cell: Draft): Edit {
    const disabled = this.#disabled === null;
    const { id } = this.#disabled ?? cell;
    this.#disabled = disabled ? cell : null;
    return { type: 'disable', cell: id, disabled };
  }

  #retype(cell: Draft): Edit | null {
    // Code with braces would be taken for places, and not all of them are.
    if (cell.kind === 'python' && cell.code.includes('{')) return null;
    cell.kind = cell.kind === 'python' ? 'markdown' : 'python';
    return { type: 'retype', cell: cell.id, kind: cell.kind };
  }
}

function put(cell: Draft, code: string): void {
  if (cell.kind === 'python') cell.former = [...cell.former, cell.code];
  cell.code = code;
}

/** Whether no name seems to be taken from a later cell. */
function isScript(cells: readonly Draft[]): boolean {
  const bound = cells.map(({ kind, code }) => (kind === 'python' ? namesBound(code) : new Set()));
  const above = new Set<string>();
  for (const [at, { code }] of cells.entries()) {
    for (const name of namesIn(code)) {
      if (above.has(name) || bound[at]?.has(name)) continue;
      if (bound.slice(at + 1).some((names) => names.has(name))) return false;
    }
    for (const name of namesBound(code)) above.add(name);
  }
  return true;
}

/** Those whose effect does not depend on how far the runs before have come. */
function mayBeHurried({ type }: Edit): boolean {
  return (
    type === 'write' ||
    type === 'type' ||
    type === 'insert' ||
    type === 'move' ||
    type === 'delete' ||
    type === 'undo' ||
    type === 'retype' ||
    type === 'disable' ||
    type === 'mode' ||
    type === 'run'
  );
}
