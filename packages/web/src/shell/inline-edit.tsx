import { useEffect, useRef, useState } from 'react';

interface InlineEditProps {
  value: string;
  label: string;
  maxLength: number;
  readOnly?: boolean;
  className?: string;
  /** Given the trimmed text, only when it changed and is not empty. */
  onCommit(value: string): void;
  /** Called when editing ended, committed or not. */
  onDone?: () => void;
  autoFocus?: boolean;
}

/** Text that is edited where it stands: Enter or leaving keeps it, Escape takes it back. */
export function InlineEdit({
  value,
  label,
  maxLength,
  readOnly = false,
  className = '',
  onCommit,
  onDone,
  autoFocus = false,
}: InlineEditProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const cancelled = useRef(false);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (autoFocus) input.current?.select();
  }, [autoFocus]);

  const finish = () => {
    const text = draft?.trim() ?? '';
    if (!cancelled.current && text !== '' && text !== value) onCommit(text);
    cancelled.current = false;
    setDraft(null);
    onDone?.();
  };

  return (
    <input
      ref={input}
      aria-label={label}
      value={draft ?? value}
      maxLength={maxLength}
      readOnly={readOnly}
      spellCheck={false}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={finish}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== 'Escape') return;
        event.stopPropagation();
        cancelled.current = event.key === 'Escape';
        event.currentTarget.blur();
      }}
      className={`min-w-0 truncate rounded-md bg-transparent px-1.5 py-1 outline-none [field-sizing:content] hover:bg-sunken focus:bg-surface focus:ring-2 focus:ring-accent read-only:hover:bg-transparent ${className}`}
    />
  );
}
