import { Copy } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from './button.tsx';

/** A line to be copied, shown whole, with a button that says whether it could. */
export function CopyText({
  label,
  text,
  focused,
}: {
  /** What it is: its name in the page. */
  label: string;
  text: string;
  /** What gets the focus when it appears. The text is marked with that, to be copied by key. */
  focused?: 'button' | 'text';
}) {
  const [said, setSaid] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (focused === 'button') button.current?.focus();
    if (focused === 'text') field.current?.focus();
  }, [focused]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      // Without https browsers give no way to the clipboard.
      field.current?.select();
      setSaid('Press Ctrl+C');
    }
  };
  return (
    <div className="flex items-center gap-2">
      <input
        ref={field}
        readOnly
        aria-label={label}
        value={text}
        onFocus={(event) => event.currentTarget.select()}
        className="h-8 min-w-0 grow rounded-md border border-field bg-surface px-2 font-mono text-code"
      />
      <Button ref={button} onClick={() => void copy()} onBlur={() => setSaid(null)}>
        <Copy aria-hidden="true" />
        <span aria-live="polite">{said ?? 'Copy'}</span>
      </Button>
    </div>
  );
}
