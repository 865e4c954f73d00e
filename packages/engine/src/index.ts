export { lookup } from './graph.ts';
export {
  type CellRecord,
  type Effect,
  type Event,
  type LoadedCell,
  plan,
  type RunTarget,
  reduce,
} from './reduce.ts';
export {
  type Analysed,
  type Analysis,
  type Cell,
  type CellId,
  type Ending,
  emptyState,
  type Found,
  type Lane,
  type Name,
  type Program,
  type State,
  type Use,
  type Versions,
} from './state.ts';
export {
  atRest,
  type CellState,
  record,
  recordIfLost,
  type StaleReason,
  type Status,
  view,
} from './view.ts';
