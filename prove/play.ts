/** Plays a scenario through a real session, and compares at every rest. */
import { setTimeout } from 'node:timers/promises';
import type { Cell } from '@rnb/protocol';
import type { NotebookSession } from '@rnb/server/sessions/notebook-session';
import { type Comparison, compare, type Difference } from './compare.ts';
import type { Edit, Scenario, WrittenCell } from './scenario.ts';
import type { ScriptOptions } from './script.ts';
import type { OpenNotebook, World } from './world.ts';

/** A notebook here takes milliseconds; a second that is none is a notebook that waits for something. */
const restTimeoutMs = 4_000;

export interface Played {
  compared: number;
  leftOut: number;
  statuses: Partial<Record<Cell['status'], number>>;
  /** The first state that differs; null if none does. */
  found: Finding | null;
}

export interface Finding {
  /** How many edits had been made by then. */
  after: number;
  /** The notebook as it was then. */
  cells: WrittenCell[];
  differences: Difference[];
}

/** Runs a notebook whole, and compares it once. */
export function compareNotebook(
  world: World,
  cells: readonly Pick<WrittenCell, 'kind' | 'code'>[],
): Promise<Played> {
  const scenario: Scenario = {
    mode: 'auto',
    cells: cells.map((cell, index) => ({ id: `c${index}`, ...cell })),
    edits: [],
  };
  return play(world, scenario, { isolated: true });
}

/** Scripts run isolated unless told otherwise, which is faster. */
export async function play(
  world: World,
  scenario: Scenario,
  options: ScriptOptions = { isolated: true },
): Promise<Played> {
  const notebook = await world.createNotebook(scenario.mode);
  const player = new Player(world, notebook, options);
  try {
    return await player.play(scenario);
  } finally {
    await player.close();
  }
}

let played = 0;

class Player {
  readonly #world: World;
  readonly #notebook: OpenNotebook;
  readonly #options: ScriptOptions;
  /** A kernel serves many notebooks: no two have a cell in common. */
  readonly #prefix: string;
  #session: NotebookSession;
  #isKilled = false;
  #deleted = new Map<string, WrittenCell & { after: string | null }>();

  constructor(world: World, notebook: OpenNotebook, options: ScriptOptions) {
    this.#options = options;
    this.#world = world;
    this.#notebook = notebook;
    this.#session = notebook.session;
    played += 1;
    this.#prefix = `p${played}-`;
  }

