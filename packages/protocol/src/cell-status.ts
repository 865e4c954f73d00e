import { z } from 'zod';
import { type CellRunState, CellStatus, StaleReason } from './cell.ts';
import { CellId, RunNumber } from './ids.ts';

/**
 * Many cells enter one status together, told in columns: a thousand cells of a cascade share all names and most
 * values. Entry n of each column is about `cells[n]`. The fields are those of CellRunState; a column is absent where
 * no cell has the field, and null where one has not.
 */
export const CellStatusEvent = z.object({
  type: z.literal('cell_status'),
  status: CellStatus,
  live: z.boolean(),
  cells: z.array(CellId),
  /** A greater run than before empties the cell's console, outputs and error. */
  runs: z.array(RunNumber.nullable()),
  startedAt: z.array(z.number().nullable()).optional(),
  durationMs: z.array(z.number().nullable()).optional(),
  blockedBy: z.array(CellId.nullable()).optional(),
  staleBecause: z.array(StaleReason.nullable()).optional(),
  stopped: z.array(z.boolean().nullable()).optional(),
  interrupted: z.array(z.boolean().nullable()).optional(),
  cancelled: z.array(z.boolean().nullable()).optional(),
});
export type CellStatusEvent = z.infer<typeof CellStatusEvent>;

const optional = [
  'startedAt',
  'durationMs',
  'blockedBy',
  'staleBecause',
  'stopped',
  'interrupted',
  'cancelled',
] as const satisfies readonly (keyof CellRunState)[];

/** One event for each status, and for each again where some cells are live and some not. */
export function statusEvents(states: Iterable<CellRunState>): CellStatusEvent[] {
  const groups = new Map<string, CellRunState[]>();
  for (const state of states) {
    const key = state.live ? state.status : `${state.status}, not live`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [state]);
    else group.push(state);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const event: CellStatusEvent = {
      type: 'cell_status',
      status: first.status,
      live: first.live,
      cells: group.map(({ id }) => id),
      runs: group.map(({ run }) => run),
    };
    for (const name of optional) {
      if (group.some((state) => state[name] !== undefined)) {
        Object.assign(event, { [name]: group.map((state) => state[name] ?? null) });
      }
    }
    return [event];
  });
}

/** The states that an event tells, in its order. */
export function statesOf(event: CellStatusEvent): CellRunState[] {
  const { status, live } = event;
  return event.cells.map((id, at) => {
    const state: CellRunState = { id, status, run: event.runs[at] ?? null, live };
    const startedAt = event.startedAt?.[at];
    const durationMs = event.durationMs?.[at];
    const blockedBy = event.blockedBy?.[at];
    const staleBecause = event.staleBecause?.[at];
    if (startedAt != null) state.startedAt = startedAt;
    if (durationMs != null) state.durationMs = durationMs;
    if (blockedBy != null) state.blockedBy = blockedBy;
    if (staleBecause != null) state.staleBecause = staleBecause;
    const stopped = event.stopped?.[at];
    const interrupted = event.interrupted?.[at];
    const cancelled = event.cancelled?.[at];
    if (stopped != null) state.stopped = stopped;
    if (interrupted != null) state.interrupted = interrupted;
    if (cancelled != null) state.cancelled = cancelled;
    return state;
  });
}
