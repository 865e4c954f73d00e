/** docs/semantics.md, from what was played. */
import type { Shown } from '../peers/peer.ts';
import type { Outcome, Played, Scripted } from './play.ts';
import { describeStep, type Program } from './programs.ts';

export interface PlayedProgram {
  program: Program;
  script: Scripted;
  ours: Outcome;
  marimo: Outcome;
  jupyter: Outcome;
}

/** `refuses`: marimo does not run it, by design. */
export type Verdict = 'same' | 'other' | 'refuses';

export interface Everything {
  values: readonly PlayedProgram[];
  reruns: readonly PlayedProgram[];
  limits: readonly PlayedProgram[];
}

/** Each as a reader would name it: `marimo 0.25.2`. */
export interface Versions {
  ours: string;
  marimo: string;
  jupyter: string;
  python: string;
}

/** How the driver tells marimo's errors for what a notebook may not hold: their words are the page's. */
const refusals =
  /^(The variable '.*' was defined by another cell|This cell is in a cycle|cycle|import-star|delete-nonlocal|setup-refs)/;

/** Cells that the script does not reach are not compared: it has no say on them. */
export function verdictOf(played: Played, script: Scripted): Verdict {
  if (refusalOf(played) !== null) return 'refuses';
  const differs = Object.entries(script).some(([letter, { stdout, error }]) => {
    const shown = played[letter];
    if (shown === undefined) return true;
    if (error !== null) return shown.status !== 'error';
    return shown.status !== 'success' || shown.stdout !== stdout;
  });
  return differs ? 'other' : 'same';
}

export function pageOf({ values, reruns, limits }: Everything, versions: Versions): string {
  const count = (peer: 'ours' | 'marimo' | 'jupyter', verdict: Verdict) =>
    values.filter((played) => verdictOf(played[peer].after, played.script) === verdict).length;
  return `# What a notebook shows, beside a script

This page is written by \`npm run semantics\`, which plays every program below in three notebooks and as a script, and writes down what came of it. Nothing in the tables is typed by hand.

The question of each row: the cells are written and run once from top to bottom, a user does a few more things, and then looks. Does every cell show what a script of these cells, as they now are, prints?

**How each was driven.** ${versions.ours}, ${versions.marimo} and ${versions.jupyter}, all with ${versions.python} and their default settings, each by the messages that its own page sends ([bench/README.md](../bench/README.md)). All cells are run once. Then come the steps, for all three the same: a cell is rewritten and run, run again, deleted, or moved. Two of the three bring what depends on it up to date by themselves; where a step runs one more cell, that is for Jupyter, whose user would do so, and the others are asked for the same. The script is a fresh Python process that runs the final cells from top to bottom and ends at the first exception.

**How to read it.** The letters are cells. \`B 10\` says that B prints 10; cells that print nothing are left out. **≠** marks a notebook in which at least one cell shows other than the script; cells below the script's end are not compared. **refuses** is no mistake: marimo does not run a notebook in which a name is defined by two cells, cells need each other, or \`import *\` is used, so that these questions do not arise; it says why on the cell, in the words that follow. What Jupyter shows *depends on the order of running*, by design; the last column says what it shows after *Run All Cells* in the same kernel, which many users do. *Restart Kernel and Run All Cells* makes it the script, up to its first error.

## Values

Of ${values.length} programs, this notebook shows what the script does in ${count('ours', 'same')}, marimo in ${count('marimo', 'same')} (and refuses ${count('marimo', 'refuses')}), Jupyter in ${count('jupyter', 'same')}.

${tableOf(values)}

## What runs again

Here B, or C, prints the time, so that one can see whether it ran again when A was rewritten. A cell whose input is the same need not; one whose input changed must. Jupyter runs nothing that it is not told to.

${rerunsOf(reruns)}

## Limits

What goes from cell to cell by another way than a name and its value is not seen, or not always. Some of it marimo gets right where this notebook does not, since marimo runs again whatever reads the module, while this notebook takes a module for the same as before. The same question as above, for ways like these:

${tableOf(limits)}

In sentences:

- **Names that are put together while a cell runs**, as in \`globals()['x' + str(n)]\` or \`eval(text)\`, are not seen before it does. Where a name given as text can be read in the code, it is followed; where it cannot, a warning stands on the cell, and the run shows more: a cell that fails because a name is not there which a cell above defines, or that asks the main module for it, as \`pickle\` does for a class, runs once more with that name, and follows it from then on. What looks for a name and goes on without it (\`globals().get(text)\`, \`except NameError\`) is not noticed. Names in the texts of queries and formulas (\`@limit\` for pandas, tables of SQL for polars and DuckDB, functions of a formula for statsmodels) are followed where a cell above defines them and the text is written out, in the cell that uses it or, for queries and SQL, where a name was given to it.
- **Names that a library collects**: \`unittest.main()\` looks for test classes in the whole main module, a SQL context of polars for whatever frames there are. They find the names that the cell itself mentions, and no others; a line that names what is needed (\`TestPrices\`) is enough.
- **State inside of modules**, such as that of \`random\`'s global generator, \`os.environ\`, pandas' options, a list in a module of one's own or an attribute that was set on a module, belongs to the process and not to a cell, under whatever name a cell has it (\`env = os.environ\`). It is changed in place and not put back before a cell runs, so a cell that is run again draws the next random number, and one that appends to \`sys.path\` appends again. A generator that has a name (\`rng = random.Random(1)\`) is a value like any other. No cell follows from a call that sets such state (\`pd.set_option(…)\`, \`np.random.seed(…)\`, \`plt.style.use(…)\`): after editing one, run again what it matters to. What pyplot takes for the current figure ends with its cell, as in Jupyter; a figure that has a name goes on.
- **Modules in other folders** than the notebook's are not watched; restart the kernel when one has changed.
- **Threads** that go on when their cell has ended can change a value at a time that no rule knows of.
- **Changes that no code announces**, made by a function of another cell, are found by comparing what a cell was given with what it was. Of more than a million references in one value, those that lie deepest are not compared; of an array of more than 256 MB only a sample is; and the insides of an object that a library keeps to itself, such as a compiled model, are not.
- **Effects outside**: files, databases, servers. A cell that reads a file does not follow from the one that wrote it; run it again.
- **Values that are not deterministic**: the time, random numbers without a seed, the order of a set of strings, addresses in memory. A script run twice shows two things as well; a notebook shows one of them.
- **A definition below its use**: where a script would fail, this notebook takes the name from below and says so on the cell. That is wanted, and the one row above in which it means to differ.
- **A cell that fails** ends a script. A notebook goes on with the cells that do not need it.

## The programs

${[...values, ...reruns, ...limits].map(({ program }) => programText(program)).join('\n\n')}
`;
}

