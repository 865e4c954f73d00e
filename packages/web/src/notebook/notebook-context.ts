import { type CellRunState, mayEditAs, type Reason, type Role, reasonOf } from '@rnb/protocol';
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';
import type {
  CellStructure,
  CellView,
  ClientStatus,
  NotebookClient,
  NotebookMeta,
  Readable,
} from '../client/index.ts';
import type { NotebookActions } from './notebook-actions.ts';
import type { PlanPreview } from './plan-preview.ts';
import type { Selection } from './selection.ts';

export interface NotebookScope {
  client: NotebookClient;
  selection: Selection;
  actions: NotebookActions;
  preview: PlanPreview;
}

const Context = createContext<NotebookScope | null>(null);
export const NotebookProvider = Context.Provider;

export function useNotebook(): NotebookScope {
  const scope = useContext(Context);
  if (!scope) throw new Error('not inside a notebook');
  return scope;
}

function useReadable<T>(readable: Readable<T>): T {
  return useSyncExternalStore(readable.subscribe, readable.get);
}

/** One part of the status. Another part changes twice with every keystroke. */
export function useStatus<Part extends keyof ClientStatus>(part: Part): ClientStatus[Part] {
  const { status } = useNotebook().client;
  return useSyncExternalStore(status.subscribe, () => status.get()[part]);
}

/** Whether the server can be heard: what it said before it was gone says nothing of now. */
export function useReachable(): boolean {
  const { status } = useNotebook().client;
  return useSyncExternalStore(
    status.subscribe,
    () => status.get().connection.state === 'connected',
  );
}

export interface Rights {
  mayEdit: boolean;
  mayRun: boolean;
}

/** What a role may do; nothing before the server has said which it is. */
export function rightsOf(role: Role | null): Rights {
  const mayEdit = mayEditAs(role);
  return { mayEdit, mayRun: mayEdit || role === 'runner' };
}

const RightsContext = createContext<Rights>(rightsOf(null));
export const RightsProvider = RightsContext.Provider;

/** What the user may do here. Told to thousands of cells, none of which has to listen for it. */
export const useRights = (): Rights => useContext(RightsContext);

export const usePeers = () => useReadable(useNotebook().client.peers);

/** What was written here and may not be sent now. */
export const useKept = () => useReadable(useNotebook().client.kept);

export function useOrder(): readonly string[] {
  const { structure } = useNotebook().client;
  return useSyncExternalStore(structure.subscribeOrder, structure.getOrder);
}

/** Cells' numbers on the page, null for one that is gone; only where `needed` does another order render anew. */
export function useCellNumber(needed: boolean): (cell: string) => number | null {
  const { structure } = useNotebook().client;
  const order = useSyncExternalStore(structure.subscribeOrder, () =>
    needed ? structure.getOrder() : null,
  );
  return useCallback(
    (cell) => {
      const index = (order ?? structure.getOrder()).indexOf(cell);
      return index === -1 ? null : index + 1;
    },
    [structure, order],
  );
}

export function useMeta(): NotebookMeta {
  const { structure } = useNotebook().client;
  return useSyncExternalStore(structure.subscribeMeta, structure.getMeta);
}

export function useCellStructure(id: string): CellStructure | undefined {
  const { structure } = useNotebook().client;
  return useSyncExternalStore(
    useCallback((listener) => structure.subscribeCell(id, listener), [structure, id]),
    () => structure.getCell(id),
  );
}

export function useCellView(id: string): CellView {
  const { runState } = useNotebook().client;
  return useSyncExternalStore(
    useCallback((listener) => runState.subscribeCell(id, listener), [runState, id]),
    () => runState.getCell(id),
  );
}

const standsAlone: ReadonlySet<CellRunState['status']> = new Set([
  'idle',
  'running',
  'success',
  'error',
  'disabled',
]);

/** Why the cell did not run. It may lie with other cells; it renders anew only where the words become others. */
export function useReason(state: CellRunState): Reason | null {
  const { runState } = useNotebook().client;
  const numberOf = useCellNumber(!standsAlone.has(state.status));
  const running = useSyncExternalStore(runState.subscribeNotebook, () =>
    state.status === 'queued' ? runState.getSummary().running : null,
  );
  const { originOf } = runState;
  const stateOf = (cell: string) => runState.getCell(cell).state;
  const read = () => reasonOf(state, { numberOf, stateOf, originOf, running });
  useSyncExternalStore(runState.subscribeStates, () => read()?.text);
  return read();
}

export function useKernels() {
  const { runState } = useNotebook().client;
  return useSyncExternalStore(runState.subscribeNotebook, runState.getKernels);
}

/** Whether there is a kernel; before its first run, and after a restart, a notebook has none. */
export function useHasKernel(): boolean {
  const { runState } = useNotebook().client;
  return useSyncExternalStore(runState.subscribeNotebook, () =>
    runState.getKernels().some(({ status }) => status !== 'none'),
  );
}

export function useEnvironment() {
  const { runState } = useNotebook().client;
  return useSyncExternalStore(runState.subscribeNotebook, runState.getEnvironment);
}

export function useSummary() {
  const { runState } = useNotebook().client;
  return useSyncExternalStore(runState.subscribeNotebook, runState.getSummary);
}

/** Whether this cell is selected, and whether its text is being edited. */
export function useSelected(id: string): 'no' | 'selected' | 'editing' {
  const { selection } = useNotebook();
  return useSyncExternalStore(selection.subscribe, () => {
    const { cell, editing } = selection.get();
    if (cell !== id) return 'no';
    return editing ? 'editing' : 'selected';
  });
}

/** True when the cell's text differs from what was last committed. */
export function useEdited(cell: CellStructure, committed: string | null): boolean {
  const { text } = cell;
  return useSyncExternalStore(
    useCallback(
      (listener) => {
        text.observe(listener);
        return () => text.unobserve(listener);
      },
      [text],
    ),
    () => committed !== null && text.toString() !== committed,
  );
}

/** True while nobody has written anything in the cell. */
export function useBlank({ text }: CellStructure): boolean {
  return useSyncExternalStore(
    useCallback(
      (listener) => {
        text.observe(listener);
        return () => text.unobserve(listener);
      },
      [text],
    ),
    () => text.length === 0,
  );
}

/** Cell's text as it stands; renders anew with every keystroke. */
export function useText(cell: CellStructure): string {
  const { text } = cell;
  return useSyncExternalStore(
    useCallback(
      (listener) => {
        text.observe(listener);
        return () => text.unobserve(listener);
      },
      [text],
    ),
    () => text.toString(),
  );
}
