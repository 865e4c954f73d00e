import type { CellRunState, CellStatus } from '@rnb/protocol';
import {
  Ban,
  Check,
  CircleDashed,
  CircleOff,
  CircleSlash,
  CircleX,
  Clock,
  LoaderCircle,
  type LucideIcon,
  RefreshCwOff,
} from 'lucide-react';
import { useEffect, useState } from 'react';
import { duration } from '../shell/time.ts';
import { statusWord, wasStopped } from './cell-standing.ts';

interface Look {
  Icon: LucideIcon;
  tone: string;
}

const stopped: Look = { Icon: CircleSlash, tone: 'text-muted' };
const looks: Record<CellStatus, Look> = {
  idle: { Icon: CircleDashed, tone: 'text-faint' },
  queued: { Icon: Clock, tone: 'text-muted' },
  running: { Icon: LoaderCircle, tone: 'text-accent' },
  success: { Icon: Check, tone: 'text-good' },
  error: { Icon: CircleX, tone: 'text-bad' },
  blocked: { Icon: Ban, tone: 'text-warn' },
  stale: { Icon: RefreshCwOff, tone: 'text-warn' },
  disabled: { Icon: CircleOff, tone: 'text-faint' },
};

/** A cell's status as icon and word, with how long it took or has been running. */
export function StatusBadge({ state }: { state: CellRunState }) {
  const { Icon, tone } = wasStopped(state) ? stopped : looks[state.status];
  return (
    // That all is well is said quietly, once for every cell of the page.
    <span
      className={`flex items-center gap-1 whitespace-nowrap ${state.status === 'success' ? 'text-muted' : tone}`}
    >
      <Icon
        aria-hidden="true"
        className={`size-3.5 ${tone} ${state.status === 'running' ? 'motion-safe:animate-spin' : ''}`}
      />
      {statusWord(state)}
      {state.status === 'running' ? (
        <Elapsed since={state.startedAt} />
      ) : (
        // What waits or is out of date says nothing of how long an earlier run took.
        (state.status === 'success' || state.status === 'error') &&
        state.durationMs !== undefined && (
          <span className="text-faint tabular-nums">{duration(state.durationMs)}</span>
        )
      )}
    </span>
  );
}

function Elapsed({ since }: { since: number | undefined }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(timer);
  }, []);
  if (since === undefined) return null;
  const passed = Math.max(0, now - since);
  // A run of a few milliseconds would only flicker.
  return passed < 300 ? null : <span className="text-faint tabular-nums">{duration(passed)}</span>;
}
