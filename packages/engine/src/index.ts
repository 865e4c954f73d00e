export { lookup } from './graph.ts';
export { type CellRecord, type Effect, type Event, type LoadedCell, reduce } from './reduce.ts';
export {
  type Analysed,
  type Analysis,
  type Cell,
  type CellId,
  type Ending,
  emptyState,
  type Lane,
  type Name,
  type Program,
  type State,
  type Use,
} from './state.ts';
export { atRest, type CellState, record, type StaleReason, type Status, view } from './view.ts';
