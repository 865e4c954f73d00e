/**
 * What a notebook at rest shows against what a plain script shows.
 *
 * The script is run without the cells that failed or are blocked, since it would end at the first of them; every other
 * cell must show the same. A cell that failed must fail in the script too, at its place; where it ended the kernel it
 * must end the script. A blocked one must name a cell that has a reason to block it.
 *
 * Where a name comes from a later cell (R1.2) the notebook is no script, and the state is left out; but that no cell
 * above defines the name is checked.
 */
import { createHash } from 'node:crypto';
import type { Cell, CellGraph } from '@rnb/protocol';
import type { NotebookSession } from '@rnb/server/sessions/notebook-session';
import type { Script, ScriptCell, ScriptOptions, ScriptResult } from './script.ts';

export type DifferenceKind =
  | 'shows something else'
  | 'the script fails here'
  | 'the script does not fail here'
  | 'the script fails otherwise'
  | 'the script did not end'
  | 'the kernel died'
  | 'stale at rest'
  | 'never run'
  | 'blocked for no reason'
  | 'bound below, defined above'
  | 'never at rest'
  | 'the session failed';

export interface Difference {
  kind: DifferenceKind;
  /** Null where it is about the whole notebook. */
  cell: string | null;
  /** What the notebook shows, and what the script does. */
  notebook: string;
  script: string;
}

export interface Comparison {
  /** Whether there was a script to compare with. */
  compared: boolean;
  statuses: Partial<Record<Cell['status'], number>>;
  differences: Difference[];
}

/** `isKilled`: the kernel has been killed from outside, and a cell may have failed by that. */
export async function compare(
  session: NotebookSession,
  script: Script,
  options: ScriptOptions,
  isKilled: boolean,
): Promise<Comparison> {
  const { cells } = session.describe('owner');
  const { committed, graph } = session.snapshot();
  const sources = new Map(committed.map(({ id, code }) => [id, code]));
  const statuses: Comparison['statuses'] = {};
  for (const { status } of cells) statuses[status] = (statuses[status] ?? 0) + 1;

  const { takesFromBelow, differences } = checkOrder(cells, graph);
  // Where a value is used up by turns across a name from below, there comes an end of trying (R10.5).
  const cutOff = (cell: Cell) => takesFromBelow && cell.cancelled === true;
  differences.push(
    ...cells.flatMap((cell) => checkStatus(cell, cells, sources.has(cell.id) && !cutOff(cell))),
  );
  const cancelled = cells.some(({ staleBecause }) => staleBecause?.kind === 'cancelled');
  if (differences.length > 0 || takesFromBelow || cancelled) {
    return { compared: false, statuses, differences };
  }

  const shown = cells.filter((cell) => isComparable(cell, isKilled));
  const results = await script.run(
    shown.map((cell): ScriptCell => {
      const code = sources.get(cell.id) ?? '';
      return { kind: cell.kind, code, fails: cell.status === 'error' };
    }),
    options,
  );
  if (results === null) {
    const silence = { cell: null, notebook: 'is at rest', script: 'took too long, or ended' };
    differences.push({ kind: 'the script did not end', ...silence });
  } else {
    differences.push(...shown.flatMap((cell, index) => compareCell(cell, results[index] ?? null)));
  }
  return { compared: true, statuses, differences };
}

/** Failures that are the code's own, and what ran well. */
function isComparable({ status, error }: Cell, isKilled: boolean): boolean {
  if (status === 'success') return true;
  if (status !== 'error') return false;
  if (error?.kind === 'kernel_died') return !isKilled;
  return error?.kind === 'exception' || error?.kind === 'syntax';
}

function compareCell(cell: Cell, result: ScriptResult | null): Difference[] {
  const notebook = describeShown(cell);
  const script = result === null ? 'the process ended' : describeResult(result);
  const differs = (kind: DifferenceKind): Difference[] => [
    { kind, cell: cell.id, notebook, script },
  ];
  if (cell.status === 'error' && cell.error?.kind === 'kernel_died') {
    return result === null ? [] : differs('the kernel died');
  }
  if (result === null) return differs('the script did not end');
  if (cell.status === 'error') {
    if (result.error === null) return differs('the script does not fail here');
    const same =
      cell.error?.kind === 'exception'
        ? cell.error.name === result.error.name
        : result.error.syntax;
    return same ? [] : differs('the script fails otherwise');
  }
  if (result.error !== null) return differs('the script fails here');
  const same =
    withoutAddresses(cell.stdout) === withoutAddresses(result.stdout) &&
    textOf(cell) === normal(result.shown ?? '', cell.kind);
  return same ? [] : differs('shows something else');
}

