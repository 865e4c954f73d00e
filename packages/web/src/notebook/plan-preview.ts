/**
 * Which cells a run would run, shown while its control is hovered or has the focus. The server knows; it is asked a
 * moment after the control was reached, so that a pointer in passing asks nothing, and again when the notebook
 * changes meanwhile. Until another answer is there, the last one stays, so that nothing flickers.
 */
import type { RunTarget } from '@rnb/protocol';
import { type Readable, Value } from '../client/readable.ts';

const restMs = 120;

export interface Plan {
  readonly target: RunTarget;
  readonly cells: ReadonlySet<string>;
  /** Whether it is for somebody at the keyboard, who may not see the page. */
  readonly byKeyboard: boolean;
}

export interface PlanSource {
  plan(target: RunTarget, signal: AbortSignal): Promise<readonly string[]>;
  /** Calls back when another answer may be due. */
  subscribe(listener: () => void): () => void;
}

export class PlanPreview {
  readonly #source: PlanSource;
  readonly #shown = new Value<Plan | null>(null);
  #aim: { target: RunTarget; byKeyboard: boolean } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | null = null;
  #unsubscribe: (() => void) | null = null;

  constructor(source: PlanSource) {
    this.#source = source;
  }

  get shown(): Readable<Plan | null> {
    return this.#shown;
  }

  aim(target: RunTarget, byKeyboard: boolean): void {
    if (this.#aim !== null && isSame(this.#aim.target, target)) return;
    this.clear();
    this.#aim = { target, byKeyboard };
    this.#unsubscribe = this.#source.subscribe(() => this.#askSoon());
    this.#askSoon();
  }

  /** The control was left. */
  leave(target: RunTarget): void {
    if (this.#aim !== null && isSame(this.#aim.target, target)) this.clear();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#aim = null;
    this.#shown.set(null);
  }

  #askSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), restMs);
  }

  async #ask(): Promise<void> {
    const aim = this.#aim;
    if (aim === null) return;
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    // Without an answer nothing is shown: what the control does, it says anyway.
    const cells = await this.#source.plan(aim.target, asking.signal).catch(() => null);
    if (asking.signal.aborted) return;
    this.#shown.set(cells && { ...aim, cells: new Set(cells) });
  }
}

export function isSame(a: RunTarget, b: RunTarget): boolean {
  return String(a) === String(b);
}

export function planWords(plan: Plan): string {
  const { size } = plan.cells;
  if (size === 0) return 'Nothing to run';
  return size === 1 ? 'Runs 1 cell' : `Runs ${size.toLocaleString()} cells`;
}
