const nowhere = 'http://own.invalid';

/** Where to go after signing in, from an address that anybody may have made: a path of ours, or else the list. */
export function ownPath(next: string | null): string {
  if (!next?.startsWith('/') || !URL.canParse(next, nowhere)) return '/';
  // Read as a browser reads it, to which a backslash is a slash and a line break is nothing.
  const { origin, pathname, search, hash } = new URL(next, nowhere);
  const isOwn = origin === nowhere && !pathname.startsWith('//');
  return isOwn && !/^\/sign-in\/?$/.test(pathname) ? pathname + search + hash : '/';
}

/** Of the sign-in page, which leads back to where somebody is. In the fragment, for what is in an address may be a secret. */
export function signInFragment({
  pathname,
  search,
  hash,
}: {
  pathname: string;
  search: string;
  hash: string;
}): string {
  const next = ownPath(pathname + search + hash);
  return next === '/' ? '' : new URLSearchParams({ next }).toString();
}
