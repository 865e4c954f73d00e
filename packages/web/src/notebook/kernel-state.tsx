import type { KernelStatus } from '@rnb/protocol';
import { TriangleAlert } from 'lucide-react';
import { hint } from '../shell/tooltip-layer.tsx';
import { useEnvironment, useKernels, useReachable, useSummary } from './notebook-context.ts';

const words: Record<KernelStatus['status'], string> = {
  none: 'not started',
  starting: 'starting',
  idle: 'ready',
  busy: 'busy',
  unavailable: 'unavailable',
};

const tones: Record<KernelStatus['status'], string> = {
  none: 'border border-line-strong',
  starting: 'bg-warn motion-safe:animate-pulse',
  idle: 'bg-good',
  busy: 'bg-accent motion-safe:animate-pulse',
  unavailable: 'bg-bad',
};

const languages: Readonly<Record<string, string>> = { python: 'Python' };

export function KernelState() {
  const { counts } = useSummary();
  const reachable = useReachable();
  return (
    <span className="flex items-center gap-3 max-sm:px-1">
      {useKernels().map(({ language, status, message }) => (
        <span
          key={language}
          role="status"
          {...(message === undefined ? {} : hint(message))}
          className="flex items-center gap-1.5 whitespace-nowrap text-muted text-xs"
        >
          <span
            className={`size-2 rounded-full forced-color-adjust-none ${reachable ? tones[status] : tones.none}`}
            aria-hidden="true"
          />
          <span className="max-sm:sr-only">{languages[language] ?? language}</span>
          <span className="max-md:sr-only">{reachable ? words[status] : 'out of reach'}</span>
          {reachable && status === 'busy' && counts.queued > 0 && (
            // The cell that runs may be far from the screen.
            <span className="text-faint tabular-nums max-md:hidden" aria-hidden="true">
              {counts.queued.toLocaleString()} queued
            </span>
          )}
        </span>
      ))}
    </span>
  );
}

/** Says what is missing while packages are being installed, or a kernel cannot start. Silent when all is well. */
export function KernelNotices() {
  const environment = useEnvironment();
  const unavailable = useKernels().filter(({ status }) => status === 'unavailable');
  return (
    <>
      {environment?.state === 'installing' && (
        <div
          role="status"
          className="flex flex-wrap items-center justify-center gap-x-3 border-b bg-sunken px-4 py-1.5 text-muted"
        >
          <span>Installing Python packages: {environment.detail}</span>
          {environment.progress !== null && (
            <progress
              aria-label="Installed"
              max={1}
              value={environment.progress}
              className="install-progress my-1 h-1 w-32 forced-color-adjust-none"
            />
          )}
        </div>
      )}
      {environment?.state === 'failed' && <Trouble text={environment.detail} />}
      {unavailable.map(({ language, message }) => (
        <Trouble
          key={language}
          text={message ?? `${languages[language] ?? language} is unavailable.`}
        />
      ))}
    </>
  );
}

function Trouble({ text }: { text: string }) {
  return (
    <div
      role="alert"
      className="flex items-center justify-center gap-2 border-b bg-bad-soft px-4 py-1.5"
    >
      <TriangleAlert className="size-4 shrink-0 text-bad" aria-hidden="true" />
      {text}
    </div>
  );
}
