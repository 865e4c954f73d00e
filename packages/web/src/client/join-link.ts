/**
 * The secret of a share link. It comes in the fragment of a notebook's address, which browsers send to nobody, and is
 * taken out of it at once, so that it stays in no history and no screenshot. Whoever has to sign in first finds it
 * again in this tab, and nowhere else.
 */
export interface Invitation {
  notebook: string;
  secret: string;
}

const storageKey = 'invitation';
let held: Invitation | null = null;

/** What an address invites to: `/notebooks/<id>#join=<secret>`; some mailers add a slash. */
export function invitationIn(address: { pathname: string; hash: string }): Invitation | null {
  const notebook = /^\/notebooks\/(\w+)\/?$/.exec(address.pathname)?.[1];
  const secret = new URLSearchParams(address.hash.replace(/^#/, '')).get('join');
  return notebook === undefined || !secret ? null : { notebook, secret };
}

/** The secret that came with the notebook's address, now or before signing in. */
export function invitationTo(notebook: string): string | null {
  const invitation = pendingInvitation();
  return invitation?.notebook === notebook ? invitation.secret : null;
}

/** What is still to be joined. */
export function pendingInvitation(): Invitation | null {
  if (held) return held;
  const [notebook, secret] = stored()?.split(' ') ?? [];
  return notebook && secret ? { notebook, secret } : null;
}

/** For after the sign-in, for which the page may be left. */
export function keepInvitation(): void {
  if (!held) return;
  try {
    sessionStorage.setItem(storageKey, `${held.notebook} ${held.secret}`);
  } catch {
    // Storage may be forbidden; then the link has to be opened again.
  }
}

export function forgetInvitation(): void {
  held = null;
  try {
    sessionStorage.removeItem(storageKey);
  } catch {
    // Nothing was stored.
  }
}

function stored(): string | null {
  try {
    return typeof sessionStorage === 'undefined' ? null : sessionStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

function take(): boolean {
  const found = invitationIn(location);
  if (!found) return false;
  held = found;
  history.replaceState(history.state, '', location.pathname);
  return true;
}

if (typeof location !== 'undefined') {
  take();
  // A link that is opened where the notebook is open already loads no page.
  addEventListener('hashchange', () => {
    if (!take()) return;
    keepInvitation();
    location.reload();
  });
}
