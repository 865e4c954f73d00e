import { useState } from 'react';

/** Copies text, made only when asked for, and says whether it could. */
export function CopyButton({ label, text }: { label: string; text: () => string }) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = () => {
    navigator.clipboard.writeText(text()).then(
      () => setSaid('Copied'),
      () => setSaid("Couldn't copy"),
    );
  };
  return (
    <button className="out-button" onBlur={() => setSaid(null)} onClick={copy} type="button">
      <span aria-live="polite">{said ?? label}</span>
    </button>
  );
}
