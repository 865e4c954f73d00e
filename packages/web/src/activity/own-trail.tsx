import type { AuditEvent } from '@rnb/protocol';
import { fetchOwnTrail } from '../client/accounts.ts';
import { activityWords } from './activity-words.ts';
import { Trail, useTrail } from './trail.tsx';

/** What the person did with their account, and what others tried. */
export function OwnTrail() {
  const trail = useTrail(['own-trail'], fetchOwnTrail);
  return (
    <Trail trail={trail} heading="h3">
      {(event) => ({
        words: (
          <span className={event.action === 'sign_in_failed' ? 'text-warn' : ''}>
            {ownWords(event)}
          </span>
        ),
        whence: event.from === null ? '' : `from ${event.from}`,
      })}
    </Trail>
  );
}

/** As one is told what one did oneself. */
function ownWords(event: AuditEvent): string {
  const words = activityWords(event).replace(/\btheir\b/, 'your');
  if (event.action === 'sign_in_failed') return `Somebody ${words}`;
  return words.charAt(0).toUpperCase() + words.slice(1);
}
