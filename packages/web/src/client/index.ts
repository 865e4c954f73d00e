export * from './http.ts';
export {
  type ClientStatus,
  type NotebookClient,
  type NotebookClientOptions,
  openNotebook,
  type SavedState,
} from './notebook-client.ts';
export { type Peer, presenceColour } from './presence.ts';
export type { Readable } from './readable.ts';
export type { CellView, RunState, RunSummary } from './run-state.ts';
export type { Connection, RefusalCode } from './socket-link.ts';
export type { CellStructure, NotebookMeta, Structure } from './structure.ts';
export { findUnsent, forgetUnsent, type UnsentCell } from './unsent-edits.ts';
