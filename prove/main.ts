/** `npm run prove`; README.md beside it says what is proven and how. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { JobMessage, JobOptions, Progress } from './job.ts';
import { describeCell, describeScenario, indent } from './scenario.ts';

const { values } = parseArgs({
  options: {
    notebooks: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '' },
    first: { type: 'string', default: '0' },
    jobs: { type: 'string', default: '1' },
    'keep-going': { type: 'boolean', default: false },
    'no-mutation': { type: 'boolean', default: false },
  },
});
const seed = values.seed === '' ? String(Date.now() % 1_000_000) : values.seed;
const first = wholeNumber('first');
const notebooks = wholeNumber('notebooks');
const jobs = wholeNumber('jobs');
const keepGoing = values['keep-going'];
const flags = values['no-mutation'] ? ' --no-mutation' : '';

const began = performance.now();
const total: Progress = { notebooks: 0, compared: 0, leftOut: 0, statuses: {} };
const found: Extract<JobMessage, { type: 'found' }>[] = [];
const isTerminal = process.stderr.isTTY;
let state = '';
let shownAt = 0;
let ending = false;

console.log(`Seed ${seed}, ${notebooks} notebooks, ${jobs} at a time`);
const children = Array.from({ length: jobs }, (_, job) => startJob(job));
const endings = await Promise.all(children.map(ended));
showProgress(true);
report();

function startJob(job: number): ChildProcess {
  const options: JobOptions = {
    seed,
    first: first + job,
    step: jobs,
    end: first + notebooks,
    profile: { mutation: !values['no-mutation'] },
    keepGoing,
  };
  const child = fork(join(import.meta.dirname, 'job.ts'), [JSON.stringify(options)]);
  child.on('message', (message: JobMessage) => hear(message));
  return child;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('exit', (code) => resolve(code)));
}

function hear(message: JobMessage): void {
  switch (message.type) {
    case 'progress':
      total.notebooks += message.notebooks;
      total.compared += message.compared;
      total.leftOut += message.leftOut;
      for (const [status, count] of Object.entries(message.statuses)) {
        const key = status as keyof Progress['statuses'];
        total.statuses[key] = (total.statuses[key] ?? 0) + count;
      }
      showProgress(false);
      return;
    case 'shrinking':
      state = `, shrinking notebook ${message.notebook}`;
      showProgress(false);
      return;
    case 'found':
      state = '';
      if (!keepGoing && found.length > 0) return;
      found.push(message);
      console.log(`${isTerminal ? '\n' : ''}${describeFound(message)}\n`);
      if (!keepGoing && !ending) {
        ending = true;
        for (const child of children) if (child.connected) child.disconnect();
      }
      return;
  }
}

function showProgress(last: boolean): void {
  const now = performance.now();
  if (!last && !isTerminal && now - shownAt < 10_000) return;
  shownAt = now;
  const seconds = (now - began) / 1_000;
  const rate = (total.notebooks / seconds).toFixed(1);
  const line = `${total.notebooks} of ${notebooks} notebooks, ${rate}/s, ${total.compared} states compared, ${total.leftOut} left out, ${found.length} different${state}`;
  if (isTerminal) process.stderr.write(`\r\x1b[K${line}${last ? '\n' : ''}`);
  else console.error(line);
}

function report(): void {
  const all = Object.values(total.statuses).reduce((sum, count) => sum + count, 0);
  const shares = Object.entries(total.statuses)
    .sort(([, one], [, other]) => other - one)
    .map(([status, count]) => `${status} ${((100 * count) / Math.max(1, all)).toFixed(1)} %`);
  console.log(`Cells at rest: ${shares.join(', ')}`);
  const kinds = new Map<string, number>();
  for (const { finding } of found) {
    const kind = finding.differences[0]?.kind ?? '';
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  for (const [kind, count] of kinds) console.log(`${count} × ${kind}`);
  const broken = !ending && endings.some((code) => code !== 0);
  if (broken) console.error('A process of the proof itself ended before its time.');
  if (found.length === 0 && !broken) console.log('No difference');
  process.exitCode = found.length === 0 && !broken ? 0 : 1;
}

function describeFound({ notebook, scenario, finding, repeated }: (typeof found)[number]): string {
  const { after, cells, differences } = finding;
  const { edits } = scenario;
  return [
    `--- notebook ${notebook} differs ${after === 0 ? 'at once' : `after edit ${after} of ${edits.length}`} ---`,
    ...(repeated ? [] : ['(only once: not when it was played again)']),
    describeScenario(scenario),
    ...(after > 0 ? ['which makes it', ...cells.map((cell) => describeCell(cell))] : []),
    ...differences.flatMap(({ kind, cell, notebook: shows, script }) => [
      `${cell === null ? '' : `${cell}: `}${kind}`,
      '  the notebook:',
      indent(shows),
      '  the script:',
      indent(script),
    ]),
    `Again: npm run prove -- --seed ${seed} --first ${notebook} --notebooks 1${flags}`,
  ].join('\n');
}

function wholeNumber(name: 'first' | 'notebooks' | 'jobs'): number {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 0 || (name === 'jobs' && value === 0)) {
    console.error(`--${name} takes a whole number.`);
    process.exit(2);
  }
  return value;
}
