import { type CellGraph, type CellRunState, type NotebookEvent, statusEvents } from '@rnb/protocol';
import { lengthOf } from './results.ts';
import type { EventFrame } from './session.ts';

/** That cells wait to run need not be told before this: most cascades are over by then, and take one frame. */
const patienceMs = 20;
/** Once a kernel has something to tell. */
const gatherMs = 4;
/** And while much happens, a frame per display refresh is enough. */
const frameMs = 16;
const keptFrames = 200;
/** Characters, all kept frames together; a client that missed more takes a snapshot. */
const keptLength = 8 * 1024 * 1024;
/** Characters of output a frame may gather before it goes at once. */
const frameLength = 256 * 1024;

/** What the outbox asks when a frame goes: states and graph as they are then, not as they were on the way. */
export interface OutboxSource {
  state(cell: string): CellRunState | undefined;
  graph(cell: string): CellGraph | undefined;
}

/**
 * Gathers what happens in a notebook into frames for its clients: at once when the notebook comes to rest, otherwise
 * every few milliseconds. A cell's status is told as it is when the frame goes, so a cascade of a thousand cells is
 * a handful of messages.
 */
export class Outbox {
  #source: OutboxSource;
  #send: (frame: EventFrame) => void;
  #seq = 0;
  #frames: { frame: EventFrame; length: number }[] = [];
  #keptLength = 0;
  #cells = new Set<string>();
  #graph = new Set<string>();
  #removed = new Set<string>();
  #events: NotebookEvent[] = [];
  #length = 0;
  #timer: NodeJS.Timeout | null = null;
  /** When the timer goes off, by the monotonic clock. */
  #due = Number.POSITIVE_INFINITY;
  #lastFrameAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(source: OutboxSource, send: (frame: EventFrame) => void) {
    this.#source = source;
    this.#send = send;
  }

  get seq(): number {
    return this.#seq;
  }

  touchCells(cells: Iterable<string>): void {
    for (const cell of cells) this.#cells.add(cell);
    this.#schedule(patienceMs);
  }

  touchGraph(cells: readonly string[], removed: readonly string[]): void {
    for (const cell of cells) {
      this.#graph.add(cell);
      this.#removed.delete(cell);
    }
    for (const cell of removed) {
      this.#graph.delete(cell);
      this.#cells.delete(cell);
      this.#removed.add(cell);
    }
    this.#schedule(patienceMs);
  }

  /** A kernel has told of progress: what is gathered goes soon. */
  hurry(): void {
    if (this.#timer !== null) this.#schedule(gatherMs);
  }

  push(event: NotebookEvent | null): void {
    if (event === null) return;
    const last = this.#events.at(-1);
    if (
      event.type === 'cell_stdout' &&
      last?.type === 'cell_stdout' &&
      last.cell === event.cell &&
      last.run === event.run &&
      last.stream === event.stream
    ) {
      this.#events[this.#events.length - 1] = { ...last, text: last.text + event.text };
    } else {
      this.#events.push(event);
    }
    if (event.type === 'cell_stdout') this.#length += event.text.length;
    if (event.type === 'cell_output') this.#length += lengthOf(event.output);
    if (this.#length > frameLength) this.flush();
    else this.#schedule(patienceMs);
  }

  /** Frames after `seq`, or null when some are no longer kept. */
  since(seq: number): EventFrame[] | null {
    if (seq > this.#seq) return null;
    const first = this.#frames[0]?.frame.seq ?? this.#seq + 1;
    if (seq + 1 < first) return null;
    return this.#frames.flatMap(({ frame }) => (frame.seq > seq ? [frame] : []));
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#due = Number.POSITIVE_INFINITY;
    const events = [...this.#statusEvents(), ...this.#events];
    const graph = this.#graphEvent();
    if (graph !== null) events.push(graph);
    const length = this.#length;
    this.#events = [];
    this.#length = 0;
    if (events.length === 0) return;
    this.#seq += 1;
    this.#lastFrameAt = performance.now();
    const frame = { seq: this.#seq, events };
    this.#keep(frame, length);
    this.#send(frame);
  }

  #keep(frame: EventFrame, length: number): void {
    this.#frames.push({ frame, length });
    this.#keptLength += length;
    while (this.#frames.length > keptFrames || this.#keptLength > keptLength) {
      this.#keptLength -= this.#frames.shift()?.length ?? 0;
    }
  }

  /** Nothing goes out any more. */
  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #schedule(soon: number): void {
    if (this.#closed) return;
    const now = performance.now();
    const due = Math.max(now + soon, this.#lastFrameAt + frameMs);
    if (this.#due <= due) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.flush(), due - now);
  }

  #statusEvents(): NotebookEvent[] {
    const states: CellRunState[] = [];
    for (const id of this.#cells) {
      const state = this.#source.state(id);
      if (state !== undefined) states.push(state);
    }
    this.#cells.clear();
    return statusEvents(states);
  }

  #graphEvent(): NotebookEvent | null {
    if (this.#graph.size + this.#removed.size === 0) return null;
    const cells = [...this.#graph].flatMap((id) => this.#source.graph(id) ?? []);
    const removed = [...this.#removed];
    this.#graph.clear();
    this.#removed.clear();
    return { type: 'graph', cells, removed };
  }
}
