import type { IssuerUser } from '@rnb/server/clerk-issuer';

/** In place of the Account Portal: a button for each user. Where to go back to stands in the fragment, as with Clerk. */
export function signInPage(users: readonly IssuerUser[]): string {
  const buttons = users.map(
    ({ id, firstName, lastName }) =>
      `<button name="user" value="${id}">Sign in as ${firstName} ${lastName}</button>`,
  );
  return `<!doctype html>
<html lang="en">
<title>Sign in</title>
<h1>Sign in</h1>
<form method="post">
  <input type="hidden" name="redirect_url">
  ${buttons.join('\n  ')}
</form>
<script>
  const { hash, pathname, search } = location;
  const [form] = document.forms;
  form.redirect_url.value = new URLSearchParams(hash.slice(hash.indexOf('?'))).get('redirect_url') ?? '';
  // Else the fragment would come along through the redirect.
  form.action = pathname + search;
</script>
`;
}
