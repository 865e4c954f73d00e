/**
 * The analyser of Python and Markdown cells: one process for all notebooks, which runs no user code.
 *
 * Requests that arrive while one is under way are sent together as the next. A source that takes too long, or takes the
 * process down, is found by asking again one by one, and alone gets the fault; the process is replaced.
 */
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { AnalysisResult, KernelEvent } from '@rnb/protocol';
import { FramedChild, minimalEnvironment } from './child-process.ts';
import type { Analyser } from './kernel.ts';
import { KernelGone } from './kernel-gone.ts';
import { spawnProcess } from './started-process.ts';

const program = fileURLToPath(new URL('../../../../kernels/python/analyser.py', import.meta.url));

interface Source {
  kind: string;
  source: string;
}

interface Job {
  sources: Source[];
  resolve(results: AnalysisResult[]): void;
  reject(error: Error): void;
}

type Answer = { ok: true; results: AnalysisResult[] } | { ok: false; why: string };

export interface PythonAnalyserOptions {
  resolvePython(): Promise<string>;
  /** For one request, once the process has started; a cell takes well under a millisecond. */
  timeoutMs?: number;
  /** Another analyser than ours, for tests of broken ones. */
  program?: string;
}

export class PythonAnalyser implements Analyser {
  readonly #resolvePython: () => Promise<string>;
  readonly #timeoutMs: number;
  readonly #program: string;
  #worker: AnalyserProcess | undefined;
  #waiting: Job[] = [];
  #working: Promise<void> | undefined;
  #closed = false;

  constructor({
    resolvePython,
    timeoutMs = 5_000,
    program: path = program,
  }: PythonAnalyserOptions) {
    this.#resolvePython = resolvePython;
    this.#timeoutMs = timeoutMs;
    this.#program = path;
  }

  /** Rejects with a `KernelGone` once closed; where there is no Python every source gets a fault that says so. */
  analyse(sources: Source[]): Promise<AnalysisResult[]> {
    if (this.#closed) return Promise.reject(new KernelGone('The analyser is closed.'));
    if (sources.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ sources, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.close();
    await this.#working;
  }

  async #work(): Promise<void> {
    // Callers of the same turn share the first request too.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const jobs = this.#waiting;
      this.#waiting = [];
      let results: AnalysisResult[];
      try {
        results = await this.#answer(jobs.flatMap((job) => job.sources));
      } catch (error) {
        // There is no Python: that is no fault of any source.
        const reason = error instanceof Error ? error : new Error(String(error));
        for (const job of jobs) job.reject(reason);
        continue;
      }
      let next = 0;
      for (const job of jobs) {
        const own = results.slice(next, next + job.sources.length);
        next += job.sources.length;
        if (this.#closed) job.reject(new KernelGone('The analyser is closed.'));
        else job.resolve(own);
      }
    }
    // In the same turn as the last look at what waits, so that no caller falls between.
    this.#working = undefined;
  }

  /** Asks again one by one where the whole failed, so that only the bad source suffers. */
  async #answer(sources: Source[]): Promise<AnalysisResult[]> {
    const answer = await this.#ask(sources);
    if (answer.ok) return answer.results;
    if (sources.length === 1 || this.#closed) return sources.map(() => fault(answer.why));
    const results: AnalysisResult[] = [];
    for (const source of sources) results.push(...(await this.#answer([source])));
    return results;
  }

  async #ask(sources: Source[]): Promise<Answer> {
    this.#worker ??= new AnalyserProcess(
      await this.#resolvePython(),
      this.#program,
      this.#timeoutMs,
    );
    const worker = this.#worker;
    const answer = await worker.ask(sources);
    if (!answer.ok) {
      this.#worker = undefined;
      await worker.close();
    }
    return answer;
  }
}

/** On a busy machine Python takes its time to start, which is no fault of any source. */
const startTimeoutMs = 30_000;

interface PendingRequest {
  id: number;
  count: number;
  /** From now on the process has this long to answer. */
  wait(ms: number): void;
  settle(answer: Answer): void;
}

/** One life of the process; it answers one request at a time. */
class AnalyserProcess {
  readonly #child: FramedChild;
  readonly #timeoutMs: number;
  #ready = false;
  #pending: PendingRequest | undefined;
  #ended: string | undefined;
  #lastId = 0;

  constructor(python: string, path: string, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    const cwd = tmpdir();
    this.#child = new FramedChild(
      spawnProcess({ file: python, args: ['-I', path], env: minimalEnvironment(cwd), cwd }),
      {
        onEvents: (events) => {
          for (const event of events) this.#receive(event);
        },
        onExit: (exit) => {
          this.#ended =
            exit.kind === 'closed'
              ? 'The analyser is closed.'
              : exit.kind === 'unavailable'
                ? exit.detail
                : `This code broke the analyser. ${exit.detail}`;
          this.#pending?.settle({ ok: false, why: this.#ended });
        },
      },
    );
  }

  ask(sources: Source[]): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.resolve({ ok: false, why: this.#ended });
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const settle = (answer: Answer): void => {
        clearTimeout(timer);
        this.#pending = undefined;
        resolve(answer);
      };
      const wait = (ms: number): void => {
        clearTimeout(timer);
        timer = setTimeout(
          () => settle({ ok: false, why: 'The analysis of this code took too long.' }),
          ms,
        );
      };
      const id = ++this.#lastId;
      this.#pending = { id, count: sources.length, wait, settle };
      wait(this.#ready ? this.#timeoutMs : startTimeoutMs);
      this.#child.send({ type: 'analyse', id, sources });
    });
  }

  close(): Promise<void> {
    return this.#child.close();
  }

  #receive(event: KernelEvent): void {
    const pending = this.#pending;
    if (event.type === 'ready') {
      this.#ready = true;
      pending?.wait(this.#timeoutMs);
    }
    if (event.type !== 'analysed' || event.id !== pending?.id) return;
    if (event.results.length === pending.count) {
      pending.settle({ ok: true, results: event.results });
    } else {
      pending.settle({ ok: false, why: 'The analyser did not answer for every source.' });
    }
  }
}

function fault(message: string): AnalysisResult {
  return { ok: false, fault: { message, line: 1, column: 1 } };
}
