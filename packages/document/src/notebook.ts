/**
 * The notebook that people write, as a Yjs document: cells, their order, names and settings. What the machine says
 * (status, outputs, graph) is never in it: a client may write anything here.
 *
 *   cells: Y.Map<cellId, Y.Map { kind: string, code: Y.Text, order: string, name: string | null,
 *                                disabled?: boolean }>
 *   meta:  Y.Map { title: string, mode: 'auto' | 'lazy', runOnIdle?: boolean, schema: 1 }
 *
 * Order is a fractional index in each cell (ties broken by id), so that concurrent moves merge. Readers must bear any
 * content: unknown kinds, missing fields, wrong types; `cells()` leaves out what is not a cell.
 */
import type { CellKind, Mode } from '@rnb/protocol';
import type * as Y from 'yjs';

export interface DocumentCell {
  id: string;
  kind: CellKind;
  order: string;
  name: string | null;
  /** Neither it nor what needs it is to run. */
  disabled: boolean;
  /** The shared text, to bind an editor to. */
  text: Y.Text;
}

export type DocumentChange =
  /** A cell appeared: made, pasted, or brought back by an undo. */
  | { type: 'inserted'; cell: string }
  | { type: 'removed'; cell: string }
  | { type: 'moved'; cell: string }
  | { type: 'retyped'; cell: string }
  | { type: 'renamed'; cell: string }
  /** Disabled, or enabled again. */
  | { type: 'switched'; cell: string }
  | { type: 'typed'; cell: string }
  | { type: 'meta' };

export interface NotebookDocument {
  readonly doc: Y.Doc;
  readonly title: string;
  readonly mode: Mode;
  /** Whether a cell runs once its writer has rested, without being asked to (R8). */
  readonly runOnIdle: boolean;
  /** In document order. */
  cells(): DocumentCell[];
  cell(id: string): DocumentCell | undefined;
  setTitle(title: string): void;
  setMode(mode: Mode): void;
  setRunOnIdle(runOnIdle: boolean): void;
  /** `after` null: first; undefined: last. Returns the new cell's id. */
  insertCell(spec: {
    id?: string;
    kind: CellKind;
    code?: string;
    name?: string | null;
    disabled?: boolean;
    after?: string | null;
  }): string;
  removeCell(id: string): void;
  moveCell(id: string, after: string | null): void;
  setKind(id: string, kind: CellKind): void;
  setName(id: string, name: string | null): void;
  setDisabled(id: string, disabled: boolean): void;
  /** Replaces the text by the smallest edit, so that other people's cursors stay. */
  setCode(id: string, code: string): void;
  transact(change: () => void, origin?: unknown): void;
  /** Called once after each transaction that changed something; returns how to stop. */
  observe(listener: (changes: DocumentChange[], origin: unknown) => void): () => void;
}
