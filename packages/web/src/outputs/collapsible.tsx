import { type ReactNode, useEffect, useRef, useState } from 'react';

const maxHeightPx = 480;

/** Cuts tall content at a height until all of it is asked for. */
export function Collapsible({ children }: { children: ReactNode }) {
  const content = useRef<HTMLDivElement>(null);
  const [tall, setTall] = useState(false);
  const [all, setAll] = useState(false);
  useEffect(() => {
    if (!content.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setTall(entry.contentRect.height > maxHeightPx + 40);
    });
    observer.observe(content.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div>
      <div style={tall && !all ? { maxHeight: maxHeightPx, overflow: 'auto' } : undefined}>
        <div ref={content}>{children}</div>
      </div>
      {tall && (
        <button
          aria-expanded={all}
          className="out-button"
          onClick={() => setAll(!all)}
          type="button"
        >
          {all ? 'Show less' : 'Show all'}
        </button>
      )}
    </div>
  );
}
