/**
 * What every notebook can do, ours and its peers: the benchmarks and the table of semantics drive all of them through
 * this one interface, each driver as the notebook's own front end does it.
 */

/** In our words for statuses; `aborted`: Jupyter gave it up because a cell before it failed. */
export type PeerStatus =
  | 'idle'
  | 'queued'
  | 'running'
  | 'success'
  | 'error'
  | 'blocked'
  | 'stale'
  | 'disabled'
  | 'aborted';

export interface Shown {
  status: PeerStatus;
  stdout: string;
  /** The value shown, as text: `text/plain` where there is any, else the HTML's text. Null when nothing is shown. */
  text: string | null;
  /** One line: the exception and its message, or why the cell did not run. */
  error: string | null;
}

/** What came over the notebook's socket since `resetTraffic`. */
export interface Traffic {
  messages: number;
  bytes: number;
}

export interface PeerNotebook {
  /** In document order. */
  readonly cells: readonly string[];
  /** Adds a cell without running it; `after` null: first. Returns its id. */
  insert(source: string, after: string | null): Promise<string>;
  /** As typed: nothing runs. */
  setCode(cell: string, source: string): void;
  /** Runs the cells as the text now is, and whatever follows from it, and resolves when everything is at rest. */
  run(cells: readonly string[]): Promise<void>;
  /** Asks for the cells to be run, and waits for nothing. */
  begin(cells: readonly string[]): void;
  /** Runs the cells and resolves as soon as each of `awaited` has finished a run that this caused; for stopwatches. */
  runUntil(cells: readonly string[], awaited: Iterable<string>): Promise<void>;
  /** Resolves when everything that follows is at rest. */
  remove(cell: string): Promise<void>;
  /** `after` null: to the front. Resolves when everything that follows is at rest. */
  move(cell: string, after: string | null): Promise<void>;
  interrupt(): Promise<void>;
  shown(cell: string): Shown;
  /** Called whenever what a cell shows may have changed; returns how to stop. */
  watch(listener: (cell: string) => void): () => void;
  traffic(): Traffic;
  resetTraffic(): void;
  /** Closes the socket, as closing the tab does; what runs goes on. */
  close(): Promise<void>;
}

export interface PeerServer {
  /** Of the server process; what it started are its descendants. */
  readonly pid: number;
  readonly url: string;
  /** A new notebook of these cells, none of which has run, on a kernel that is ready; `title` is unique in the server. */
  create(title: string, sources: readonly string[]): Promise<PeerNotebook>;
  /** The notebook as another tab, or the same one after a reload, sees it; what it shows may follow. */
  reopen(title: string): Promise<PeerNotebook>;
  /** Writes the notebook to disk where that takes a command of the front end. */
  save(title: string): Promise<void>;
  /** Closes the notebook for good: its kernel ends. */
  discard(title: string): Promise<void>;
  /** SIGKILL of the server. Kernels that a peer leaves behind are ended as well; no new server uses them. */
  kill(): Promise<void>;
  /** Ends the server and everything that it started. */
  stop(): Promise<void>;
}

export interface Peer {
  readonly name: string;
  /** Starts a server on a free port of loopback, with its files in `folder`; resolves when it answers. */
  start(python: string, folder: string): Promise<PeerServer>;
  /** Starts it as its users do, who have to sign in; resolves when the page for that has been served. */
  boot(python: string, folder: string): Promise<Pick<PeerServer, 'pid' | 'stop'>>;
}
