import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';

const maxHeightPx = 480;

/**
 * Cuts tall content at a height until all of it is asked for. With `follow` its end is what shows, as in a terminal,
 * until the reader scrolls up.
 */
export function Collapsible({
  label,
  follow = false,
  offer = 'Show all',
  children,
}: {
  label: string;
  follow?: boolean;
  /** On the button that shows the rest. */
  offer?: string;
  children: ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const atEnd = useRef(follow);
  const [tall, setTall] = useState(false);
  const [all, setAll] = useState(false);
  useEffect(() => {
    if (!content.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setTall(entry.contentRect.height > maxHeightPx + 40);
      if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
    });
    observer.observe(content.current);
    return () => observer.disconnect();
  }, []);
  const cut = tall && !all;
  useLayoutEffect(() => {
    if (cut && box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
    // Whoever has read to the end and shows less would find himself far below it.
    if (cut && document.activeElement === button.current)
      button.current?.scrollIntoView({ block: 'center' });
  }, [cut]);
  return (
    <div>
      <div
        ref={box}
        className={cut ? 'out-cut' : undefined}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          if (follow) atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
        }}
        style={cut ? { maxHeight: maxHeightPx } : undefined}
        // What scrolls must be reachable by key.
        {...(cut ? { role: 'group', 'aria-label': label, tabIndex: 0 } : {})}
      >
        <div ref={content}>{children}</div>
      </div>
      {tall && (
        <button
          ref={button}
          aria-expanded={all}
          className="out-button out-more"
          onClick={() => setAll(!all)}
          type="button"
        >
          {all ? 'Show less' : offer}
        </button>
      )}
    </div>
  );
}