function tableOf(rows: readonly PlayedProgram[]): string {
  return markdownTable(
    ['program', 'script', 'this notebook', 'marimo', 'Jupyter', 'Jupyter, after Run All'],
    rows.map(({ program, script, ours, marimo, jupyter }) => [
      program.name,
      scriptText(script),
      shownText(ours.after, script),
      shownText(marimo.after, script),
      shownText(jupyter.after, script),
      shownText(jupyter.afterRunAll, script),
    ]),
  );
}

function rerunsOf(rows: readonly PlayedProgram[]): string {
  return markdownTable(
    ['program', 'this notebook', 'marimo', 'Jupyter'],
    rows.map(({ program, ours, marimo, jupyter }) => [
      program.name,
      ...[ours, marimo, jupyter].map((outcome) => ranAgain(outcome)),
    ]),
  );
}

/** The cells that print the time and now print another. */
function ranAgain({ before, after }: Outcome): string {
  const refusal = refusalOf(after);
  if (refusal !== null) return `refuses: ${refusal}`;
  const again = Object.entries(after).flatMap(([letter, { status, stdout }]) => {
    if (status !== 'success') return [`${letter} ${status}`];
    return stdout === before[letter]?.stdout ? [] : [`${letter} runs again`];
  });
  return again.length === 0 ? 'nothing runs again' : again.join(', ');
}

function scriptText(script: Scripted): string {
  const cells = Object.entries(script).flatMap(([letter, { stdout, error }]) =>
    cellText(letter, error === null ? stdout : `${kindOf(error)}`),
  );
  return cells.length === 0 ? 'nothing' : cells.join(', ');
}

function shownText(played: Played, script: Scripted): string {
  const refusal = refusalOf(played);
  if (refusal !== null) return `refuses: ${refusal}`;
  const cells = Object.entries(played).flatMap(([letter, shown]) =>
    cellText(letter, textOf(shown)),
  );
  const text = cells.length === 0 ? 'nothing' : cells.join(', ');
  return verdictOf(played, script) === 'other' ? `${text} **≠**` : text;
}

function cellText(letter: string, text: string): string[] {
  const line = text.trimEnd().replaceAll('\n', ' ⏎ ').replaceAll('|', '\\|');
  return line === '' ? [] : [`\`${letter} ${line}\``];
}

function textOf({ status, stdout, error }: Shown): string {
  if (status === 'success') return stdout;
  return status === 'error' && error !== null ? kindOf(error) : status;
}

function refusalOf(played: Played): string | null {
  const lines = Object.values(played).flatMap(({ error }) =>
    error !== null && refusals.test(error) && !error.startsWith('cycle: ') ? [error] : [],
  );
  return lines.length === 0 ? null : `“${[...new Set(lines)].join('; ')}”`;
}

/** `NameError` of `NameError: name 'x' is not defined`. */
function kindOf(error: string): string {
  return error.split(':')[0] ?? error;
}

function programText({ name, cells, steps }: Program): string {
  const sources = Object.entries(cells).map(([letter, code]) => `# ${letter}\n${code}`);
  const then = steps.map((step) => describeStep(step)).join(', then ');
  return `### ${name}\n\n\`\`\`python\n${sources.join('\n\n')}\n\`\`\`\n\nThen ${then}.`;
}

function markdownTable(headings: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}
