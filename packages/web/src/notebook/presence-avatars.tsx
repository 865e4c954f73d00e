import { initials } from '../shell/initials.ts';
import { tooltip } from '../shell/tooltip-layer.tsx';
import { useNotebook, usePeers } from './notebook-context.ts';

const mostShown = 4;

/** Who else is here; a click leads to the cell they are in. */
export function PresenceAvatars() {
  const { actions } = useNotebook();
  // One circle a person, however many windows they have open.
  const people = [...new Map(usePeers().map((peer) => [peer.userId, peer])).values()];
  if (people.length === 0) return null;
  return (
    <ul aria-label="Also here" className="flex -space-x-1.5">
      {people.slice(0, mostShown).map(({ userId, name, colour, cell }) => (
        <li key={userId}>
          <button
            type="button"
            {...tooltip(name)}
            aria-label={cell === null ? name : `${name}: go to their cell`}
            onClick={() => cell !== null && actions.reveal(cell)}
            style={{ background: colour }}
            className="flex size-6 items-center justify-center rounded-full border-2 border-page font-semibold text-[10px] text-white forced-color-adjust-none"
          >
            {initials(name)}
          </button>
        </li>
      ))}
      {people.length > mostShown && (
        <li className="flex size-6 items-center justify-center rounded-full border-2 border-page bg-sunken text-[10px]">
          +{people.length - mostShown}
        </li>
      )}
    </ul>
  );
}
