import type { CellRunState, CellStatus } from '@rnb/protocol';
import {
  Ban,
  Check,
  CircleDashed,
  CircleOff,
  CircleSlash,
  CircleX,
  Clock,
  CloudOff,
  LoaderCircle,
  type LucideIcon,
  RefreshCwOff,
} from 'lucide-react';
import { useEffect, useState } from 'react';
import { duration } from '../shell/time.ts';
import { hint } from '../shell/tooltip-layer.tsx';
import { isUncertain, statusWord, wasStopped } from './cell-standing.ts';

interface Look {
  Icon: LucideIcon;
  tone: string;
}

const uncertain: Look = { Icon: CloudOff, tone: 'text-faint' };
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

/** A cell's status as icon and word, with how long it took or has been running, where there is room for it. */
export function StatusBadge({ state, reachable }: { state: CellRunState; reachable: boolean }) {
  const word = statusWord(state);
  // It may long have ended.
  const unknown = !reachable && isUncertain(state);
  const { Icon, tone } = unknown ? uncertain : wasStopped(state) ? stopped : looks[state.status];
  return (
    // That all is well is said quietly, once for every cell of the page.
    <span
      // What finds no room goes to a second line, which is not shown.
      className={`flex h-4 min-w-0 flex-wrap justify-end gap-x-1 overflow-hidden ${state.status === 'success' ? 'text-muted' : tone}`}
      {...(unknown ? hint(`${word} when the connection to the server was lost`) : {})}
    >
      <span className="flex min-w-0 items-center gap-1">
        <Icon
          aria-hidden="true"
          className={`size-3.5 shrink-0 ${tone} ${state.status === 'running' && !unknown ? 'motion-safe:animate-spin' : ''}`}
        />
        <span className="truncate">{unknown ? 'Not known' : word}</span>
      </span>
      {!unknown && <Time state={state} />}
    </span>
  );
}

function Time({ state: { status, startedAt, durationMs } }: { state: CellRunState }) {
  if (status === 'running') return <Elapsed since={startedAt} />;
  // What waits or is out of date says nothing of how long an earlier run took.
  if (status !== 'success' && status !== 'error') return null;
  return durationMs === undefined ? null : <Passed ms={durationMs} />;
}

function Passed({ ms }: { ms: number }) {
  return <span className="whitespace-nowrap text-faint tabular-nums">{duration(ms)}</span>;
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
  return passed < 300 ? null : <Passed ms={passed} />;
}
