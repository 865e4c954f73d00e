/** The mark: two values and what follows from them. */
export function Logo({ className = 'size-6' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <g fill="none" strokeWidth="2.5" strokeLinecap="round" className="stroke-on-accent">
        <path d="M10 9.5v5a4 4 0 0 0 4 4h4a4 4 0 0 1 4 4" />
      </g>
      <g className="fill-on-accent">
        <circle cx="10" cy="9" r="3" />
        <circle cx="22" cy="9" r="3" opacity=".55" />
        <circle cx="22" cy="23" r="3" />
      </g>
    </svg>
  );
}
