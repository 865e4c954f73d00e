import { Link } from '@tanstack/react-router';

/** To the list of notebooks, from wherever there is nothing else to do. */
export function ToNotebooks({ onChoose }: { onChoose?: () => void }) {
  return (
    <Link
      to="/"
      onClick={onChoose}
      className="inline-flex h-8 items-center rounded-md border bg-surface px-3 font-medium text-sm hover:bg-sunken"
    >
      All notebooks
    </Link>
  );
}