/** What the outputs say as text; of a figure what is drawn, as `script.py` says it. */
function textOf({ kind, outputs }: Cell): string {
  const type = kind === 'markdown' ? 'text/markdown' : 'text/plain';
  const texts = outputs.map(({ data }) => drawn(data) ?? String(data[type] ?? `(no ${type})`));
  return normal(texts.join('\n'), kind);
}

function drawn(data: Cell['outputs'][number]['data']): string | null {
  const png = data['image/png'];
  if (typeof png === 'string') {
    return `picture ${createHash('sha256').update(png, 'base64').digest('hex')}`;
  }
  const chart = data['application/vnd.vegalite.v6+json'];
  return chart === undefined ? null : `chart ${JSON.stringify(chart)}`;
}

/** Without what only arranges it: line breaks within a long value; in prose, the marks that keep text from being markup. */
function normal(text: string, kind: string): string {
  // Two languages write the same number in two ways.
  if (text.startsWith('chart {')) return `chart ${JSON.stringify(JSON.parse(text.slice(6)))}`;
  const plain = kind === 'markdown' ? text.replaceAll('\\', '') : text.replace(/\n\s*/g, ' ');
  return withoutAddresses(plain);
}

/** Where an object lies says nothing of what it is. */
function withoutAddresses(text: string): string {
  return text.replaceAll(/\b0x[0-9a-f]{6,16}\b/g, '0x…');
}

function checkStatus(cell: Cell, cells: readonly Cell[], isCommitted: boolean): Difference[] {
  const { id, status, staleBecause, blockedBy } = cell;
  if (status === 'queued' || status === 'running') {
    return [{ kind: 'never at rest', cell: id, notebook: status, script: 'is over' }];
  }
  if (status === 'stale' && staleBecause?.kind !== 'cancelled') {
    const notebook = `stale: ${JSON.stringify(staleBecause)}`;
    return [{ kind: 'stale at rest', cell: id, notebook, script: 'has run it' }];
  }
  if (status === 'idle' && isCommitted) {
    return [{ kind: 'never run', cell: id, notebook: status, script: 'has run it' }];
  }
  if (status === 'blocked') {
    const blocker = cells.find((one) => one.id === blockedBy);
    const good = blocker?.status === 'error' || blocker?.status === 'disabled';
    if (good) return [];
    const notebook = `blocked by ${blockedBy}, which is ${blocker?.status ?? 'not there'}`;
    return [{ kind: 'blocked for no reason', cell: id, notebook, script: 'has no such cell' }];
  }
  return [];
}

function checkOrder(cells: readonly Cell[], graph: readonly CellGraph[]) {
  const places = new Map(cells.map(({ id }, place) => [id, place]));
  const differences: Difference[] = [];
  let takesFromBelow = false;
  for (const { id, dependsOn } of graph) {
    const place = places.get(id) ?? 0;
    for (const { cell, names } of dependsOn) {
      if ((places.get(cell) ?? 0) <= place) continue;
      takesFromBelow = true;
      for (const name of names) {
        const above = cells.find((one, at) => at < place && one.defines.includes(name));
        if (above === undefined) continue;
        const notebook = `takes ${name} from ${cell}, below, although ${above.id} above defines it`;
        const script = `takes it from ${above.id}`;
        differences.push({ kind: 'bound below, defined above', cell: id, notebook, script });
      }
    }
  }
  return { takesFromBelow, differences };
}

function describeShown(cell: Cell): string {
  const { error } = cell;
  if (cell.status === 'error') {
    return error?.kind === 'exception'
      ? `${error.name}: ${error.message}`
      : `${error?.kind}: ${error?.message}`;
  }
  return `${cell.stdout}${textOf(cell)}`;
}

function describeResult({ stdout, shown, error }: ScriptResult): string {
  return error === null ? `${stdout}${shown ?? ''}` : `${error.name}: ${error.message}`;
}