  async play({ cells, edits }: Scenario): Promise<Played> {
    const result: Played = { compared: 0, leftOut: 0, statuses: {}, found: null };
    const look = async (after: number): Promise<boolean> => {
      const { compared, statuses, differences } = await this.#lookAtRest();
      if (compared) result.compared += 1;
      else if (differences.length === 0) result.leftOut += 1;
      for (const [status, count] of Object.entries(statuses) as [Cell['status'], number][]) {
        result.statuses[status] = (result.statuses[status] ?? 0) + count;
      }
      if (differences.length > 0) result.found = { after, cells: this.#written(), differences };
      return differences.length === 0;
    };

    await this.#session.edit((document) => {
      for (const { id, kind, code } of cells) {
        document.insertCell({ id: this.#inside(id), kind, code });
      }
    });
    await this.#session.run('all');
    if (!(await look(0))) return result;
    for (const [index, edit] of edits.entries()) {
      await this.#make(edit);
      const next = edits[index + 1];
      if (edit.hurriedMs !== undefined && next !== undefined && mayCutOff(next)) {
        if (edit.hurriedMs > 0) await setTimeout(edit.hurriedMs);
        continue;
      }
      const cutOff = index > 0 && edits[index - 1]?.hurriedMs !== undefined && !isOrdinary(edit);
      // What it cancelled is rightly stale, and what it ended has failed: somebody runs it again.
      if (cutOff) await this.#session.run('all');
      if (!(await look(index + 1))) return result;
    }
    return result;
  }

  async close(): Promise<void> {
    if (!this.#session.ended) await this.#session.close('draining');
  }

  async #make(edit: Edit): Promise<void> {
    const session = this.#session;
    if (session.ended || !this.#hasWhatItNeeds(edit)) return;
    const place = (after: string | null): string | null | undefined => {
      if (after === null) return null;
      return this.#has(after) ? this.#inside(after) : undefined;
    };
    switch (edit.type) {
      case 'write':
        await session.edit((document) => document.setCode(this.#inside(edit.cell), edit.code));
        // A disabled cell does not run, and is refused where nothing else is asked for.
        return session.commit([this.#inside(edit.cell)]);
      case 'type':
        return session.edit((document) => document.setCode(this.#inside(edit.cell), edit.code));
      case 'insert': {
        const { kind, code } = edit;
        const id = this.#inside(edit.id);
        const after = place(edit.after);
        await session.edit((document) => void document.insertCell({ id, kind, code, after }));
        return session.run([id]);
      }
      case 'move': {
        const after = place(edit.after);
        if (after === undefined) return;
        return session.edit((document) => document.moveCell(this.#inside(edit.cell), after));
      }
      case 'delete': {
        const cells = this.#written();
        const at = cells.findIndex(({ id }) => id === edit.cell);
        const cell = cells[at];
        if (cell === undefined) return;
        this.#deleted.set(edit.cell, { ...cell, after: cells[at - 1]?.id ?? null });
        return session.edit((document) => document.removeCell(this.#inside(edit.cell)));
      }
      case 'undo': {
        const cell = this.#deleted.get(edit.cell);
        if (cell === undefined) return;
        const { kind, code } = cell;
        const id = this.#inside(cell.id);
        const after = place(cell.after);
        return session.edit((document) => void document.insertCell({ id, kind, code, after }));
      }
      case 'retype':
        return session.edit((document) => document.setKind(this.#inside(edit.cell), edit.kind));
      case 'disable':
        return session.edit((document) =>
          document.setDisabled(this.#inside(edit.cell), edit.disabled),
        );
      case 'run': {
        if (edit.cells === 'all') return session.run('all');
        const there = edit.cells.filter((cell) => this.#isEnabled(cell));
        return there.length === 0 ? undefined : session.run(there.map((id) => this.#inside(id)));
      }
      case 'mode':
        return session.edit((document) => document.setMode(edit.mode));
      case 'interrupt':
        session.interrupt();
        return;
      case 'restart':
        session.restart();
        return;
      case 'kill':
        this.#isKilled = true;
        return this.#world.kernels.kill();
      case 'reopen':
        await session.whenAtRest(restTimeoutMs);
        await session.close('draining');
        this.#session = await this.#notebook.open();
        return;
    }
  }

  #hasWhatItNeeds(edit: Edit): boolean {
    if (edit.type === 'undo' || edit.type === 'insert') {
      return !this.#has(edit.type === 'undo' ? edit.cell : edit.id);
    }
    return !('cell' in edit) || this.#has(edit.cell);
  }

  async #lookAtRest(): Promise<Comparison> {
    try {
      const comparison = await this.#compareAtRest();
      if (this.#notebook.faults.length === 0) return comparison;
    } catch (error) {
      this.#notebook.faults.push(error instanceof Error ? String(error.stack) : String(error));
    }
    return about('the session failed', this.#notebook.faults.join('\n'));
  }

  async #compareAtRest(): Promise<Comparison> {
    const session = this.#session;
    if (!(await session.whenAtRest(restTimeoutMs))) return this.#restless();
    // What running shows can make more of it stale: a name that turns up, a value that turns out to be shared.
    for (let times = 0; times < 4 && session.document.mode === 'lazy'; times += 1) {
      await session.run('stale');
      if (!(await session.whenAtRest(restTimeoutMs))) return this.#restless();
    }
    const { script } = this.#world;
    const comparison = await compare(session, script, this.#options, this.#isKilled);
    const differences = comparison.differences.map((difference) => ({
      ...difference,
      cell: difference.cell === null ? null : this.#outside(difference.cell),
      notebook: difference.notebook.replaceAll(this.#prefix, ''),
      script: difference.script.replaceAll(this.#prefix, ''),
    }));
    return { ...comparison, differences };
  }

  #restless(): Comparison {
    const statuses = this.#session.describe('owner').cells.map(({ status }) => status);
    return about('never at rest', `after ${restTimeoutMs / 1_000} s: ${statuses.join(', ')}`);
  }

  #written(): WrittenCell[] {
    return this.#session.document
      .cells()
      .map(({ id, kind, text }) => ({ id: this.#outside(id), kind, code: text.toString() }));
  }

  #has(cell: string): boolean {
    return this.#session.document.cell(this.#inside(cell)) !== undefined;
  }

  #isEnabled(cell: string): boolean {
    return this.#session.document.cell(this.#inside(cell))?.disabled === false;
  }

  #inside(cell: string): string {
    return this.#prefix + cell;
  }

  #outside(cell: string): string {
    return cell.slice(this.#prefix.length);
  }
}

/** Others wait for a rest of their own. */
function mayCutOff({ type }: Edit): boolean {
  return type !== 'reopen';
}

/** The others cut off what runs: how far it had come is anybody's guess. */
function isOrdinary({ type }: Edit): boolean {
  return type !== 'interrupt' && type !== 'restart' && type !== 'kill' && type !== 'reopen';
}

function about(kind: Difference['kind'], notebook: string): Comparison {
  const differences = [{ kind, cell: null, notebook, script: 'is over' }];
  return { compared: false, statuses: {}, differences };
}
