const widths = ['w-48', 'w-64', 'w-40'];

/** In the place of a list that is on its way. */
export function SkeletonRows({ name, row = 'h-14' }: { name: string; row?: string }) {
  return (
    <div role="status" aria-label={`Loading ${name}`} className="divide-y rounded-lg border">
      {widths.map((width) => (
        <div key={width} className={`flex items-center px-4 ${row}`}>
          <div className={`h-3 max-w-full rounded bg-sunken motion-safe:animate-pulse ${width}`} />
        </div>
      ))}
    </div>
  );
}
