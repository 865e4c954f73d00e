import { useState } from 'react';

/** Copies text, made only when asked for, and says whether it could. */
export function CopyButton({
  label,
  text,
}: {
  label: string;
  text: () => string | Promise<string>;
}) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = async () => {
    try {
      // An item may be promised: text that has to be fetched comes too late for the click's permission.
      await navigator.clipboard.write([new ClipboardItem({ 'text/plain': text() })]);
      setSaid('Copied');
    } catch {
      setSaid("Couldn't copy");
    }
  };
  return (
    <button
      className="out-button"
      onBlur={() => setSaid(null)}
      onClick={() => void copy()}
      type="button"
    >
      <span aria-live="polite">{said ?? label}</span>
    </button>
  );
}
