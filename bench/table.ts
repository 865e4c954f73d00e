import type { Sample } from './sample.ts';

/** One line of the table: one thing that was measured, of everybody who can do it. */
export interface Row {
  /** `P1`. */
  benchmark: string;
  what: string;
  unit: 'ms' | 's' | 'MiB' | 'messages' | '/s' | 'lost' | '×';
  /** More of it is better. */
  rising?: true;
  ours: Sample | null;
  marimo: Sample | null;
  jupyter: Sample | null;
  limit: Sample | null;
  /** All that is asked for; the row meets its goal when all hold. */
  goals: Goal[];
  /** For beneath the table. */
  note?: string;
}

/** Each is told in few words and says whether it holds; null where it could not be measured. */
export interface Goal {
  text: string;
  met: (row: Row) => boolean | null;
}

export function atMost(most: number): Goal {
  return { text: `≤ ${most}`, met: ({ ours }) => judged(ours, (value) => value <= most) };
}

/** For 95 of 100. */
export function p95AtMost(most: number): Goal {
  return {
    text: `p95 ≤ ${most}`,
    met: ({ ours }) => (ours === null ? null : isMeasured(ours) && ours.p95 <= most),
  };
}

export function atLeast(least: number): Goal {
  return { text: `≥ ${least}`, met: ({ ours }) => judged(ours, (value) => value >= least) };
}

export function timesPeer(peer: 'marimo' | 'jupyter', times: number): Goal {
  return {
    text: `${times}× ${peer === 'jupyter' ? 'Jupyter' : 'marimo'}`,
    met: (row) => {
      const ratio = ratioOf(row, peer);
      return ratio === null ? null : ratio >= times;
    },
  };
}

export function timesLimit(most: number): Goal {
  return {
    text: `≤ ${most}× limit`,
    met: ({ ours, limit }) =>
      isMeasured(ours) && isMeasured(limit) ? ours.median <= most * limit.median : null,
  };
}

/** How many times better ours is; null where one of them is not there. */
export function ratioOf(row: Row, peer: 'marimo' | 'jupyter'): number | null {
  const { ours, [peer]: other, rising } = row;
  if (!isMeasured(ours) || !isMeasured(other)) return null;
  return rising ? ours.median / other.median : other.median / ours.median;
}

export function verdictOf(row: Row): 'yes' | 'no' | '–' {
  const verdicts = row.goals.map(({ met }) => met(row));
  if (verdicts.includes(false)) return 'no';
  return verdicts.length === 0 || verdicts.includes(null) ? '–' : 'yes';
}

const headings = [
  '',
  'what',
  'unit',
  'ours',
  'p95',
  'marimo',
  '×',
  'Jupyter',
  '×',
  'limit',
  '× limit',
  'goal',
  'met',
];

/** The table, in Markdown, and the notes beneath it. */
export function tableOf(rows: readonly Row[]): string {
  const body = rows.map((row) => [
    row.benchmark,
    row.what,
    row.unit,
    cellOf(row.ours),
    isMeasured(row.ours) && row.ours.values.length > 1 ? digits(row.ours.p95) : '–',
    cellOf(row.marimo),
    times(ratioOf(row, 'marimo')),
    cellOf(row.jupyter),
    times(ratioOf(row, 'jupyter')),
    cellOf(row.limit),
    isMeasured(row.ours) && isMeasured(row.limit) ? times(row.ours.median / row.limit.median) : '–',
    row.goals.map(({ text }) => text).join(', '),
    verdictOf(row),
  ]);
  const widths = headings.map((heading, column) =>
    Math.max(3, heading.length, ...body.map((line) => line[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(headings), line(rule), ...body.map(line), '', ...notesOf(rows)].join('\n');
}

function notesOf(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => {
    const notes: string[] = row.note === undefined ? [] : [row.note];
    for (const [name, sample] of Object.entries({
      ours: row.ours,
      marimo: row.marimo,
      Jupyter: row.jupyter,
      limit: row.limit,
    })) {
      if (sample?.failure) notes.push(`${name} failed: ${sample.failure}`);
    }
    return notes.map((note) => `${row.benchmark} ${row.what}: ${note}`);
  });
}

/** The median; how many repeats it is of where they are few. */
function cellOf(sample: Sample | null): string {
  if (sample === null) return '–';
  const count = sample.values.length;
  if (count === 0) return sample.failure === null ? 'never' : 'failed';
  return count > 1 && count < 7 ? `${digits(sample.median)} (n ${count})` : digits(sample.median);
}

function isMeasured(sample: Sample | null): sample is Sample {
  return sample !== null && sample.values.length > 0;
}

function judged(sample: Sample | null, judge: (value: number) => boolean): boolean | null {
  // What failed, or never came, meets nothing.
  return sample === null ? null : isMeasured(sample) && judge(sample.median);
}

function times(ratio: number | null): string {
  return ratio === null || !Number.isFinite(ratio) ? '–' : digits(ratio);
}

function digits(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}
