import {
  type CellError,
  type CellResult,
  type ConsoleText,
  limits,
  type NotebookEvent,
  type Output,
  type OutputPlace,
} from '@rnb/protocol';

/** What one run has shown so far. */
interface RunResult {
  result: CellResult;
  /** In characters, with what each part costs besides. */
  consoleLength: number;
  /** Text was left out. What follows it is as well: it would stand where it was not printed. */
  consoleEnded: boolean;
  /** Where the next output stands (S12). */
  place: OutputPlace;
  /** Of each output, beside it. */
  outputLengths: number[];
  /** All of them together; at the limit once something was left out. */
  outputLength: number;
}

/**
 * What the runs of a notebook's cells printed and displayed, latest run each (R11). Kernels are hostile: whatever
 * they send is bounded here once more, however well the kernel itself behaves.
 */
export class Results {
  #runs = new Map<string, RunResult>();

  get(cell: string): CellResult | null {
    return this.#runs.get(cell)?.result ?? null;
  }

  /** Roughly how much it holds, in characters. */
  length(cell: string): number {
    const of = this.#runs.get(cell);
    return of === undefined ? 0 : of.consoleLength + of.outputLength;
  }

  /** Of the cells that show anything. */
  shown(): CellResult[] {
    const shown: CellResult[] = [];
    for (const run of this.#runs.values()) if (!isBlank(run)) shown.push(run.result);
    return shown;
  }

  restore(result: CellResult): void {
    this.#runs.set(result.id, measured(result));
  }

  forget(cell: string): void {
    this.#runs.delete(cell);
  }

  /** A run starts with nothing to show; an older one shows nothing any more. */
  begin(cell: string, run: number): void {
    const last = this.#runs.get(cell);
    if (last !== undefined && last.result.run > run) return;
    if (last !== undefined && isBlank(last)) {
      // Most cells of a cascade never show anything.
      last.result.run = run;
      return;
    }
    this.#runs.set(cell, measured({ id: cell, run, console: [], outputs: [], error: null }));
  }

  /** Each returns the event to tell clients, or null where the bounds leave nothing to tell. */
  print(cell: string, run: number, text: ConsoleText): NotebookEvent | null {
    const of = this.#current(cell, run);
    if (of === undefined) return null;
    if (of.consoleEnded) return null;
    const last = of.result.console.at(-1);
    const joins = last?.stream === text.stream;
    const room = 2 * limits.maxConsoleLength - of.consoleLength - (joins ? 0 : partLength);
    of.consoleEnded = text.text.length > room;
    const kept = of.consoleEnded ? text.text.slice(0, Math.max(room, 0)) + cutNotice : text.text;
    of.consoleLength += kept.length + (joins ? 0 : partLength);
    of.place[text.stream] += kept.length;
    if (joins) last.text += kept;
    else of.result.console.push({ stream: text.stream, text: kept });
    return { type: 'cell_stdout', cell, run, stream: text.stream, text: kept };
  }

  show(cell: string, run: number, output: Output): NotebookEvent | null {
    const of = this.#current(cell, run);
    if (of === undefined) return null;
    const { outputs } = of.result;
    const { displayId } = output;
    const known =
      displayId === undefined ? -1 : outputs.findIndex((other) => other.displayId === displayId);
    const at = known < 0 ? outputs.length : known;
    if (at >= limits.maxOutputsPerRun) return null;
    const after = known < 0 ? { ...of.place } : outputs[known]?.after;
    const length = lengthOf(output);
    // What it replaces makes room: a progress bar may go on for as long as it likes.
    const total = of.outputLength - (of.outputLengths[at] ?? 0) + length;
    if (total <= limits.maxOutputBytes) {
      const shown = { ...output, after };
      outputs[at] = shown;
      of.outputLengths[at] = length;
      of.outputLength = total;
      return { type: 'cell_output', cell, run, output: shown };
    }
    if (of.outputLength >= limits.maxOutputBytes) return null;
    const notice = { ...leftOut(output, length), after };
    outputs[at] = notice;
    of.outputLengths[at] = 0;
    of.outputLength = limits.maxOutputBytes;
    return { type: 'cell_output', cell, run, output: notice };
  }

  clear(cell: string, run: number): NotebookEvent | null {
    const of = this.#current(cell, run);
    if (of === undefined) return null;
    empty(of);
    return { type: 'cell_clear', cell, run };
  }

  fail(cell: string, run: number, error: CellError): NotebookEvent | null {
    const of = this.#current(cell, run);
    if (of === undefined) return null;
    of.result.error = error;
    return { type: 'cell_error', cell, run, error };
  }

  #current(cell: string, run: number): RunResult | undefined {
    const of = this.#runs.get(cell);
    return of?.result.run === run ? of : undefined;
  }
}

const cutNotice = '\n[Output cut: what this run printed after this was left out.]\n';

/** What each part of the console costs besides its text: a kernel may change streams with every character. */
const partLength = 64;

/** In characters as JSON, near enough: text is most of what is big, and is not encoded just to be measured. */
export function lengthOf({ data }: Output): number {
  let length = 0;
  for (const [type, content] of Object.entries(data)) {
    length += type.length;
    length += typeof content === 'string' ? content.length : JSON.stringify(content).length;
  }
  return length;
}

function leftOut({ displayId }: Output, length: number): Output {
  const text = `An output of ${megabytes(length)} was left out: one run may show ${megabytes(limits.maxOutputBytes)} in all.`;
  return { data: { 'text/plain': text }, ...(displayId === undefined ? {} : { displayId }) };
}

function megabytes(length: number): string {
  return `${(length / (1024 * 1024)).toFixed(1)} MB`;
}

function isBlank({ result }: RunResult): boolean {
  return result.console.length + result.outputs.length === 0 && result.error === null;
}

function empty(of: RunResult): void {
  of.result.console = [];
  of.consoleLength = 0;
  of.consoleEnded = false;
  of.place = { stdout: 0, stderr: 0 };
  of.result.outputs = [];
  of.outputLengths = [];
  of.outputLength = 0;
}

function measured(result: CellResult): RunResult {
  const outputLengths = result.outputs.map(lengthOf);
  return {
    result,
    consoleLength: result.console.reduce((sum, { text }) => sum + text.length + partLength, 0),
    consoleEnded: false,
    place: endOf(result.console),
    outputLengths,
    outputLength: outputLengths.reduce((sum, length) => sum + length, 0),
  };
}

function endOf(console: readonly ConsoleText[]): OutputPlace {
  const place = { stdout: 0, stderr: 0 };
  for (const { stream, text } of console) place[stream] += text.length;
  return place;
}
