import { type CellRunState, trail } from '@rnb/protocol';
import type { RunState } from '../client/index.ts';

/**
 * Tells when the states change in which the reason for a cell's standing lies: of the cell that blocks it, or of all
 * cells through which a change has reached it. Returns what ends the watch.
 */
export function watchDeciding(
  runState: RunState,
  state: CellRunState,
  listener: () => void,
): () => void {
  const leaves: (() => void)[] = [];
  let ended = false;
  const leave = () => {
    for (const end of leaves.splice(0)) end();
  };
  const enter = () => {
    for (const cell of decidingCells(runState, state)) {
      leaves.push(runState.subscribeCell(cell, onChange));
    }
  };
  const onChange = () => {
    // In one frame a thousand of them may change, and then other cells decide: they are looked up once.
    leave();
    queueMicrotask(() => {
      if (ended || leaves.length > 0) return;
      enter();
      listener();
    });
  };
  enter();
  return () => {
    ended = true;
    leave();
  };
}

function decidingCells(runState: RunState, state: CellRunState): string[] {
  if (state.status === 'blocked') return state.blockedBy === undefined ? [] : [state.blockedBy];
  const because = state.status === 'stale' ? state.staleBecause : undefined;
  if (because?.kind !== 'input') return [];
  const inputs = [...trail(because, (cell) => runState.getCell(cell).state)];
  return [...new Set(inputs.flatMap(({ cell }) => cell ?? []))];
}
