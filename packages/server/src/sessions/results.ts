import {
  type CellError,
  type CellResult,
  type ConsoleText,
  limits,
  type NotebookEvent,
  type Output,
} from '@rnb/protocol';

/** What one run has shown so far. */
interface RunResult {
  result: CellResult;
  consoleLength: number;
  outputBytes: number;
  /** Empty the outputs when the next one arrives. */
  clearFirst: boolean;
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

  all(): CellResult[] {
    return [...this.#runs.values()].map((run) => run.result);
  }

  restore(result: CellResult): void {
    this.#runs.set(result.id, measured(result));
  }

  forget(cell: string): void {
    this.#runs.delete(cell);
  }

  /** A run starts with nothing to show. */
  begin(cell: string, run: number): void {
    this.#runs.set(cell, measured({ id: cell, run, console: [], outputs: [], error: null }));
  }

  /** Each returns the event to tell clients, or null where the bounds leave nothing to tell. */
  print(cell: string, run: number, text: ConsoleText): NotebookEvent | null {
    const of = this.#current(cell, run);
    if (of === undefined) return null;
    const room = 2 * limits.maxConsoleLength - of.consoleLength;
    if (room <= 0) return null;
    const kept = text.text.length > room ? text.text.slice(0, room) : text.text;
    of.consoleLength += kept.length;
    const last = of.result.console.at(-1);
    if (last?.stream === text.stream) last.text += kept;
    else of.result.console.push({ stream: text.stream, text: kept });
    return { type: 'cell_stdout', cell, run, stream: text.stream, text: kept };
  }

  show(cell: string, run: number, output: Output): NotebookEvent | null {
    const of = this.#current(cell, run);
    if (of === undefined) return null;
    if (of.clearFirst) this.#empty(of);
    const bytes = JSON.stringify(output.data).length;
    const { outputs } = of.result;
    const same =
      output.displayId === undefined
        ? -1
        : outputs.findIndex((other) => other.displayId === output.displayId);
    if (same < 0 && outputs.length >= limits.maxOutputsPerRun) return null;
    if (of.outputBytes + bytes > limits.maxOutputBytes) return this.#tooBig(of, output, bytes);
    of.outputBytes += bytes;
    if (same >= 0) outputs[same] = output;
    else outputs.push(output);
    return { type: 'cell_output', cell, run, output };
  }

  clear(cell: string, run: number, wait: boolean): NotebookEvent | null {
    const of = this.#current(cell, run);
    if (of === undefined) return null;
    if (wait) of.clearFirst = true;
    else this.#empty(of);
    return { type: 'cell_clear', cell, run, wait };
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

  #empty(of: RunResult): void {
    of.result.outputs = [];
    of.result.console = [];
    of.outputBytes = 0;
    of.consoleLength = 0;
    of.clearFirst = false;
  }

  #tooBig(of: RunResult, output: Output, bytes: number): NotebookEvent | null {
    if (of.outputBytes >= limits.maxOutputBytes) return null;
    of.outputBytes = limits.maxOutputBytes;
    const notice: Output = {
      data: {
        'text/plain': `An output of ${megabytes(bytes)} was left out: one run may show ${megabytes(limits.maxOutputBytes)} in all.`,
      },
      ...(output.displayId === undefined ? {} : { displayId: output.displayId }),
    };
    of.result.outputs.push(notice);
    return { type: 'cell_output', cell: of.result.id, run: of.result.run, output: notice };
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / (1024 * 1024)).toFixed(1)} MB`;
}

function measured(result: CellResult): RunResult {
  return {
    result,
    consoleLength: result.console.reduce((sum, { text }) => sum + text.length, 0),
    outputBytes: result.outputs.reduce((sum, { data }) => sum + JSON.stringify(data).length, 0),
    clearFirst: false,
  };
}
